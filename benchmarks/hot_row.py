"""One ticket that everybody wants: how many sales a second its row allows, and whether each was of a seat."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text

from app.database import session
from benchmarks.comparison import turn
from benchmarks.jobs import Job, sale
from benchmarks.load import Refused, Round
from benchmarks.servers import Server
from benchmarks.stage import Bench
from benchmarks.tables import markdown

TARGET = 300
"""Sales a second."""

NUMBERS = """
    SELECT sold, (SELECT count(*) FROM ticket_holders WHERE ticket_id = tickets.id AND deleted_at IS NULL) AS guests,
           (SELECT count(*) FROM order_lines WHERE ticket_id = tickets.id) AS sales
    FROM tickets WHERE id = :ticket_id
"""


@dataclass(frozen=True)
class Numbers:
    """What the database says of a ticket."""

    sold: int
    guests: int
    sales: int


JOB = Job("sale of one ticket", 0, lambda bench, _seconds: [sale(bench, bench.ticket_ids[0], 1)])


def measure(bench: Bench, servers: Mapping[str, Server], *, seconds: float, rounds: int) -> str:
    """The table. Raises `Refused` when what was sold is not what was answered."""
    found = {name: Round() for name in servers}
    for server in servers.values():
        turn(bench, server, JOB)
    for _ in range(rounds):
        for name, server in servers.items():
            before = _numbers(bench)
            one = turn(bench, server, JOB, seconds)
            _require_all_sold(before, _numbers(bench), one)
            found[name].add(one)
    return markdown(
        ("one ticket, sold by", "sales/s", "target", "p50 ms", "p99 ms", "CPU ms web", "CPU ms db"),
        [_cells(name, total) for name, total in found.items()],
    )


def _cells(name: str, total: Round) -> tuple[str, ...]:
    target = f"≥ {TARGET}" if name == "ours" else ""
    times = (total.percentile(50), total.percentile(99), total.cpu_ms, total.database_ms)
    return (name, f"{total.rate:.0f}", target, *(f"{milliseconds:.2f}" for milliseconds in times))


def _numbers(bench: Bench) -> Numbers:
    with bench.app.app_context():
        return Numbers(*session().execute(text(NUMBERS), {"ticket_id": bench.ticket_ids[0]}).one())


def _require_all_sold(before: Numbers, after: Numbers, one: Round) -> None:
    if after.sold != after.guests:
        raise Refused(f"{after.sold} seats are sold, to {after.guests} guests.")
    made = after.sales - before.sales
    if not one.requests <= made <= one.taken:  # what was on its way at the end may have been done
        raise Refused(f"{one.requests} of {one.taken} sales were answered, and {made} made.")
