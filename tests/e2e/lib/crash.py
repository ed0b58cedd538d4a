"""SIGKILL at every commit, send and acknowledgement, and at random moments: none lost, twice only what was under way.

A world is a daemon built with fail points (base/failpoint.h), real feeds, receivers, and a script of what happens to
them. It runs once for each point that it reaches: the daemon dies there, is started again, and the script goes on.

    points()                            the names of all points, from the one list in failpoint.c
    crash_worlds.py                     the worlds
    crash_sweep.py: sweep(names, jobs)  runs each in its world; what was wrong with any, as lines
    at_random(kills, seed, jobs)        worlds under load, killed so many times"""
import re, threading

from deliveries import SECRET, SEED, Bad
from e2e import *
from nginx import Nginx

PROGRAM = os.path.join(BUILD, "newsalertd-failpoints")


def points():
    with open(os.path.join(SOURCE, "daemon/base/failpoint.c")) as f:
        text = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
    names = lambda array: re.findall(r'"([a-z-]+)"', re.search(array + r"\[\] = \{(.*?)\};", text, re.S)[1])
    return names("places") + [f"{c}-{side}" for c in names("commits") for side in ("before", "after")]


class Mortal(Daemon):
    """A daemon that is started again whenever it dies, each time with the next of `fails`."""

    def __init__(self, conf, fails, receivers, **kw):
        self.fails, self.receivers, self.deaths, self.over = list(fails), receivers, [], False
        super().__init__(conf, program=PROGRAM, start=False, **kw)
        self.base = self.env
        self.start(wait=False)
        self.keeper = threading.Thread(target=self.keep, daemon=True)
        self.keeper.start()

    def start(self, wait=True):
        self.env = {**self.base, **({"NEWSALERT_FAIL": self.fails[0]} if self.fails else {})}
        return super().start(wait)

    def keep(self):
        while True:
            code = self.process.wait()
            if self.over:
                return
            if code != -signal.SIGKILL:
                self.deaths.append((f"ended with {code}: " + self.log()[-2000:], {}))
                return
            # What each receiver had by then: only its last ones may come again.
            self.deaths.append((self.fails.pop(0) if self.fails else "", {r: len(r.got) for r in self.receivers}))
            self.start(wait=False)

    def order(self, *args):
        """An online verb, until somebody is there to take it. What an order before a death has done is not there any more."""
        def asked():
            r = self.ctl(*args)
            return r if r.returncode == 0 or re.search("no such message|there is no mute", r.stderr) else self.ended()
        return wait_for(asked, 60, args, every=0.2)

    def ended(self):
        """It dies and is started again; any other end is one too many."""
        for cause, _ in self.deaths:
            assert not cause.startswith("ended"), cause

    def rows(self, **fits):
        r = self.order("outbox", "--json")
        rows = [json.loads(line) for line in r.stdout.splitlines()]
        return [row for row in rows if all(row.get(k) == v for k, v in fits.items())]

    def finish(self):
        """Ends it in peace."""
        self.order("status")
        self.over = True
        assert self.stop(20) == 0, self.log()[-2000:]


# ---- what is owed ----

def taken(hook):
    return [g for g in hook.got if 200 <= g["status"] < 300]


def told(hook):
    """(alert, item) → the keys of the messages that bring it for the first time."""
    found = {}
    for g in taken(hook):
        data = g["json"]["data"]
        many = data.get("items", []) if g["json"]["type"] in ("alert.summary", "alert.digest") else []
        one = [{"alert": data.get("alert"), "item": data.get("item")}] if g["json"]["type"] == "alert.fired" else []
        for i in many + one:
            found.setdefault((i["alert"], i["item"]["id"]), set()).add(g["id"])
    return found


