"""Builds a labelled set of items from tuning.txt or test.txt: feeds of twelve outlets, and which item tells which event.

Everything follows from the file and one fixed seed. Items come out as Item(id, event, outlet, at, title, lead, url);
copies and equal URLs are told by `family`."""
import collections, html, os, random, re

HERE = os.path.dirname(os.path.abspath(__file__))
START = 1_780_000_000  # seconds
OUTLETS = ["The Daily Courier", "Morning Post", "Channel Nine", "City Herald", "Evening Standard Bearer", "The Observer Times",
           "Regional Radio", "Metro Express", "National Tribune", "Coast Gazette", "Newsline", "Valley Chronicle"]
Item = collections.namedtuple("Item", "id event outlet at title lead url family")
SMALL = {"a", "an", "the", "of", "to", "in", "on", "for", "at", "by", "and", "as", "with", "from", "off", "over"}


def read(name):
    lists, kinds, once = {}, collections.OrderedDict(), set()
    for line in open(os.path.join(HERE, name), encoding="utf-8"):
        word, _, rest = line.strip().partition(" ")
        if not word or word == "#":
            continue
        if word in ("kind", "once"):
            if word == "once":
                once.add(rest)
            titles, leads = kinds.setdefault(rest, ([], []))
        elif word in ("T", "L"):
            (titles if word == "T" else leads).append(rest)
        else:
            lists[word] = rest.split("|") if "|" in rest else rest.split()
    return lists, kinds, once


def title_case(text):
    return " ".join(w if i and w.lower() in SMALL else w[:1].upper() + w[1:] for i, w in enumerate(text.split(" ")))


def build(name, per_kind=3, seed=9):
    rng = random.Random(seed)
    lists, kinds, once = read(name)
    items = []

    def emit(event, outlet, at, title, lead, url=None, family=None):
        n = len(items)
        host = re.sub(r"[^a-z]", "", OUTLETS[outlet].lower()) + ".example"
        items.append(Item(f"i{n}", event, outlet, int(at), title, lead, url or f"https://www.{host}/{n}", family))

    def tell(event, titles, leads, slots, start, outlets):
        picks = list(titles)
        rng.shuffle(picks)
        for k, outlet in enumerate(outlets):
            title, lead = picks[k].format(**slots), rng.choice(leads).format(**slots)
            at = start + (0 if not k else rng.random() * 20 * 3600)
            if outlet % 3 == 1:
                title = title_case(title)
            if outlet % 4 == 2:
                title += rng.choice([" - ", " | "]) + OUTLETS[outlet]
            emit(event, outlet, at, title, lead)

    teams = lists["teams"]
    firsts, lasts = zip(*(name.split() for name in lists["people"]))
    for k, (kind, (titles, leads)) in enumerate(kinds.items()):
        whole = " ".join(titles)
        unique = "{" not in whole or kind in once
        if not unique:  # a title without a name would be that of several events
            titles = [t for t in titles if re.search(r"{(town|firm|person|team)", t)]
        for e in range(1 if unique else per_kind):
            towns, firms = lists["towns"], lists["firms"]
            # Of kind league-match, the first team is the same: two games of one team.
            one_team = kind == "league-match"
            person = k * per_kind + e
            slots = {"town": towns[(k * 5 + e * 2) % len(towns)], "firm": firms[(k * 3 + e) % len(firms)],
                     "firm2": firms[(k * 3 + e + 4) % len(firms)], "person": f"{firsts[person % len(firsts)]} {lasts[(person + person // 12 * 5) % len(lasts)]}",
                     "team": teams[k % len(teams) if one_team else e * 2 % len(teams)],
                     "team2": teams[(k + e + 1) % len(teams) if one_team else (e * 2 + 1) % len(teams)], "n": rng.randint(3, 19)}
            # The first two events of a kind happen on one day.
            day = (k * 3) % 5 + (2 if e == 2 else 0)
            outlets = rng.sample(range(len(OUTLETS)), rng.randint(min(4, len(titles)), min(12, len(titles))))
            tell(f"{kind}{e}", titles, leads, slots, START + day * 86400 + rng.random() * 30000, outlets)
        if k % 5 == 0:  # a week later, when the matter comes up again, it is another story
            tell(f"{kind}-again", titles, leads, slots, START + (day + 9) * 86400, rng.sample(range(len(OUTLETS)), 3))
        if k % 3 == 0:  # a wire copy under labels and suffixes, and one address in two feeds
            title = titles[0].format(**dict(slots, town="Copperhollow", firm="Wirewright", firm2="Telmark", person="Cora Silt"))
            lead = leads[0].format(**dict(slots, town="Copperhollow", firm="Wirewright", firm2="Telmark", person="Cora Silt"))
            at = START + (k * 3 % 5) * 86400 + 3600
            forms = ["{}", "UPDATE 2-{}", "BREAKING: {}", "{} - " + OUTLETS[4], "{} | " + OUTLETS[7], "[VIDEO] {}"]
            if k:
                continue
            for n, form in enumerate(forms):
                emit("wire", n, at + n * 900, form.format(title), lead, None, "wire")
    for n in range(4):
        emit("one-url", n, START + 86400 + n * 600, ["Harvest fair opens", "Fair draws crowds", "Pumpkins galore", "Big day out"][n],
             "", "http%s://%sfair.example/2026/fair%s" % (("s", "www.", "/") if n % 2 else ("", "", "?utm_source=rss")), "url")
    for day in range(5):
        emit(f"weather{day}", 0, START + day * 86400 + 5000, "Weather forecast for the whole region today", f"Outlook number {day}: " +
             ["sun and calm air", "rain from the west", "fog in the valleys", "showers and gusts", "frost at night"][day] + " is expected.")
        emit(f"today{day}", 3, START + day * 86400 + 6000, "What to know today", "")
    items.sort(key=lambda i: (i.at, int(i.id[1:])))
    return items


def feeds(items, leads):
    """{outlet: RSS document}, newest first, as feeds are."""
    out = collections.OrderedDict()
    for o, name in enumerate(OUTLETS):
        rows = ""
        for i in sorted((i for i in items if i.outlet == o), key=lambda i: -i.at):
            d = __import__("datetime").datetime.fromtimestamp(i.at, __import__("datetime").timezone.utc)
            rows += (f"<item><title>{html.escape(i.title)}</title><link>{html.escape(i.url)}</link><guid isPermaLink='false'>{i.id}"
                     f"</guid><pubDate>{d.strftime('%a, %d %b %Y %H:%M:%S +0000')}</pubDate>"
                     + (f"<description>{html.escape(i.lead)}</description>" if leads and i.lead else "") + "</item>\n")
        out[name] = f"<rss version='2.0'><channel><title>{name}</title><link>https://{o}.example/</link>\n{rows}</channel></rss>"
    return out


def score(items, story):
    """B-cubed F1, threads opened an event (events of three items and more), share of merged pairs that are wrong."""
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
