"""The programs with one allocation refused (refuse.c): each run ends by itself, and nothing is lost.

every_so_many(runs): of each command, so many places in its life, spread evenly from a place that the seed chooses."""
from e2e import *

TITLES = [  # stories of their own
    "Council votes on harbour tolls", "Rare owl seen above Millbrook", "Bakers strike over flour prices",
    "Bridge to Eastport reopens early", "Choir of miners wins medal", "Ferry captain retires after decades",
    "School roof gives way in gale", "Orchard owners fear late frost"]


class Refusals:
    def __init__(self):
        self.where = folder("refuse")
        self.library = os.path.join(self.where, "refuse.so")
        r = run("cc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-O1", "-o", self.library, os.path.join(SOURCE, "tests/e2e/lib/refuse.c"))
        assert r.returncode == 0, r.stderr
        self.feed = write(os.path.join(self.where, "f.xml"), rss([{"title": t} for t in TITLES]))
        self.conf = os.path.join(self.where, "n.conf")

    def configure(self, state):
        # Of no plugin: one that fails for want of memory makes its terms unknown, and the alert need not fire.
        write(self.conf, f"state = {state}\ncontact = a@b.example\nfirst_run = all\n[feed a]\npath = {self.feed}\n"
              '[alert flood]\nquery = feed:a\nlevel = urgent\n'
              "[notify t]\nkind = terminal\nrate = none\n")
        os.chmod(self.conf, 0o600)

    def run(self, command, **env):
        return run(*command, env={"LD_PRELOAD": self.library, "NEWSALERT_LOG": "", **env}, timeout=300)

    def places(self, command, runs):
        """(the whole run, the numbers of the allocations to refuse)"""
        count = os.path.join(self.where, "count")
        whole = self.run(command, REFUSE_COUNT=count)
        assert whole.returncode == 0, whole
        with open(count) as f:
            n = int(f.read())
        stride = max(1, n // runs)
        return whole, range(1 + int(os.environ["NEWSALERT_SEED"]) % stride, n + 1, stride)


def ended(r, command, n):
    """By itself, with 0, or with a word on why not."""
    # 127: glibc's loader, which had to load a library just then and says so itself.
    assert r.returncode in (0, 1, 2) or (r.returncode == 127 and "memory" in r.stderr), (command, n, r)
    assert r.returncode == 0 or r.stderr.strip(), ("nothing is said", command, n, r)


def every_so_many(runs):
    house = Refusals()
    house.configure(os.path.join(house.where, "none"))
    total = stopped = 0
    for command in ([CTL, "parse", house.feed], [CTL, "query", "flood NEAR/3 (mill OR /b[ao]rn/)"],
                    [CTL, "match", "-c", house.conf, house.feed], [DAEMON, "-c", house.conf, "--check-config"]):
        whole, places = house.places(command, runs)
        for n in places:
            r = house.run(command, REFUSE=str(n))
            ended(r, command, n)
            # What is printed in spite of it is true: all, or the first of it.
            assert r.returncode or r.stdout == whole.stdout or "--check-config" in command or r.stderr.strip(), (command, n, r)
            total, stopped = total + 1, stopped + (r.returncode != 0)
    once = [DAEMON, "-c", house.conf, "--once", "--quiet"]
    house.configure(os.path.join(house.where, "state"))
    for n in house.places(once, runs)[1]:
        state = os.path.join(house.where, f"state-{n}")
        house.configure(state)
        r = house.run(once, REFUSE=str(n))
        ended(r, once, n)
        again = run(*once, timeout=300)
        assert again.returncode == 0, (n, r, again)
        lost = [t for t in TITLES if t not in r.stdout + again.stdout]
        assert not lost, ("lost", n, lost, r, again)
        total, stopped = total + 1, stopped + (r.returncode != 0)
        shutil.rmtree(state, ignore_errors=True)
    print(f"# {total} allocations refused, {stopped} ended the program")
    assert stopped > runs / 2, stopped
