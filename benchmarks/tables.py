"""What was measured, as Markdown to be pasted, and as rows for programs."""

import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import orjson

from benchmarks.comparison import MANY_CONNECTIONS, SLOWEST, Compared

LATEST = Path(__file__).resolve().parent / "out" / "latest.json"

HEADS = (
    "job", "target", "ratio", "ours req/s", "floor req/s", "p50 ms", "p99 ms", f"p99/p50 (≤ {SLOWEST})",
    "floor's p50/p99", "CPU ms web", "CPU ms db", "floor's web/db", "bytes", "floor's",
    f"req/s, {MANY_CONNECTIONS} connections (≥ ours)", "floor's spread", "met",
)  # fmt: skip


def markdown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, whose columns are as wide as they must be."""
    every = [list(heads), *map(list, rows)]
    widths = [max(len(row[column]) for row in every) for column in range(len(heads))]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in every]
    return "\n".join([lines[0], "| " + " | ".join("-" * width for width in widths) + " |", *lines[1:]])


def comparison(found: Iterable[Compared]) -> str:
    """The jobs beside the floor."""
    return markdown(HEADS, map(_cells, found))


def _cells(one: Compared) -> Sequence[str]:
    ours, floor = one.total("ours"), one.total("floor")
    return (
        one.job.name,
        f"≥ {one.job.target}",
        f"{one.ratio:.2f}",
        *(f"{each.rate:.0f}" for each in (ours, floor)),
        *(f"{ours.percentile(percent):.1f}" for percent in (50, 99)),
        f"{one.steepness:.1f}",
        "/".join(f"{floor.percentile(percent):.1f}" for percent in (50, 99)),
        *(f"{milliseconds:.2f}" for milliseconds in (ours.cpu_ms, ours.database_ms)),
        f"{floor.cpu_ms:.2f}/{floor.database_ms:.2f}",
        *(str(one.sizes[name]) for name in ("ours", "floor")),
        "" if one.crowded is None else f"{one.crowded.rate:.0f}",
        f"{one.spread:.0%}",
        "; ".join(one.misses) or "yes",
    )


def row(one: Compared) -> dict[str, Any]:
    """The same in numbers."""
    ours, floor = one.total("ours"), one.total("floor")
    return {
        "job": one.job.name,
        "target": one.job.target,
        "ratio": round(one.ratio, 3),
        "ours_rps": round(ours.rate, 1),
        "floor_rps": round(floor.rate, 1),
        "p50_ms": round(ours.percentile(50), 2),
        "p99_ms": round(ours.percentile(99), 2),
        "cpu_ms_web": round(ours.cpu_ms, 3),
        "cpu_ms_db": round(ours.database_ms, 3),
        "crowded_rps": None if one.crowded is None else round(one.crowded.rate, 1),
        "misses": one.misses,
    }


def write_rows(found: Iterable[Compared], file: Path = LATEST) -> Path:
    """Keeps the rows of the last run; gives where."""
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(orjson.dumps([row(one) for one in found], option=orjson.OPT_INDENT_2))
    return file


def noise(before: float, after: float, found: Sequence[Compared]) -> str:
    """How steady the machine was."""
    spreads = [one.spread for one in found]
    return (
        f"Noise: the same loop took {before:.1f} ms before and {after:.1f} ms after; the floor's own turns were "
        f"{statistics.median(spreads):.0%} (median of the jobs) and {max(spreads):.0%} (most) apart."
    )
