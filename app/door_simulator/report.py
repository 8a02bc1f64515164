"""What the rehearsal has shown, as text for a terminal."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from app.door_simulator.client import NO_ANSWER, Answer, Tally
from app.door_simulator.rehearsal import Outcome

KINDS = ("sale", "scan", "second tap", "batch", "batch again", "set-up", "log-in", "read")
"""In the order in which they are shown."""

SHOWN = 5
"""Ids of a finding that are listed."""


def lines(outcome: Outcome) -> Iterator[str]:
    """The whole report."""
    yield from _headline(outcome)
    yield ""
    yield from _requests(outcome.tally)
    yield ""
    yield from _verdicts(outcome)
    yield ""
    yield from _comparison(outcome)
    yield ""
    yield from of_integrity(outcome.integrity)
    yield ""
    off = problems(outcome)
    yield "Everything is as it must be." if not off else f"{off} {'thing is' if off == 1 else 'things are'} off."


def problems(outcome: Outcome) -> int:
    """How many things are not as they must be."""
    return sum(not check.is_right for check in outcome.checks) + broken_rules(outcome.integrity)


def broken_rules(answer: Answer | None) -> int:
    """Rules that are broken, by the server's own report; that there is none is a problem, too."""
    if answer is None:
        return 0
    if answer.status != 200:
        return 1
    attributes = answer.data["attributes"]
    broken = sum(bool(check["count"]) for check in attributes["checks"])
    return max(broken, int(not attributes["ok"]))


def _headline(outcome: Outcome) -> Iterator[str]:
    options = outcome.options
    yield (
        f"{options.guests:,} guests, {options.sellers} sellers, {options.gates} gates; {options.offline:.0%} of the "
        f"scans offline, clocks within {options.skew:g} s, {options.double_tap:.0%} second taps; seed {options.seed}."
    )
    clocks = ", ".join(f"{clock:+.0f}" for clock in outcome.crowd.plan.clocks)
    yield (
        f"Event {outcome.stage.event_id} at {outcome.target.base_url}, {outcome.seconds:,.1f} s. Phones' clocks are "
        f"{clocks} s ahead."
    )


def _requests(tally: Tally) -> Iterator[str]:
    rows: list[tuple[str, ...]] = [
        ("requests", "number", "per s", "p50 ms", "p95", "p99", "slowest", "sent again", "statuses")
    ]
    for kind in KINDS:
        measured = tally.kinds.get(kind)
        if measured is None or not measured.seconds:
            continue
        times = [f"{measured.milliseconds(percent):,.0f}" for percent in (50, 95, 99, 100)]
        statuses = ", ".join(
            f"{'no answer' if status == NO_ANSWER else status}: {number:,}"
            for status, number in sorted(measured.statuses.items())
        )
        row = (kind, f"{len(measured.seconds):,}", f"{measured.rate:,.1f}", *times, f"{measured.retries:,}", statuses)
        rows.append(row)
    yield from _table(rows, right=range(1, 8))
    yield "Times are from the first try to the answer, with what was waited in between."


def _verdicts(outcome: Outcome) -> Iterator[str]:
    for kind, words in outcome.crowd.verdicts.items():
        yield f"{kind + ':':18} {_listed(words)}"
    crowd = outcome.crowd
    yield f"{'told beforehand:':18} {crowd.judged:,} answers to live scans; {crowd.doubled:,} scans were made twice"
    gone = len(crowd.plan.unseen)
    yield f"{'left unseen:':18} {gone:,} guests, who are inside for the server until closing time"


def _listed(words: Counter[str]) -> str:
    return ", ".join(f"{number:,} {word}" for word, number in words.most_common())


def _comparison(outcome: Outcome) -> Iterator[str]:
    rows = [("", "compared", "here", "server")]
    rows += [("ok" if each.is_right else "OFF", each.title, each.here, each.server) for each in outcome.checks]
    yield from _table(rows, right=(2, 3))
    yield from (f"    {words}" for words in outcome.crowd.wrong)
    untold = outcome.crowd.wrong_number - len(outcome.crowd.wrong)
    if untold:
        yield f"    and {untold:,} more"


def of_integrity(answer: Answer | None) -> Iterator[str]:
    """What the server has found in itself; None when it was not asked."""
    if answer is None:
        yield "The server was not asked for its integrity report."
        return
    if answer.status != 200:
        yield f"OFF  The server gives no integrity report ({answer.told})."
        return
    rows = [("", "integrity report of the server", "looked at", "found")]
    checks = answer.data["attributes"]["checks"]
    rows += [_finding(check) for check in checks]
    yield from _table(rows, right=(2, 3))
    for check in checks:
        if check["count"]:
            ids = ", ".join(map(str, check["ids"][:SHOWN]))
            yield f"    {check['title']}: {check.get('noun') or 'rows'} {ids}. {check.get('help') or ''}".rstrip()


def _finding(check: dict[str, Any]) -> tuple[str, str, str, str]:
    looked_at = check.get("checked")
    return (
        "OFF" if check["count"] else "ok",
        str(check["title"]),
        "" if looked_at is None else f"{looked_at:,}",
        f"{check['count']:,}",
    )


def _table(rows: Sequence[tuple[str, ...]], *, right: Sequence[int]) -> Iterator[str]:
    """Columns as wide as they must be; those in ``right`` are numbers."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()