def check(hook, expected, deaths, in_flight=1):
    """All of expected was taken, each in one message; what was taken twice was under way when the daemon died."""
    found = told(hook)
    lost = set(expected) - set(found)
    assert not lost, f"lost: {sorted(lost)[:9]}"
    assert not set(found) - set(expected), f"never due: {set(found) - set(expected)}"
    doubled = {k: v for k, v in found.items() if len(v) > 1}
    assert not doubled, f"in two messages: {doubled}"
    last, repeats = {}, 0
    for at, g in enumerate(hook.got):
        assert not g["json"] or g["json"]["data"]["id"] == g["id"]
        before = last.get(g["id"])
        if not 200 <= g["status"] < 300:
            continue
        last[g["id"]] = at
        if before is None:
            continue
        repeats += 1
        same = lambda e: {**e["json"], "data": {**e["json"]["data"], "delayed_s": 0}}
        assert same(hook.got[before]) == same(g), "one key for two messages"
        if hook.got[before].get("may"):
            continue
        # Fewer than in_flight others went out between it and a death: its acknowledgement was not stored then. What was
        # sent before a death may be read by the receiver a moment after it, too.
        seen = [s[hook] for _, s in deaths if before - in_flight <= s.get(hook, -9) <= at]
        between = [len({e["id"] for e in hook.got[before + 1:s]} - {g["id"]}) for s in seen]
        assert any(n < in_flight for n in between), (f"{g['id']} came twice without a reason: requests {before} and {at}, deaths {seen} of "
                                                     f"{[(e['id'][-4:], e['status'], e['t']) for e in hook.got[max(0, before - 3):at + 1]]}")
    revisions = {}
    for g in taken(hook):
        story = g["json"]["data"].get("story")
        if story and g["json"]["type"] in ("alert.fired", "alert.updated") and g["id"] not in revisions:
            revisions[g["id"]] = (g["json"]["data"]["alert"], story["id"], story["revision"])
    by_story = {}
    for alert, story, revision in revisions.values():
        by_story.setdefault((alert, story), []).append(revision)
    for story, list_ in by_story.items():
        assert list_ == sorted(list_), f"story {story} is told out of order: {list_}"
    return repeats


# ---- feeds and receivers ----

class Web(Nginx):
    """One server for all worlds; each has a folder, and maybe a listener for pushes behind /push/N."""

    def __init__(self):
        super().__init__()
        self.lock, self.worlds = threading.Lock(), 0
        self.ports = [free_port() for _ in range(16)]
        self.configure(extra="\n".join(f"location /push/{n} {{ proxy_pass http://127.0.0.1:{p}; }}"
                                       for n, p in enumerate(self.ports)))

    def number(self):
        with self.lock:
            self.worlds += 1
            return self.worlds - 1


def hook_of(name, hook, more=""):
    return (f"[notify {name}]\nkind = webhook\nurl = {hook.url}\nsecret = {SECRET}\nrate = none\nretry_first = 100ms\n"
            f"retry_max = 400ms\n{more}")


class World:
    TOP = "first_run = all\nallow_private = yes\nhost_spacing = 10ms\nhost_parallel = 8\n"

    def __init__(self, web, fails):
        self.web, self.fails, self.number = web, fails, web.number()
        self.items, self.lock = {}, threading.Lock()
        self.hook = Bad(0, 0)
        self.receivers, self.in_flight = [self.hook], {}

    def begin(self, conf, **kw):
        self.d = Mortal(self.TOP + conf, self.fails, self.receivers, **kw)

    def feed(self, name, more="every = 1s\n"):
        self.items[name] = []
        self.publish(name)
        return (f"[feed {name}]\nurl = {self.web.url(self.path(name), tls=False)}\npublisher = {name}.example\n{more}")

    def path(self, name):
        return f"w{self.number}/{name}.xml"

    def publish(self, feed, *items):
        """Items are titles (the guid is the same) or dicts; one with a guid that is there replaces it."""
        with self.lock:
            for i in items:
                i = i if isinstance(i, dict) else {"title": i}
                i = {"guid": i["title"], "link": f"https://{feed}.example/{len(self.items[feed])}", "date": 30, **i}
                self.items[feed] = [o for o in self.items[feed] if o["guid"] != i["guid"]] + [i]
            self.web.write(self.path(feed), self.text(feed))

    def text(self, feed):
        return rss(self.items[feed][::-1], title=feed, link=f"https://{feed}.example/")

    def until(self, condition, what, seconds=90):
        return wait_for(lambda: self.d.ended() or condition(), seconds, what, every=0.2)

    def has(self, hook, *pairs):
        self.until(lambda: set(pairs) <= set(told(hook)), f"{pairs} at a receiver")

    def settled(self, *but):
        """Nothing is on its way any more, save to the notifiers of `but`."""
        self.until(lambda: not [r for r in self.d.rows(state="pending") if r["notify"] not in but], "nothing is pending")

    def end(self):
        self.settled()
        self.d.finish()

    def run(self):
        """Repeats that came of it. What it was to die of and did not reach is an error."""
        try:
            self.script()
            repeats = sum(check(hook, owed, self.d.deaths, self.in_flight.get(hook, 1)) for hook, owed in self.owed().items())
            if self.d.fails:
                raise AssertionError(f"{self.d.fails[0]} was never reached")
            return repeats
        finally:
            if hasattr(self, "d"):
                self.d.over = True
                self.d.kill()
