"""Reads a labelled set, a tuning file or final.txt (tuning.txt tells its format): the feeds of twelve outlets, and which item tells
which event.

Everything follows from the file and one fixed seed: which outlet writes what, and when. Outlets have styles: some write
titles in Title Case, some add their name. Items come out as Item(id, event, outlet, at, title, lead, url, copy)."""
import collections, datetime, html, os, random, re

HERE = os.path.dirname(os.path.abspath(__file__))
START = 1_780_272_000  # seconds; a Monday, 0:00 UTC
OUTLETS = ["The Daily Courier", "Morning Post", "Channel Nine", "City Herald", "Evening Standard Bearer", "The Observer Times",
           "Regional Radio", "Metro Express", "National Tribune", "Coast Gazette", "Newsline", "Valley Chronicle"]
Item = collections.namedtuple("Item", "id event outlet at title lead url copy")
SMALL = {"a", "an", "the", "of", "to", "in", "on", "for", "at", "by", "and", "as", "with", "from", "off", "over"}
LINE = re.compile(r"-(?:\[([A-L]?) ?(?:@([\d.]+))? ?([!~]?)\])? (.*)")


def title_case(text):
    return " ".join(w if i and w.lower() in SMALL else w[:1].upper() + w[1:] for i, w in enumerate(text.split(" ")))


def styled(title, outlet):
    if outlet % 4 == 1:
        title = title_case(title)
    if outlet % 5 == 2:
        title += (" - " if outlet % 2 else " | ") + OUTLETS[outlet]
    return title


def read(name):
    """[(event, day, hour, [[outlet, after, copy, title, lead]])]"""
    events = []
    for n, line in enumerate(open(os.path.join(HERE, name), encoding="utf-8"), 1):
        line = line.rstrip("\n")
        if not line or line.startswith("#"):
            continue
        if line.startswith("event "):
            _, event, day, hour = line.split()
            events.append((event, int(day), int(hour), []))
        elif line.startswith("  "):
            assert not events[-1][3][-1][4], f"{name}:{n}: a second lead"
            events[-1][3][-1][4] = line.strip()
        else:
            m = LINE.fullmatch(line)
            assert m, f"{name}:{n}: {line}"
            events[-1][3].append([m[1], m[2], m[3], m[4], ""])
    assert len({e[0] for e in events}) == len(events), f"{name}: an event twice"
    return events


def build(name, seed=9):
    rng = random.Random(seed)
    items = []
    for event, day, hour, rows in read(name):
        outlets = rng.sample(range(len(OUTLETS)), len(OUTLETS))
        at = START + day * 86400 + hour * 3600
        now = at
        for k, (letter, after, copy, title, lead) in enumerate(rows):
            outlet = ord(letter) - ord("A") if letter else outlets[k]
            when = at + float(after) * 3600 if after else now
            now += rng.randint(300, 9000)
            host = re.sub(r"[^a-z]", "", OUTLETS[outlet].lower()) + ".example"
            n = len(items)
            items.append(Item(f"i{n}", event, outlet, int(when), styled(title, outlet), lead, f"https://www.{host}/{n}", copy))
    items.sort(key=lambda i: (i.at, int(i.id[1:])))
    return items


def feeds(items, leads):
    """{outlet: RSS document}, newest first, as feeds are."""
    out = collections.OrderedDict()
    for o, name in enumerate(OUTLETS):
        rows = ""
        for i in sorted((i for i in items if i.outlet == o), key=lambda i: -i.at):
            d = datetime.datetime.fromtimestamp(i.at, datetime.timezone.utc)
            rows += (f"<item><title>{html.escape(i.title)}</title><link>{html.escape(i.url)}</link><guid isPermaLink='false'>{i.id}"
                     f"</guid><pubDate>{d.strftime('%a, %d %b %Y %H:%M:%S +0000')}</pubDate>"
                     + (f"<description>{html.escape(i.lead)}</description>" if leads and i.lead else "") + "</item>\n")
        out[name] = f"<rss version='2.0'><channel><title>{name}</title><link>https://{o}.example/</link>\n{rows}</channel></rss>"
    return out


def score(items, story):
    """B-cubed F1, threads opened an event (events of three items and more), share of merged pairs that are wrong, and the
    number of such events."""
    by_event, by_story = collections.defaultdict(set), collections.defaultdict(set)
    for i in items:
        by_event[i.event].add(i.id)
        by_story[story[i.id]].add(i.id)
    precision = recall = 0
    for i in items:
        e, s = by_event[i.event], by_story[story[i.id]]
        precision += len(e & s) / len(s)
        recall += len(e & s) / len(e)
    precision, recall = precision / len(items), recall / len(items)
    event = {i.id: i.event for i in items}
    right = wrong = 0
    for s in by_story.values():
        same = sum(n * (n - 1) // 2 for n in collections.Counter(event[i] for i in s).values())
        right += same
        wrong += len(s) * (len(s) - 1) // 2 - same
    several = [e for e in by_event.values() if len(e) >= 3]
    opened = sum(len({story[i] for i in e}) for e in several) / len(several)
    return 2 * precision * recall / (precision + recall), opened, wrong / max(1, right + wrong), len(several)
