"""What the benchmarks share: a clock, a database at rest, one line per result."""

import json
import os
import resource
import subprocess
import time
from pathlib import Path


def timed(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def best(env, work, times=3):
    """The best of several, each as a new request finds it."""
    found = None
    for _number in range(times):
        env.cr.commit()
        env.invalidate_all()
        taken, result = timed(work)
        found = min(found or taken, taken)
    return found, result


def fresh(env):
    """What a new request finds: no cache, the database's own upkeep done."""
    env.cr.commit()
    env.invalidate_all()
    subprocess.run(["psql", "-qd", env.cr.dbname, "-c", "VACUUM ANALYZE"], check=True)


def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def peer():
    """What the peer took for the same rows, if that was measured."""
    file = Path(os.environ["PEER_FILE"])
    return json.loads(file.read_text()) if file.exists() else None


def report(bench, rows, ours, floor, peak, peer=None):
    seconds = peer and peer["seconds"]
    print(
        json.dumps(
            {
                "bench": bench,
                "rows": rows,
                "ours_s": round(ours, 2),
                "floor_s": round(floor, 2),
                "ratio_floor": round(ours / floor, 2),
                "peer_s": seconds,
                "ratio_peer": seconds and round(seconds / ours, 1),
                "peak_mib": peak,
            }
        )
    )
