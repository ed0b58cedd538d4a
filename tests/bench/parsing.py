"""bench_parse: how fast feeds become items, and what it takes, against floors and peers in the same run."""
import os, resource, shutil, subprocess, time

from documents import KINDS, feed
from e2e import BUILD, CTL, folder

SIZES = (("4k", 4000), ("60k", 60000), ("3M", 3000000), ("14M", 14000000))
LENIENT = ("rss-damaged", "atom-damaged")
GOAL_SOUND, GOAL_LENIENT = 100, 40  # MB/s in process
GOAL_START_MS = 3
FEEDPARSER = """
import sys, time, feedparser
bytes = open(sys.argv[1], "rb").read()
began, n = time.process_time(), 0
while not n or (n < 5 and time.process_time() - began < 1):
    items = len(feedparser.parse(bytes, sanitize_html=False, resolve_relative_uris=False).entries)
    n += 1
print((time.process_time() - began) / n, items)
"""


def readers_in_process(path):
    """{reader: (CPU seconds, items)}, of parse_bench."""
    out = subprocess.run([os.path.join(BUILD, "tests", "bench", "parse_bench"), "-t", "0.4", path], check=True,
                         capture_output=True, text=True).stdout
    rows = [line.split("\t") for line in out.splitlines()]
    return {name: (float(seconds), int(items)) for name, _, seconds, items in rows}


def feedparser(path):
    """Debian's, by Debian's python; None where it is not installed."""
    r = subprocess.run(["/usr/bin/python3", "-c", FEEDPARSER, path], capture_output=True, text=True)
    return (float(r.stdout.split()[0]), int(r.stdout.split()[1])) if r.returncode == 0 else None


def children_cpu():
    u = resource.getrusage(resource.RUSAGE_CHILDREN)
    return u.ru_utime + u.ru_stime


def whole_process(command, path, runs):
    """(least CPU, [least wall, median wall]) seconds of a process that reads `path` on standard input."""
    cpu, wall = [], []
    for _ in range(runs):
        with open(path, "rb") as f:
            before, began = children_cpu(), time.monotonic()
            subprocess.run(command, stdin=f, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wall.append(time.monotonic() - began)
            cpu.append(children_cpu() - before)
    return min(cpu), [min(wall), sorted(wall)[len(wall) // 2]]


def peak_kb(path):
    """Peak memory of newsalertctl parse, by time(1): a child of a large process would begin with the parent's."""
    if not os.path.exists("/usr/bin/time"):
        return None
    r = subprocess.run(["/usr/bin/time", "-f", "%M", CTL, "parse", path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return int(r.stderr.split()[-1])


def bench_in_process(where):
    print(f"-- reading feeds in one process: MB/s of CPU time (in brackets: newsalert is so many times as fast)\n"
          f"   goals: {GOAL_SOUND} on sound feeds with HTML, {GOAL_LENIENT} where the lenient reading is needed")
    missed = []
    for kind in KINDS:
        for size_name, size in SIZES:
            path = os.path.join(where, f"{kind}-{size_name}")
            with open(path, "wb") as f:
                f.write(feed(kind, size))
            rows = readers_in_process(path)
            if size <= 60000 or (size == 3000000 and kind == "rss-html"):
                rows["feedparser"] = feedparser(path)
            if size >= 3000000 and kind != "json" and shutil.which("sfeed"):
                rows["sfeed (process)"] = whole_process(["sfeed"], path, 3)[0], 0
            ours, shown = rows["newsalert"][0], []
            for name, row in rows.items():
                if row is None or row[1] < (1 if name == "feedparser" else 0):
                    shown.append(f"{name} {'is not installed' if row is None else 'refuses it'}")
                    continue
                ratio = "" if name == "newsalert" else f" (×{row[0] / ours:.2g})" if row[0] < 99 * ours else f" (×{row[0] / ours:.0f})"
                shown.append(f"{name} {os.path.getsize(path) / row[0] / 1e6:.3g}{ratio}")
            print(f"{kind + ' ' + size_name:<18} " + " · ".join(shown), flush=True)
            goal = GOAL_LENIENT if kind in LENIENT else GOAL_SOUND if kind in ("rss-html", "atom-xhtml") else 0
            speed = os.path.getsize(path) / ours / 1e6
            if size > 4000 and speed < goal:
                missed.append(f"{kind} {size_name}: {speed:.0f} < {goal}")
    print("goals of speed: " + ("missed: " + ", ".join(missed) if missed else "met"))


def bench_process(where):
    path = os.path.join(where, "rss-html-60k")
    least, median = (t * 1000 for t in whole_process([CTL, "parse", "-"], path, 61)[1])
    nothing, _ = (t * 1000 for t in whole_process(["/bin/true"], path, 61)[1])
    print(f"-- newsalertctl parse of 60 kB, start to end: {least:.2f} ms at least, median {median:.2f} "
          f"(goal {GOAL_START_MS}; /bin/true takes at least {nothing:.2f} here)")
    for name in ("rss-html-60k", "rss-html-3M", "rss-html-14M", "rss-titles-3M", "atom-xhtml-14M", "rss-damaged-14M", "json-3M"):
        path = os.path.join(where, name)
        size, peak = os.path.getsize(path) / 1024, peak_kb(path)
        if peak is None:
            print("peak memory: /usr/bin/time is not installed")
            break
        goal = max(3 * size, size + 8192)
        print(f"peak memory {name}: {peak / 1024:.1f} MB for {size / 1024:.2f} MB "
              f"(goal {goal / 1024:.1f}: {'met' if peak <= goal else 'missed'})")


def bench_parse():
    where = folder()
    bench_in_process(where)
    bench_process(where)
