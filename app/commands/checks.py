"""``check``, for developers."""

import subprocess
import sys
import time
from pathlib import Path

import click

PROJECT = Path(__file__).resolve().parent.parent.parent


@click.command("check")
@click.option("--no-tests", is_flag=True, help="Only format, lint, import contracts and types.")
@click.option("--bench", is_flag=True, help="Also whether the hot paths are as fast as they must be, for two minutes.")
def check_command(no_tests: bool, bench: bool) -> None:
    """Run format, lint, import contracts, types and tests; exit code 1 when one of them fails.

    --bench runs `make bench-quick`, too: it fails when one of its jobs reaches a smaller share of the requests a second
    of a bare Flask view (without wrk: of its processor time) than `JOBS` in benchmarks/jobs.py ask for, when its p99 is
    far above its p50, or when it is slower with 64 connections.
    """
    checks = {
        "format": ["ruff", "format", "--check", "."],
        "lint": ["ruff", "check", "."],
        "imports": ["lint-imports", "--no-logo"],
        "types": ["mypy"],
        "tests": ["pytest"],
    }
    if no_tests:
        del checks["tests"]
    if bench:
        checks["bench"] = ["python", "benchmarks/quick.py", "--strict"]
    verdicts = [passes(name, command) for name, command in checks.items()]
    if not all(verdicts):
        sys.exit(1)


def passes(name: str, command: list[str]) -> bool:
    """Runs one check of the development tools; prints its verdict, and its output when it fails."""
    program = Path(sys.executable).with_name(command[0])
    if not program.exists():
        raise click.ClickException(f"{command[0]} is not installed here: 'make check' installs requirements-dev.txt.")
    started = time.monotonic()
    result = subprocess.run(
        [program, *command[1:]],
        check=False,
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    passed = result.returncode == 0
    if not passed:
        click.echo(result.stdout)
    click.echo(f"{name:8} {'passed' if passed else 'FAILED'} in {time.monotonic() - started:.1f} s")
    return passed
