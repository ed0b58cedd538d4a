#!/usr/bin/env python3
"""Fits the weights of plugins/city from the tuning half of the labelled items: fit.py BUILD [--write | --check].

Two fits, each a maximum of likelihood times a normal distribution around PRIOR, by Newton's method: which place of a name
is meant (a softmax over its candidates), and whether a mention is that place (logistic). A clue that the items hardly
show stays near its prior. Both are done again with the new weights until they settle, since neighbours depend on what
was chosen. Last, the bias moves to where F1 over items and cities peaks, so that a confidence of 0.5 is that cut.

--write writes plugins/city/weights.inc, --check fails when it is not what comes out. Nothing is random."""
import math, os, re, subprocess, sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import measure

WEIGHTS = os.path.join(HERE, "..", "..", "plugins", "city", "weights.inc")
ROUNDS = 3
SHARPNESS = 3.0        # of the softmax, a unit of score (a power of ten of people)
CHOICE_PULL = 6.0      # towards the prior: 1 over the variance
CLUE_PULL = 1.5
SHORT_COUNTS = 0.35    # of a short text without a place: they are denser in traps than news is
MAY_DIFFER = 0.1       # of --check
WRONG_COUNTS = 1.5     # a false alert is worse than a missed one
CUT_WRONG_COUNTS = 3.0 # and more so where the cut is chosen: most texts of a feed speak of no city

# The directions and sizes of the prototype's weights (its fit was on other texts), and of our own for the rest.
PRIOR = {
    "CHOICE": {"CAPITAL": 1.0, "SEAT": 0.5, "PART": -1.0, "ALTERNATE": -0.8, "SPELLED": -0.6, "NICK": 1.0, "STATE": 0.8,
               "COUNTRY": 0.6, "NEIGHBOURS": 1.1, "QUALIFIER": 6.0, "HOME": 1.6},
    "SCALE": {"BIAS": -0.4, "PEOPLE": 0.8, "MARGIN": 0.3, "NEIGHBOURS": 0.6, "HOME": 1.0},
    "CLUE": {
        "QUALIFIER": 3.5, "CAPITAL": 0.9, "SEAT": 0.4, "DATELINE": 2.0, "STATE": 1.1, "COUNTRY": 0.6, "ELSEWHERE": -0.9,
        "IN": 1.3, "TO": 0.6, "PLACE_BEFORE": 1.3, "PLACE_AFTER": 1.1, "PARTY": 1.2, "PERSON": -3.3, "FIRST_NAME": -2.6,
        "TITLE": -2.4, "CAPITAL_BEFORE": -2.2, "CAPITAL_AFTER": -2.4, "ORGANISATION": -3.2, "ORGANISATION_BEFORE": -2.8,
        "DICTIONARY": -2.2, "SENTENCE_START": -1.0, "ALTERNATE": -1.6, "IS_FIRST_NAME": -1.0, "REGION": -1.3,
        "OWN_REGION": -0.4, "NO_CAPITALS": -0.3, "SIGN": -0.4, "SOLO": 0.2, "COUNTIES": -3.0, "LARGE_WORD": 1.0,
        "HARDLY": -2.5, "LIST": 0.4, "SEVERAL": 0.4, "NICK": 1.0, "SCRIPT": 1.0, "SURE_LIST": 1.0, "SPEAKS": -0.5, "CAPITAL_SPEAKS": 1.0, "SPORT": -1.5, "ACTS": 0.8, "TEAM": -0.7, "ARTS": -1.0, "NAMES": -1.0,
        "ARTICLE": -1.5, "WORD_AFTER": -0.5, "ALONE": -0.3, "LARGE_ALONE": 1.0}}


