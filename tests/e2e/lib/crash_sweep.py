"""Runs the worlds: one for each fail point, or one under load that dies at random."""
import concurrent.futures

from crash import *
from crash_worlds import *

WHERE = [(r"(told-digest|held-(quiet|digest|expired)|told-edit|rate-summary|prune)-", Minute),
         (r"hub-|push-|lease|answer-pushed", Push), (r"set-aside", Damage), (r"outbox-full", Full),
         (r"(send|sending|answered|reported)-(email|command|terminal|desktop)", Senders)]


def world_of(point):
    return next((w for pattern, w in WHERE if re.match(pattern, point)), Stories)


def fails_of(point):
    # A crash is counted at the start after it.
    return ["document-in-hand", point] if point.startswith("crash-") else [point]


def sweep(names, jobs):
    """Runs them in parallel: a world mostly waits."""
    web, wrong, repeats = Web(), [], 0
    def one(point):
        world = world_of(point)(web, fails_of(point))
        try:
            return point, world.run(), None
        except Exception as e:
            log = world.d.log()[-1500:] if hasattr(world, "d") else ""
            return point, 0, f"{point} ({type(world).__name__}): {type(e).__name__} {e}\n{log}"
    # The long ones first.
    order = sorted(names, key=lambda n: world_of(n) is not Minute)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for point, n, error in pool.map(one, order):
            repeats += n
            if error:
                wrong.append(error)
                print("# " + error.replace("\n", "\n#   "), flush=True)
    print(f"# {len(names)} points, {repeats} repeats", flush=True)
    return wrong


def at_random(kills, seed, jobs):
    web = Web()
    def one(n):
        world = Load(web, kills // jobs, seed + 10 * n)
        repeats = world.run()
        return len(world.d.deaths), len(world.pairs), repeats
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        found = list(pool.map(one, range(jobs)))
    deaths, items, repeats = (sum(c) for c in zip(*found))
    print(f"# {deaths} kills, {items} alerts to three receivers each, {repeats} repeats", flush=True)
    assert deaths >= kills // jobs * jobs
