"""The worlds in which a daemon dies at its fail points (crash.py): what happens there, and what is owed at the end."""
import datetime, random, string, threading

from crash import SECRET, SEED, Bad, World, hook_of, taken, told
from desktop import Desktop
from e2e import *
from hub import Hub
from mail import Mail
from webhook import Receiver


class Stories(World):
    """Alerts that fire, fold, promote, update and are held; a receiver that fails in most ways; orders by a person."""

    def script(self):
        self.bad, self.sour, self.ops, self.chat = Bad(5, SEED + self.number, late=False), Bad(0, 0), Bad(0, 0), Receiver(body=b"ok")
        self.receivers += [self.bad, self.sour, self.ops, self.chat]
        faults = self.bad.judge
        self.picky = True
        self.bad.judge = lambda e: {"status": 400} if self.picky and "smells" in e["body"] else faults(e)
        self.sour.judge = lambda e: {"status": 404} if self.picky else None
        feeds = "".join(self.feed(n) for n in "abc") + f"[feed no]\nurl = {self.web.url('status/403', tls=False)}\nevery = 1s\n"
        fire = [f"Wildfire number {n}" for n in range(6)]
        flood = [f"Flood number {n}" for n in range(4)]
        self.publish("a", *fire[:2])
        conf = (f"notices = ops\n{feeds}"
                "[alert fire]\nquery = wildfire\ngroup = none\nnotify = hook, bad\n"
                "[alert sour]\nquery = lemon\ngroup = none\nnotify = sour\n"
                "[alert nobody]\nquery = lemon\ngroup = none\nnotify = void\n"
                "[alert flood]\nquery = flood\ngroup = none\nlimit = 1/3s\nnotify = hook\n"
                "[alert hush]\nquery = siren\ngroup = none\nnotify = hook\n"
                "[alert gone]\nquery = yodel\ngroup = none\nnotify = hook\n"
                "[alert storm]\nquery = storm\nupdates = yes\nfollow_up = 1s\nnotify = hook, chat\n"
                "[alert blast]\nquery = explosion\nsources = 2\nunconfirmed = hold\nnotify = hook\n"
                + hook_of("hook", self.hook) + hook_of("bad", self.bad) + hook_of("sour", self.sour) + hook_of("ops", self.ops)
                + "[notify chat]\nkind = webhook\nformat = slack\nrate = none\nurl = " + self.chat.url + "\n"
                + "[notify void]\nkind = webhook\nrate = none\nretry_first = 100ms\nretry_max = 200ms\nurl = http://127.0.0.1:1/\n")
        self.begin(conf)
        d = self.d
        d.order("mute", "hush", "1h", "--why", "test")
        d.order("mute", "gone", "1h", "--drop")
        self.publish("a", *fire[2:], *flood, "Siren one", "Siren two", "Yodel", "Lemon", "Wildfire smells",
                     "Explosion at Springfield chemical plant kills three workers",
                     {"title": "Storm damages roof of Shelbyville museum", "link": "https://news.example/roof"})
        self.has(self.hook, ("storm", "Storm damages roof of Shelbyville museum"), *(("fire", f) for f in fire))
        self.publish("b", "Three workers dead after explosion at Springfield chemical plant",
                     {"title": "Storm damages roof of Shelbyville museum", "guid": "b", "link": "https://news.example/roof"})
        self.publish("a", {"guid": "Storm damages roof of Shelbyville museum", "link": "https://news.example/roof",
                           "title": "Storm damages roof of Shelbyville museum, 5 hurt"})
        self.until(lambda: [g for g in taken(self.hook) if g["json"]["type"] == "alert.updated" and "5 hurt" in g["body"]], "the update")
        self.publish("a", {"guid": "Storm damages roof of Shelbyville museum", "link": "https://news.example/roof",
                           "title": "Storm damages roof of Shelbyville museum, 16 hurt"})
        self.until(lambda: d.rows(state="held", kind="update"), "the second update waits")
        d.process.send_signal(signal.SIGHUP)
        self.until(lambda: d.rows(state="dead", notify="bad"), "the one that smells is dead")
        self.until(lambda: '"sour","state":"suspended"' in d.order("status", "--json").stdout.replace(" ", ""), "the sour one is suspended")
        self.until(lambda: any("sour" in g["body"] for g in taken(self.ops)), "which is told")
        self.picky = False
        d.order("retry", "--all-dead")
        d.order("retry", "sour")
        d.order("drop", "void")
        self.until(lambda: len({r["title"] for r in d.rows(state="held", alert="hush")}) == 2, "two are held")
        for m in d.order("mutes", "--json").stdout.splitlines():
            if json.loads(m)["what"] == "alert:hush":
                d.order("unmute", str(json.loads(m)["id"]))
        self.has(self.hook, *(("flood", f) for f in flood), ("hush", "Siren one"))
        self.has(self.bad, ("fire", "Wildfire smells"))
        self.has(self.sour, ("sour", "Lemon"))
        self.until(lambda: {g["json"]["type"] for g in taken(self.ops)} >= {"feed.problem", "destination.problem", "destination.recovered"},
                   "the notices")
        self.until(lambda: any("roof" in g["body"] and g["json"]["text"] != taken(self.chat)[0]["json"]["text"] for g in taken(self.chat)), "the follow-up")
        self.end()
        fire.append("Wildfire smells")
        self.owes = {self.hook: [("fire", f) for f in fire] + [("flood", f) for f in flood] + [("hush", "Siren one"), ("hush", "Siren two")]
                     + [("storm", "Storm damages roof of Shelbyville museum"),
                        ("blast", "Explosion at Springfield chemical plant kills three workers")],
                     self.bad: [("fire", f) for f in fire], self.sour: [("sour", "Lemon")], self.ops: []}

    def owed(self):
        blast = [k for k in told(self.hook) if k[0] == "blast"]
        # What was held until it was confirmed goes out as its promotion.
        promoted = [g for g in taken(self.hook) if g["json"]["data"].get("alert") == "blast"]
        assert promoted, "the confirmed story"
        return {**self.owes, self.hook: [k for k in self.owes[self.hook] if k[0] != "blast"] + blast}


