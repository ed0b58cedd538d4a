"""What the tests of polling share: small feeds, sections, rows of `feeds`."""
from e2e import *

TOP = "host_spacing = 10ms\nallow_private = yes\n"
ALERT = "[alert guard]\nquery = \"National Guard\"\ngroup = none\nnotify = screen\n[notify screen]\nkind = terminal\n"


def items(n, first=0):
    return [{"title": f"National Guard at harbour gate {i}", "guid": f"g{i}", "link": f"https://gazette.example/{i}",
             "description": "Forty members came. " * 20} for i in range(first, first + n)]


def feed(name, url, extra="every = 1s\n"):
    return f"[feed {name}]\nurl = {url}\n{extra}"


def row(d, name):
    return next(r for r in d.json("feeds") if r["feed"] == name)


def wait_row(d, name, condition, seconds=20):
    """Until the feed's row satisfies; returns it."""
    return wait_for(lambda: (lambda r: r if condition(r) else None)(row(d, name)), seconds, f"{name}: {condition}")


def answered(d, name):
    return wait_row(d, name, lambda r: r.get("last"))


def seconds_of(text):
    """A time as the programs write it, in seconds since 1970."""
    from datetime import datetime
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def wait_of(r):
    """Seconds from a row's last answer to its next poll."""
    return seconds_of(r["next"]) - seconds_of(r["last"])
