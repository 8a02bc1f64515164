"""``make bench-quick``: every job of an evening at the door for a moment, beside a bare view that does the same work.

Ours and the floor (`benchmarks.floor`) run under gunicorn with the same settings, on the same PostgreSQL: a throw-away
embedded one that syncs to disk as in production, or a database made on the server of ``BENCH_DATABASE_URL`` and dropped
at the end. They take turns, so that a slow moment of the machine hits both. Everything stays on the loopback.
"""

import argparse
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from benchmarks import tables  # noqa: E402  # the project is importable only now
from benchmarks.clocks import fixed_work  # noqa: E402
from benchmarks.comparison import compare, require_all_met  # noqa: E402
from benchmarks.jobs import chosen  # noqa: E402
from benchmarks.load import Refused  # noqa: E402
from benchmarks.stage import prepared, require_same_work, server_url  # noqa: E402

GUESTS = int(os.environ.get("BENCH_GUESTS", "10000"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "1"))
"""How long each of a job's turns lasts; below a second wrk cannot drive."""


def main() -> None:
    """Prepares, measures, prints, keeps the rows, and cleans up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--job", default="", help="jobs whose name contains this")
    parser.add_argument("--rounds", type=int, default=2, help="turns of each server at each job (2)")
    parser.add_argument("--uncrowded", action="store_true", help="leave out the turns with 64 connections")
    parser.add_argument("--strict", action="store_true", help="end with 1 when a target is missed")
    parser.add_argument("--out", type=Path, default=tables.LATEST, help="where the rows are kept")
    options = parser.parse_args()
    jobs = chosen(options.job)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        url = stack.enter_context(server_url(folder))
        bench, servers = stack.enter_context(prepared(folder, url, GUESTS))
        before = fixed_work()
        found = compare(bench, servers, jobs, seconds=SECONDS, rounds=options.rounds, crowded=not options.uncrowded)
        print(tables.comparison(found))
        print(tables.noise(before, fixed_work(), found))
        require_same_work(bench)
    print(f"Rows: {tables.write_rows(found, options.out)}", file=sys.stderr)
    if options.strict:
        require_all_met(found)


if __name__ == "__main__":
    try:
        main()
    except Refused as error:
        sys.exit(str(error))