class Minute(World):
    """What needs the clock of a minute: quiet hours, digest, edits, a rate that is too slow, an unconfirmed end, pruning."""

    def script(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        end = (now + datetime.timedelta(seconds=95)).replace(second=0, microsecond=0)
        slow = Bad(0, 0)
        self.receivers.append(slow)
        feeds = self.feed("a") + self.feed("b")
        storm, many = "Storm damages roof of Shelbyville museum", [f"Avalanche number {n}" for n in range(5)]
        self.publish("a", {"title": storm, "link": "https://news.example/roof"})
        self.begin(f"timezone = Etc/UTC\n{feeds}"
                   f"[alert quiet]\nquery = siren\ngroup = none\nnotify = hook\nquiet = {now - datetime.timedelta(minutes=7):%H:%M}-{end:%H:%M}\n"
                   f"[alert daily]\nquery = yodel\ngroup = none\nnotify = hook\ndigest = {end:%H:%M}\n"
                   "[alert storm]\nquery = storm\nnotify = hook\n"
                   "[alert lone]\nquery = lemon\nsources = 2\nunconfirmed = hold\nwindow = 1m\nnotify = hook\n"
                   "[alert many]\nquery = avalanche\ngroup = none\nnotify = slow\n"
                   + hook_of("hook", self.hook) + hook_of("slow", slow).replace("rate = none", "rate = 1/31s"))
        d = self.d
        self.publish("a", "Siren one", "Siren two", "Yodel one", "Yodel two", "Lemon", *many)
        self.has(self.hook, ("storm", storm))
        self.publish("b", {"title": storm, "guid": "b", "link": "https://news.example/roof"})
        self.until(lambda: len({r["title"] for r in d.rows(state="held") if r["alert"] in ("quiet", "daily")}) == 4, "four are held")
        owed = [("quiet", "Siren one"), ("quiet", "Siren two"), ("daily", "Yodel one"), ("daily", "Yodel two"), ("storm", storm)]
        self.until(lambda: set(owed) <= set(told(self.hook)), "the catch-up and the digest", 200)
        self.until(lambda: {("many", m) for m in many} <= set(told(slow)), "the summary", 200)
        self.until(lambda: [g for g in taken(self.hook) if g["json"]["type"] == "alert.updated"], "the edit", 200)
        self.until(lambda: [a for a in d.order("alerts", "--json").stdout.splitlines() if '"expired"' in a], "the lone one expires", 200)
        if d.fails and d.fails[0].startswith("prune"):
            self.until(lambda: not d.fails, "it is pruned", 150)
        self.end()
        self.owes = {self.hook: owed, slow: [("many", m) for m in many]}

    def owed(self):
        return self.owes


class Push(World):
    """A hub that confirms and pushes, and a feed that then names it no more."""

    def script(self):
        number = self.number % len(self.web.ports)
        self.hub, self.linked = Hub(self.web.ca_file), True
        feeds = self.feed("a", "every = 1s\nmin_every = 1s\nmax_every = 2s\n")
        self.begin(f"[websub]\ncallback = {self.web.url(f'push/{number}')}\nlisten = 127.0.0.1:{self.web.ports[number]}\n{feeds}"
                   "[alert fire]\nquery = wildfire\ngroup = none\nnotify = hook\n" + hook_of("hook", self.hook))
        self.publish("a", "Wildfire zero")
        self.has(self.hook, ("fire", "Wildfire zero"))
        self.until(lambda: self.hub.confirmed or self.d.deaths, "the hub has its answer")
        new = {"title": "Wildfire pushed", "guid": "Wildfire pushed", "link": "https://a.example/pushed", "date": 30}
        if self.hub.confirmed:
            wait_for(lambda: any(r.get("push", "").startswith("pushes") for r in map(json.loads, self.d.order("feeds", "--json").stdout.splitlines()))
                     or self.d.deaths, 60, "it is held")
            with contextlib.suppress(OSError):
                self.hub.push(self.hub.confirmed[-1], self.linked_text([new]))
        self.publish("a", new)
        self.has(self.hook, ("fire", "Wildfire pushed"))
        self.linked = False
        self.publish("a", "Wildfire last")
        self.has(self.hook, ("fire", "Wildfire last"))
        self.until(lambda: not self.d.fails or any(f["hub.mode"] == "unsubscribe" for f in self.hub.confirmed), "it leaves", 40)
        if self.d.fails:
            self.until(lambda: not self.d.fails, "the end of the lease", 40)
        self.end()

    def linked_text(self, items):
        links = f'<atom:link rel="hub" href="{self.hub.url}"/><atom:link rel="self" href="{self.web.url(self.path("a"), tls=False)}"/>'
        return rss(items).replace("<channel>", f'<channel xmlns:atom="http://www.w3.org/2005/Atom">{links}')

    def text(self, feed):
        return self.linked_text(self.items[feed][::-1]) if getattr(self, "linked", False) else super().text(feed)

    def owed(self):
        return {self.hook: [("fire", f"Wildfire {w}") for w in ("zero", "pushed", "last")]}


class Senders(World):
    """Each way out by its real other end: a mail server, a pop-up server, a program, standard output. One at a time:
    dunst remembers twenty pop-ups."""
    alone = threading.Lock()

    def script(self):
        with self.alone:
            self.send_all()

    def send_all(self):
        mail, desk = shared(Mail), shared(lambda: Desktop(folder("desk")))
        self.titles = [f"Wildfire {self.number}-{n} is out" for n in range(4)]
        got = os.path.join(folder("program"), "got")
        program = write(os.path.join(folder("bin"), "take"), f"#!/bin/sh\ncat >>{got}\necho >>{got}\n")
        os.chmod(program, 0o755)
        feeds = self.feed("a")
        self.publish("a", *self.titles)
        self.begin(feeds + "[alert fire]\nquery = wildfire\ngroup = none\n" + hook_of("hook", self.hook)
                   + f"[notify mail]\nkind = email\nrate = none\nretry_first = 200ms\nretry_max = 400ms\nserver = {mail.smtp}\nuser = {mail.user}\n"
                   f"password = {mail.password}\nca_file = {mail.ca}\nfrom = alerts@news.test\nto = {mail.to}\n"
                   f"[notify desk]\nkind = desktop\nrate = none\n[notify program]\nkind = command\ncommand = {program}\n"
                   "[notify screen]\nkind = terminal\n", env=desk.env)
        self.has(self.hook, *(("fire", t) for t in self.titles))
        self.settled()
        mails = lambda: [m for m in mail.messages() if any(t in str(m["Subject"]) for t in self.titles)]
        self.until(lambda: len({m["Message-ID"] for m in mails()}) == len(self.titles), "the mails")
        with open(got) as f:
            counts = {"mail": [str(m["Subject"]) for m in mails()], "program": f.read().splitlines(),
                      "terminal": self.d.out().splitlines(), "desktop": [p["summary"] for p in desk.history()]}
        self.end()
        for name, lines in counts.items():
            for t in self.titles:
                n = sum(t in line for line in lines)
                # What was under way comes again, where nobody can tell that it is the same.
                assert 1 <= n <= 2, f"{t} came {n} times to {name}: {lines}"
            assert sum(any(t in line for t in self.titles) for line in lines) <= len(self.titles) + 1, (name, lines)

    def owed(self):
        return {self.hook: [("fire", t) for t in self.titles]}


class Damage(World):
    """A database that turns out damaged at the start, set aside while the process dies."""

    def script(self):
        self.begin_after_damage()
        # What is listed now is taken as seen; what comes later is told.
        self.until(lambda: "feeds" in self.d.order("status", "--json").stdout and "ok" in self.d.order("feeds").stdout, "the feed is read")
        self.publish("a", "Wildfire late")
        self.has(self.hook, ("fire", "Wildfire late"))
        self.end()

    def begin_after_damage(self):
        conf = self.feed("a") + "[alert fire]\nquery = wildfire\ngroup = none\n" + hook_of("hook", self.hook)
        work = folder("damaged")
        for end in ("", "-wal", "-shm"):
            write(f"{work}/state/newsalertd.db{end}", b"no database " * 1000)
        os.chmod(f"{work}/state", 0o700)
        self.begin(conf, work=work)

    def owed(self):
        return {self.hook: [("fire", "Wildfire late")]}


class Full(World):
    """More messages than outbox_max wait; the oldest routine ones are dead, and come when a person says so."""

    def script(self):
        self.titles = [f"Wildfire number {n}" for n in range(150)]
        feeds = self.feed("a")
        self.hook.stop()
        self.publish("a", *self.titles)
        conf = (f"outbox_max = 100\n{feeds}[alert fire]\nquery = wildfire\ngroup = none\nlevel = routine\n" + hook_of("hook", self.hook))
        self.begin(conf)
        self.until(lambda: self.d.rows(state="dead"), "some are given up")
        fresh = Bad(0, 0)
        self.receivers.append(fresh)
        self.d.configure(self.TOP + conf.replace(self.hook.url, fresh.url))
        self.hook = fresh
        self.d.order("reload")
        self.until(lambda: self.d.rows(state="sent"), "some are sent")
        self.settled()
        self.d.order("retry", "--all-dead")
        self.has(fresh, *(("fire", t) for t in self.titles))
        self.end()

    def owed(self):
        return {self.hook: [("fire", t) for t in self.titles]}


_shared, _lock = {}, threading.Lock()


def shared(make):
    with _lock:
        name = getattr(make, "__qualname__", "")
        if name not in _shared:
            _shared[name] = make()
        return _shared[name]


class Load(World):
    """News without end and stories with updates, to a good and two failing receivers; killed at random."""

    def __init__(self, web, kills, seed):
        super().__init__(web, [])
        self.kills, self.dice = kills, random.Random(seed)
        self.bad, self.down = Bad(4, seed + 1, late=False), Bad(0, 0)
        # Down for three seconds of six, so that stories wait there with their updates.
        self.down.judge = lambda e: {"status": 500} if time.time() % 6 < 3 else None
        self.receivers += [self.bad, self.down]
        self.in_flight[self.hook] = 2

    def script(self):
        sections = ("[alert fire]\nquery = wildfire\ngroup = none\n[alert storm]\nquery = storm\nupdates = yes\n"
                    "[alert flood]\nquery = flood\ngroup = none\nlimit = 3/2s\n")
        self.begin(self.feed("a") + self.feed("b") + sections + hook_of("hook", self.hook, "in_flight = 2\n")
                   + hook_of("bad", self.bad) + hook_of("down", self.down))
        fed, n = time.monotonic(), 0
        self.pairs = []
        word = lambda: "".join(self.dice.choices(string.ascii_lowercase, k=9))
        while len(self.d.deaths) < self.kills:
            dead, end = len(self.d.deaths), time.monotonic() + 0.05 + self.dice.random() ** 2 * 1.5
            while time.monotonic() < end:
                if time.monotonic() > fed and n < 1200:
                    fed, n = time.monotonic() + 0.4, n + 1
                    story = f"Storm {word()} {word()} {word()} {word()}"
                    self.publish("a", f"Wildfire {n}", f"Flood {n}", {"title": story, "guid": f"s{n}"})
                    self.pairs += [("fire", f"Wildfire {n}"), ("flood", f"Flood {n}"), ("storm", f"s{n}")]
                    if n > 5 and n % 3 == 0:
                        old = next(i for i in self.items["a"] if i["guid"] == f"s{n - 3}")
                        self.publish("a", {**old, "title": old["title"] + f", {n} hurt"})
                time.sleep(0.02)
            # Maybe it is being started just now.
            wait_for(lambda: len(self.d.deaths) > dead or self.d.process.kill(), 30, "it is dead")
            self.d.ended()
        for hook in self.receivers:
            self.has(hook, *self.pairs)
        self.end()

    def owed(self):
        return {hook: self.pairs for hook in self.receivers}
