"""What the tests of hostile feeds share: peak memory, instructions, valgrind."""
import glob

from documents import HOSTILE
from e2e import *

MB = 1 << 20
VALGRIND = ["valgrind", "-q", "--leak-check=full", "--errors-for-leak-kinds=definite", "--error-exitcode=99",
            "--suppressions=" + os.path.join(os.path.dirname(os.path.abspath(__file__)), "valgrind.supp")]
PARSE_BENCH = os.path.join(BUILD, "tests", "bench", "parse_bench")


def document(name, n=None):
    make, full = HOSTILE[name]
    return make(full if n is None else n)[:16 * MB]


def parse_peak(path):
    """(exit code, peak bytes, CPU seconds). time(1) forks: a child of ours would begin with our own size."""
    p = subprocess.run(["/usr/bin/time", "-f", "%M %U %S", CTL, "parse", path], stdout=subprocess.DEVNULL,
                       stderr=subprocess.PIPE, timeout=120)
    kb, user, system = p.stderr.split()[-3:]
    return p.returncode, int(kb) * 1024, float(user) + float(system)


def instructions(paths):
    """How many instructions the reading of each file takes, by callgrind: the same at any load of the machine."""
    where = folder("callgrind")
    subprocess.run(["valgrind", "-q", "--tool=callgrind", "--zero-before=read_ours", "--dump-after=read_ours",
                    f"--callgrind-out-file={where}/out", PARSE_BENCH, "--once", *paths], check=True,
                   stdout=subprocess.DEVNULL)
    counts = []
    for i in range(len(paths)):
        with open(os.path.join(where, f"out.{i + 1}")) as f:
            counts.append(int(next(line for line in f if line.startswith("summary:")).split()[1]))
    return counts


def growth(size):
    """["name: figures"] of the dimensions in which twice of about `size` bytes costs more than 2.2 times as much.
    A little more than 2, since caches and tables have edges."""
    where, names, paths = folder(), [], []
    for name, (_, full) in HOSTILE.items():
        if name == "bomb":  # grows by levels
            continue
        sample = full // 100
        n = max(2, sample * size // len(document(name, sample)))
        names.append(name)
        for times in (1, 2):
            paths.append(write(os.path.join(where, f"{name}-{times}"), document(name, n * times)))
    nothing = write(os.path.join(where, "nothing"), "<rss><channel><title>t</title></channel></rss>")
    base, *counts = instructions([nothing, *paths])
    return [f"{name}: {one - base} instructions, {two - base} for twice as much"
            for name, one, two in zip(names, counts[::2], counts[1::2]) if two - base > 2.2 * (one - base) + 50000]


def small_inputs():
    """Paths of all golden feeds, and of small hostile ones."""
    paths, where = sorted(glob.glob(os.path.join(SOURCE, "tests", "golden", "parse", "*", "feed.*"))), folder()
    for name, (_, full) in HOSTILE.items():
        paths.append(write(os.path.join(where, name), document(name, max(12, full // 4000))))
    return paths
