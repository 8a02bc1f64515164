"""``make bench``: ours beside the floor at length, and what must hold of ours alone.

* ``jobs``: every job in turns with the floor (see `benchmarks.quick`), and with 64 connections
* ``hot``: one ticket that everybody wants
* ``bulk``: the CSV export, and all guests on one page
* ``where``: where the time of each job goes, in one process, by cProfile
* ``flat``: every job at events of 1,000, 100,000 and 1,000,000 guests

It prints Markdown, and ends with 1 when a job misses one of its targets beside the floor. Guests are checked out and in
again in passes over all of them, so that no history gets long.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from benchmarks import bulk, flatness, hot_row, profiles, tables  # noqa: E402  # the project is importable only now
from benchmarks.clocks import fixed_work  # noqa: E402
from benchmarks.comparison import Compared, compare, require_all_met  # noqa: E402
from benchmarks.jobs import Job, chosen  # noqa: E402
from benchmarks.load import Refused  # noqa: E402
from benchmarks.stage import prepared, require_same_work, server_url  # noqa: E402

PARTS = ("jobs", "hot", "bulk", "where", "flat")


def main() -> None:
    """Prepares, measures, prints, keeps the rows, and cleans up."""
    options = _options()
    jobs = chosen(options.job)
    with tempfile.TemporaryDirectory(prefix="bench-") as name, server_url(Path(name)) as url:
        folder = Path(name)
        found: list[Compared] = []
        if "where" in options.part:
            with prepared(folder, url, options.guests, []) as (bench, _):
                _print(profiles.measure(bench, jobs))
        if {"jobs", "hot", "bulk"}.intersection(options.part):
            found = _beside_the_floor(folder, url, options, jobs)
        if "bulk" in options.part:
            with prepared(folder, url, options.page_guests, ["ours"]) as (bench, servers):
                _print(bulk.whole_page(bench, servers, rounds=options.rounds))
        if "flat" in options.part:
            wanted = jobs if options.job else [*jobs, *flatness.MORE]
            _print(flatness.measure(folder, url, wanted, sizes=options.sizes, seconds=options.flat_seconds))
    require_all_met(found)


def _beside_the_floor(folder: Path, url: str, options: argparse.Namespace, jobs: Sequence[Job]) -> list[Compared]:
    """The tables of what is measured beside the floor; gives what was found of the jobs."""
    found: list[Compared] = []
    with prepared(folder, url, options.guests) as (bench, servers):
        if "bulk" in options.part:  # first, while there are as many guests as were loaded
            _print(bulk.exports(bench, servers, rounds=options.rounds))
        if "jobs" in options.part:
            before = fixed_work()
            found = compare(bench, servers, jobs, seconds=options.seconds, rounds=options.rounds)
            _print(tables.comparison(found))
            _print(tables.noise(before, fixed_work(), found))
            print(f"Rows: {tables.write_rows(found)}", file=sys.stderr)
        if "hot" in options.part:
            _print(hot_row.measure(bench, servers, seconds=options.seconds, rounds=options.rounds))
        print("recounting …", file=sys.stderr, flush=True)
        require_same_work(bench)
    return found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--part", nargs="+", choices=PARTS, default=list(PARTS), help="only these")
    add("--job", default="", help="only jobs whose name contains this")
    add("--seconds", type=float, default=float(os.environ.get("BENCH_SECONDS", "10")), help="a turn (10)")
    add("--rounds", type=int, default=3, help="turns of each server at each job (3)")
    add("--guests", type=int, default=100_000, help="of the event beside the floor, and in the export (100,000)")
    add("--page-guests", type=int, default=50_000, help="on one page (50,000)")
    add("--sizes", type=_sizes, default=flatness.SIZES, help="guests of each event, like 1000,100000,1000000")
    add("--flat-seconds", type=float, default=1, help="a turn at each size (1)")
    return parser.parse_args()


def _sizes(text: str) -> Sequence[int]:
    return [int(part) for part in text.split(",")]


def _print(table: str) -> None:
    print(f"{table}\n", flush=True)


if __name__ == "__main__":
    try:
        main()
    except Refused as error:
        sys.exit(str(error))
