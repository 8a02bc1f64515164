"""Commands of manage.py, each in a process of its own that need not import the application first."""

import multiprocessing
import os
import runpy
import sys
from contextlib import redirect_stdout
from pathlib import Path

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["manage", "pytest"])  # the latter is the main module of whoever starts a process

PROJECT = Path(__file__).parent.parent


def run_command(arguments: tuple[str, ...], environment: dict[str, str], output: Path) -> int:
    """The exit code; what the command prints is written to ``output``.

    The process is forked from one that has imported what manage.py imports, which takes ten times as long as most
    commands do. Apart from that, it begins as a new one.
    """
    process = _FORKS.Process(target=_run, args=(arguments, environment, output))
    process.start()
    process.join()
    assert process.exitcode is not None
    return process.exitcode


def _run(arguments: tuple[str, ...], environment: dict[str, str], output: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["manage.py", *arguments]
    with output.open("w") as printed, redirect_stdout(printed):
        runpy.run_path(str(PROJECT / "manage.py"), run_name="__main__")
