"""The quick benchmark still runs: it fails on answers that are not its own, and on data that do not add up after it."""

import subprocess
import sys
from pathlib import Path

from tests.servers import PROJECT, environment

JOBS = ("attendee page of 50", "check-out PATCH", "on-site order of 2")


def test_it_prints_a_row_for_each_job(database_url: str, tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "benchmarks/quick.py"],
        check=False,
        cwd=PROJECT,
        env=environment(tmp_path, BENCH_DATABASE_URL=database_url, BENCH_SECONDS="0.2"),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    for job in JOBS:
        [row] = [line for line in done.stdout.splitlines() if line.strip().startswith(job)]
        ours, floor, ratio = (float(number) for number in row.split(job)[1].split()[:3])
        assert ours > 0
        assert floor > 0
        assert ratio > 0
