#!/usr/bin/env python3
"""F1 of the places that newsalertctl finds in the labelled items, and false cities in the short texts without any.

    measure.py BUILD [--held-out] [--show]

labelled.txt and placeless_tuning.txt are the tuning half, heldout.txt and placeless_heldout.txt the test half. A pair
is (item, city). Every item is a feed of its own, so that no home is learned from the others."""
import json, os, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def labelled(file):
    number = 0
    for line in open(os.path.join(HERE, file), encoding="utf-8"):
        if line.startswith("#") or "=>" not in line:
            continue
        text, _, labels = line.rstrip("\n").partition("=>")
        title, bar, body = text.strip().partition(" | ")
        number += 1
        yield number, title, body if bar else "", [l.strip() for l in labels.split(";") if l.strip()]


def placeless(file):
    """The short texts of a file, as items without a label."""
    texts = [line.rstrip("\n") for line in open(os.path.join(HERE, file), encoding="utf-8") if not line.startswith("#")]
    return [(number + 1, text, "", []) for number, text in enumerate(texts)]


def fits(place, label):
    parts = label.split("/")
    return place["name"] == parts[0] and place["country"] == parts[-1] and (len(parts) < 3 or place["admin"] == parts[1])


def places_of(build, items):
    """The places of each item, each item read as a file of its own."""
    with tempfile.TemporaryDirectory() as folder:
        found = []
        for number, title, body, _ in items:
            file = os.path.join(folder, f"{number}.json")
            with open(file, "w", encoding="utf-8") as f:
                json.dump({"version": "https://jsonfeed.org/version/1.1", "title": "t",
                           "items": [{"id": str(number), "title": title, "content_text": body}]}, f)
            p = subprocess.run([os.path.join(build, "newsalertctl"), "places", file], capture_output=True, text=True)
            if p.returncode:
                raise RuntimeError(p.stderr)
            unique = {place["geonameid"]: place for place in json.loads(p.stdout)["places"]}
            found.append(list(unique.values()))
        return found


def measure(build, items, show=False):
    right = wrong = missed = empty_wrong = empty = 0
    for (number, title, body, labels), places in zip(items, places_of(build, items)):
        bad = [p for p in places if not any(fits(p, l) for l in labels)]
        lost = [l for l in labels if not any(fits(p, l) for p in places)]
        right += len(labels) - len(lost)
        wrong += len(bad)
        missed += len(lost)
        empty += not labels
        empty_wrong += len(bad) if not labels else 0
        if show and (bad or lost):
            print(number, title, "|", body, "\n   false:", [(p["text"], p["name"], p["admin"], p["country"], p["confidence"])
                                                            for p in bad], "missed:", lost)
    precision = right / max(1, right + wrong)
    recall = right / max(1, right + missed)
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return {"items": len(items), "precision": precision, "recall": recall, "f1": f1, "placeless": empty,
            "false_in_placeless": empty_wrong}


if __name__ == "__main__":
    build, held_out, show = sys.argv[1], "--held-out" in sys.argv, "--show" in sys.argv
    print(json.dumps({k: round(v, 3) for k, v in
                      measure(build, list(labelled("heldout.txt" if held_out else "labelled.txt")), show).items()}))
    m = measure(build, placeless("placeless_heldout.txt" if held_out else "placeless_tuning.txt"), show)
    print(f"{m['false_in_placeless']} false cities in {m['items']} short texts without a place: "
          f"{1000 * m['false_in_placeless'] / m['items']:.0f} in a thousand")