def solve(a, b):
    """x of a x = b, by elimination with the largest pivot."""
    n = len(b)
    rows = [list(a[i]) + [b[i]] for i in range(n)]
    for i in range(n):
        p = max(range(i, n), key=lambda r: abs(rows[r][i]))
        rows[i], rows[p] = rows[p], rows[i]
        for r in range(i + 1, n):
            f = rows[r][i] / rows[i][i]
            if f:
                rows[r] = [x - f * y for x, y in zip(rows[r], rows[i])]
    x = [0.0] * n
    for i in reversed(range(n)):
        x[i] = (rows[i][n] - sum(rows[i][k] * x[k] for k in range(i + 1, n))) / rows[i][i]
    return x


def newton(prior, pull, slope):
    """The w where slope(w) = (gradient, curvature) of the loss, plus pull times (w - prior), vanishes."""
    w = list(prior)
    for _ in range(50):
        gradient, curvature = slope(w)
        for i in range(len(w)):
            gradient[i] += pull * (w[i] - prior[i])
            curvature[i][i] += pull
        step = solve(curvature, gradient)
        scale = min(1.0, 2.0 / max(1e-12, max(map(abs, step))))
        w = [x - scale * s for x, s in zip(w, step)]
        if max(map(abs, step)) < 1e-9:
            break
    return w


def add_outer(a, x, f):
    used = [i for i, v in enumerate(x) if v]
    for i in used:
        for k in used:
            a[i][k] += f * x[i] * x[k]


def fit_choice(groups, prior):
    """groups: (people, features, right) of each candidate of a name, one of them right at least."""
    def slope(w):
        n = len(w)
        gradient, curvature = [0.0] * n, [[0.0] * n for _ in range(n)]
        for candidates in groups:
            scores = [SHARPNESS * (people + sum(a * b for a, b in zip(w, x))) for people, x, _ in candidates]
            top = max(scores)
            e = [math.exp(s - top) for s in scores]
            total, good = sum(e), sum(v for v, c in zip(e, candidates) if c[2])
            mean = [0.0] * n
            mean_right = [0.0] * n
            for v, (_, x, right) in zip(e, candidates):
                for i, f in enumerate(x):
                    mean[i] += v / total * f
                    if right:
                        mean_right[i] += v / good * f
            for i in range(n):
                gradient[i] += SHARPNESS * (mean[i] - mean_right[i])
            for v, (_, x, _) in zip(e, candidates):
                add_outer(curvature, [f - m for f, m in zip(x, mean)], SHARPNESS ** 2 * v / total)
        return gradient, curvature
    return newton(prior, CHOICE_PULL, slope)


def fit_confidence(mentions, prior):
    """mentions: (features, right, how much it counts)."""
    def slope(w):
        n = len(w)
        gradient, curvature = [0.0] * n, [[0.0] * n for _ in range(n)]
        for x, right, count in mentions:
            s = sum(a * b for a, b in zip(w, x) if b)
            p = 1 / (1 + math.exp(-s)) if s > -500 else 0.0
            count *= 1.0 if right else WRONG_COUNTS
            for i, f in enumerate(x):
                if f:
                    gradient[i] += count * (p - right) * f
            add_outer(curvature, x, count * p * (1 - p))
        return gradient, curvature
    return newton(prior, CLUE_PULL, slope)


def features(build, items, weights):
    """Names of the columns by kind, candidates by (item, group), mentions as (item, place, features)."""
    flat = [str(v) for kind in weights for name, w in weights[kind].items() for v in (f"{kind}_{name}", repr(w))]
    p = subprocess.run([os.path.join(build, "tests", "city", "features"), os.path.join(build, "plugins", "city.bin"), *flat],
                       input="".join(f"{title}\t{body}\n" for _, title, body, _ in items), capture_output=True, text=True)
    if p.returncode:
        raise RuntimeError(p.stderr)
    names, groups, mentions = {}, {}, []
    for line in p.stdout.splitlines():
        col = line.split("\t")
        if col[0] in ("choice", "scale", "clue"):
            names[col[0].upper()] = col[1:]
        elif col[0] == "C":
            groups.setdefault((int(col[1]), col[2]), []).append((col[3], float(col[4]), [float(v) for v in col[5:]]))
        else:
            mentions.append((int(col[1]), col[3], [float(v) for v in col[4:]]))
    return names, groups, mentions


