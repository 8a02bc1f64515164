"""The same at a million: each job of ours at events of several sizes, each on a database and a server of its own.

The sizes take turns, at one connection, so that a slow moment of the machine hits all of them. What adds rows comes
last, so that lists have the sizes that are told.
"""

import statistics
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.comparison import turn
from benchmarks.jobs import REPORTED, Job, last_page
from benchmarks.load import Round
from benchmarks.stage import prepared
from benchmarks.tables import markdown

SIZES = (1_000, 100_000, 1_000_000)
TARGET = 1.2
"""Times what it takes at the smallest."""

ROUNDS = 5

MORE = (*REPORTED, Job("last page", 0, last_page))
"""Measured and told; they have no target."""


def measure(folder: Path, server_url: str, jobs: Sequence[Job], *, sizes: Sequence[int], seconds: float) -> str:
    """The table: medians of processor time and of latency, and their ratios to the smallest size."""
    with ExitStack() as stack:
        stages = {}
        for guests in sizes:
            print(f"loading {guests:,} guests …", file=sys.stderr, flush=True)
            stages[guests] = stack.enter_context(prepared(folder, server_url, guests, ["ours"]))
        rows = []
        for job in sorted(jobs, key=lambda job: job.adds_rows):
            print(f"{job.name} at {', '.join(f'{guests:,}' for guests in sizes)} …", file=sys.stderr, flush=True)
            found: dict[int, list[Round]] = {guests: [] for guests in sizes}
            for bench, servers in stages.values():
                turn(bench, servers["ours"], job)
            for _ in range(ROUNDS):
                for guests, (bench, servers) in stages.items():
                    found[guests].append(turn(bench, servers["ours"], job, seconds, connections=1))
            rows.append(_cells(job, found))
    return markdown(_heads(sizes), rows)


def _heads(sizes: Sequence[int]) -> Sequence[str]:
    kinds = ("CPU ms", "p50 ms")
    times = [f"{kind}, {guests:,}" for kind in kinds for guests in sizes]
    return ("job", "target", *times, *(f"{kind}, ratio of {guests:,}" for kind in kinds for guests in sizes[1:]))


def _cells(job: Job, found: dict[int, list[Round]]) -> Sequence[str]:
    processor = [statistics.median(one.cpu_ms + one.database_ms for one in turns) for turns in found.values()]
    latency = [statistics.median(one.percentile(50) for one in turns) for turns in found.values()]
    target = f"≤ {TARGET}" if job.target else ""
    times = (f"{milliseconds:.2f}" for milliseconds in (*processor, *latency))
    ratios = (f"{kind[nth] / kind[0]:.2f}" for kind in (processor, latency) for nth in range(1, len(kind)))
    return (job.name, target, *times, *ratios)
