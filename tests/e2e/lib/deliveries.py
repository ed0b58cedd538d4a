"""Many alerts to receivers that fail in every way: none lost, and twice only where it must be.

e2e/deliveries does it with a handful, e2e/long/deliveries with a thousand. NEWSALERT_SEED repeats a run."""
import collections, email.utils, random

from e2e import *
from nginx import Nginx
from webhook import Receiver, make_secret

SECRET = make_secret()
SEED = int(os.environ.get("NEWSALERT_SEED") or random.randrange(1 << 32))
print(f"# NEWSALERT_SEED={SEED}", flush=True)

# What goes wrong, and whether the receiver may have taken the message all the same. 429, 502, 503 and 504 are left to
# other tests: they slow a destination down for ten minutes at least, and then summaries are right.
FAULTS = [
    (lambda: dict(status=500), False), (lambda: dict(status=521), False), (lambda: dict(status=500, headers={"Retry-After": "1"}), False),
    (lambda: dict(status=507, headers={"Retry-After": email.utils.formatdate(time.time() + 1, usegmt=True)}), False),
    (lambda: dict(status=408), False), (lambda: dict(status=425), False), (lambda: dict(close=True), True),
    (lambda: dict(half=True), True), (lambda: dict(hang=1.6, status=204), True),
]


class Bad(Receiver):
    """Takes what it gets, save that one request in `every` goes wrong: first in each way once, then by chance."""

    def __init__(self, every, seed, late=True):
        """late: some answers come after the time-out of `notifier`."""
        self.random, self.every, self.faults, self.requests = random.Random(seed), every, 0, 0
        self.kinds = FAULTS if late else FAULTS[:-1]
        self.first = self.random.sample(self.kinds, len(self.kinds))
        super().__init__([SECRET], judge=self.fault)

    def fault(self, entry):
        entry["may"] = False
        if not entry["signed"]:
            return {"status": 401}
        self.requests += 1
        if not self.every or (self.requests % self.every if self.first else self.random.random() * self.every >= 1):
            return None
        what, entry["may"] = self.first.pop() if self.first else self.random.choice(self.kinds)
        self.faults += 1
        return what()


def feed(n, word="Wildfire"):
    path = os.path.join(folder("feed"), "feed.xml")
    return write(path, rss([{"title": f"{word} number {i}", "guid": f"{word}-{i}"} for i in range(n)]))


def notifier(name, url, more="", timeout="1s"):
    return (f"[notify {name}]\nkind = webhook\nurl = {url}\nsecret = {SECRET}\nretry_first = 100ms\nretry_max = 400ms\n"
            f"timeout = {timeout}\nrate = none\n{more}")


def rows(d, name):
    return [r for r in d.json("outbox") if r["notify"] == name]


def check(d, name, hook, n):
    """All n are sent; the receiver has each; what it took twice is what it may have taken without our knowing."""
    wait_for(lambda: sum(r["state"] == "sent" for r in rows(d, name)) == n, 240, f"all of {name} are sent", every=0.5)
    keys = [r["key"] for r in rows(d, name)]
    assert len(set(keys)) == n
    answered = [g["id"] for g in hook.got if 200 <= g["status"] < 300]
    assert set(answered) == set(keys), "one is lost, or is none of ours"
    doubtful = {g["id"] for g in hook.got if g["may"]}
    twice = {k for k, n in collections.Counter(answered).items() if n > 1}
    assert not twice - doubtful, (twice - doubtful, "twice without a reason")
    return keys


def every_failure(n, every):
    """n alerts to nine destinations: what each of them is owed, and nothing more."""
    good, bad, again, picky = Bad(0, 0), Bad(every, SEED), Bad(every, SEED + 1), Receiver([SECRET])
    slow, gone, untrusted = Receiver([SECRET]), Receiver([SECRET]), Nginx()
    slow.order(times=2 * n, hang=60)
    gone.order(times=2 * n, status=410)
    picky.judge = lambda entry: {"status": 400} if entry["json"]["data"]["item"]["title"].endswith("7") and picky.strict else None
    picky.strict = True
    began = time.time()
    d = Daemon(f"first_run = all\n[feed town]\npath = {feed(n)}\n[alert fire]\nquery = wildfire\ngroup = none\n"
               + notifier("good", good.url) + notifier("bad", bad.url) + notifier("again", again.url, "in_flight = 4\n")
               + notifier("picky", picky.url) + notifier("slow", slow.url, timeout="50s") + notifier("gone", gone.url)
               + notifier("untrusted", untrusted.url("hook")) + notifier("closed", "http://127.0.0.1:1/"))
    good.wait(n, 45)
    # Those that do not answer delay nobody: the first attempt of the slow one is still under way.
    wait_for(lambda: slow.got, what="the slow one has its first request")
    assert len(slow.got) == 1 and not any(r["attempts"] for r in rows(d, "slow")), slow.got
    print(f"# good: {n} in {time.time() - began:.1f} s", flush=True)
    keys = check(d, "good", good, n)
    assert [g["id"] for g in good.got] == keys, "oldest first, each once"
    keys = check(d, "bad", bad, n)
    first = list(dict.fromkeys(g["id"] for g in bad.got if 200 <= g["status"] < 300))
    late = {g["id"] for g in bad.got if g["status"] == 425 or not 200 <= g["status"] < 300}
    assert [k for k in first if k not in late] == [k for k in keys if k not in late], "oldest first"
    check(d, "again", again, n)
    assert not bad.first and not again.first, "each way once"
    assert len(gone.got) == 1 and not untrusted.requests("/hook"), "410: no probe; nothing to whom nobody trusts"
    # What a receiver does not understand is dead at once, and not lost: a person may send it again.
    wait_for(lambda: all(r["state"] != "pending" for r in rows(d, "picky")), 60, "picky has answered all", every=0.5)
    dead = [r for r in rows(d, "picky") if r["state"] == "dead"]
    assert dead and {r["title"][-1] for r in dead} == {"7"} and len({g["id"] for g in picky.got}) == len(picky.got) == n
    picky.strict = False
    assert d.ctl("retry", "--all-dead").returncode == 0
    wait_for(lambda: len(picky.got) == n + len(dead), 60, "the dead ones come")
    assert sorted(g["id"] for g in picky.got[n:]) == sorted(r["key"] for r in dead)
    for name in ("gone", "untrusted", "closed"):
        assert sum(r["state"] == "pending" for r in rows(d, name)) == n, name
    states = lambda: {s["notify"]: s["state"] for s in d.json("status")[0]["destinations"]}
    wait_for(lambda: [states()[n] for n in ("gone", "untrusted", "bad")] == ["suspended", "suspended", "ok"], what=states())
    print(f"# faults {bad.faults} and {again.faults}, requests {len(bad.got)} and {len(again.got)}", flush=True)
    d.kill()