def place_fits(place, labels):
    name, admin, country = place.rsplit("/", 2)
    return any(measure.fits({"name": name, "admin": admin, "country": country}, l) for l in labels)


def best_bias(items, mentions, w, counts):
    """How much to add to each sum: the middle of the widest stretch where pair F1 peaks."""
    best = []
    for step in range(-40, 41):
        shift, found = step * 0.05, {}
        for item, place, x in mentions:
            if sum(a * b for a, b in zip(w, x)) + shift >= 0:
                found.setdefault(item, set()).add(place)
        right = wrong = missed = 0
        for i, (_, _, _, labels) in enumerate(items):
            places = found.get(i, ())
            lost = sum(1 for l in labels if not any(place_fits(p, [l]) for p in places))
            right += len(labels) - lost
            missed += lost
            wrong += counts(i) * sum(1 for p in places if not place_fits(p, labels))
        f1 = 2 * right / max(1, 2 * right + missed + wrong * CUT_WRONG_COUNTS)
        best.append((f1, shift))
    top = max(f1 for f1, _ in best)
    shifts = [shift for f1, shift in best if f1 >= top - 1e-9]
    return shifts[len(shifts) // 2], top


def fit(build):
    news = list(measure.labelled("labelled.txt"))
    items = news + measure.placeless("placeless_tuning.txt")

    def counts(item):
        return 1.0 if item < len(news) else SHORT_COUNTS

    weights = {kind: dict(PRIOR[kind]) for kind in PRIOR}
    top = 0
    for _ in range(ROUNDS):
        names, groups, _ = features(build, items, weights)
        known = []
        for (item, _), candidates in sorted(groups.items()):
            marked = [(people, x, place_fits(place, items[item][3])) for place, people, x in candidates]
            if any(c[2] for c in marked) and len(marked) > 1:
                known.append(marked)
        w = fit_choice(known, [PRIOR["CHOICE"][n] for n in names["CHOICE"]])
        weights["CHOICE"] = dict(zip(names["CHOICE"], [round(v, 2) for v in w]))
        names, _, mentions = features(build, items, weights)
        columns = [("SCALE", n) for n in names["SCALE"]] + [("CLUE", n) for n in names["CLUE"]]
        w = fit_confidence([(x, place_fits(place, items[item][3]), counts(item)) for item, place, x in mentions],
                           [PRIOR[kind][n] for kind, n in columns])
        shift, top = best_bias(items, mentions, w, counts)
        w[columns.index(("SCALE", "BIAS"))] += shift
        for (kind, n), v in zip(columns, w):
            weights[kind][n] = round(v, 2)
    return weights, top


def text_of(weights):
    lines = ["/* Made by tests/city/fit.py from the tuning half of the labelled items: change those, and run make fit. */"]
    lines += [f"{kind}({name}, {w:.2f})" for kind in weights for name, w in weights[kind].items()]
    return "\n".join(lines) + "\n"


def check(weights, text):
    """Fails when the committed weights are not these. Other versions of the word lists may move them by a little."""
    with open(WEIGHTS) as f:
        committed = dict(re.findall(r"^(\w+\(\w+), (-?[\d.]+)\)$", f.read(), re.M))
    ours = {f"{kind}({name}": w for kind in weights for name, w in weights[kind].items()}
    far = [name for name, w in ours.items() if abs(float(committed.get(name, "1e9")) - w) > MAY_DIFFER]
    if far or len(committed) != len(ours):
        sys.exit(f"{os.path.normpath(WEIGHTS)} is not what the labelled items give (first: {far[:1]}): run make fit\n{text}")


def main():
    weights, top = fit(sys.argv[1])
    text = text_of(weights)
    if "--write" in sys.argv:
        with open(WEIGHTS, "w") as f:
            f.write(text)
    if "--check" in sys.argv:
        check(weights, text)
    print(text if len(sys.argv) == 2 else f"F1 of the tuning half, short texts included: {top:.3f}")


if __name__ == "__main__":
    main()
