"""``make faults``: what becomes of sales and scans when something dies, fills up or hangs under them.

It starts the real server with its embedded PostgreSQL, lets a small crowd sell and scan over HTTP, strikes each fault
while they do, and compares what the crowd was told with what the database holds. Options: see ``--help``.
"""

import argparse
import os
import random
import secrets
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from app.config import Settings  # noqa: E402  # the project is importable only now
from benchmarks.blows import FAULTS, Fault  # noqa: E402
from benchmarks.books import Books, Difference  # noqa: E402
from benchmarks.crowd import BOUND, Crowd  # noqa: E402
from benchmarks.deeds import KINDS, Deed, Told, of_everybody  # noqa: E402
from benchmarks.house import House  # noqa: E402
from benchmarks.stage import load  # noqa: E402
from tests.database import temporary_folder  # noqa: E402
from tests.servers import environment, serving_in  # noqa: E402

RECOVERY_SECONDS = 60.0
"""How long a trial waits until every kind of deed is acknowledged again."""

AFTERMATH_SECONDS = 1.5
"""How long the crowd goes on after that: gunicorn's workers see only after a second that their master died."""

SERVER_TALK = 6000
"""How many characters of what the server said are shown when something was wrong."""

SERVED = {"WORKERS": "2", "THREADS": "4", "LOG_LEVEL": "WARNING"}
COLUMNS = "{:42}{:>7}{:>8}{:>8}{:>6}{:>8}{:>7}{:>8}{:>8}{:>9}{:>16}"
HEAD = ("fault", "trials", "sales", "scans", "lost", "doubled", "wrong", "503", "cut", "slowest", "again after")


@dataclass
class Row:
    """What was seen of one fault."""

    fault: Fault
    trials: int = 0
    sales: int = 0
    scans: int = 0
    lost: int = 0
    doubled: int = 0
    sent_away: int = 0
    broken: int = 0
    slowest: float = 0.0
    wrong: Counter[str] = field(default_factory=Counter)
    again: list[float] = field(default_factory=list)

    def add(self, told: Told, difference: Difference, complaints: list[str]) -> None:
        """Counts a trial in."""
        self.trials += 1
        self.sales += len(told.sales)
        self.scans += len(told.scans) + told.changes.total()
        self.lost += difference.lost
        self.doubled += difference.doubled
        self.sent_away += told.sent_away
        self.broken += told.broken
        self.slowest = max(self.slowest, told.slowest)
        self.wrong.update(told.wrong + Counter(complaints) + Counter(difference.findings))

    @property
    def problems(self) -> int:
        """How much was lost, twice, or wrong."""
        return self.lost + self.doubled + self.wrong.total()

    def __str__(self) -> str:
        again = f"{statistics.median(self.again):.1f} ({max(self.again):.1f}) s" if self.again else "never"
        numbers = (self.trials, self.sales, self.scans, self.lost, self.doubled, self.wrong.total())
        return COLUMNS.format(self.fault.name, *numbers, self.sent_away, self.broken, f"{self.slowest:.1f} s", again)


@contextmanager
def prepared(lock_seconds: float) -> Iterator[tuple[House, list[Iterator[Deed]]]]:
    """A server with an event, and what the clients will do there; stopped and removed at the end."""
    with temporary_folder() as folder, serving_in(folder, **SERVED) as server:
        url = server.postgres.running_url()
        assert url is not None
        bench = load(Settings.from_environment(environment(server.data_dir, DATABASE_URL=url)))
        house = House(folder, SERVED, server, bench, lock_seconds)
        try:
            yield house, of_everybody(bench, secrets.token_hex(4))
        finally:
            house.server.stop()


def try_out(house: House, deeds: list[Iterator[Deed]], row: Row) -> None:
    """One trial of the row's fault: a crowd, the fault in the middle, and what is in the database afterwards."""
    books = Books(house.bench.app, house.bench.event_id)
    house.crowd = crowd = Crowd(house.server.port, house.bench.token, deeds, may_break=row.fault.breaks)
    crowd.begin()
    try:
        _wait_for_all_kinds(house, time.monotonic())
        time.sleep(random.random() / 2)
        back = row.fault.strike(house)
        if _wait_for_all_kinds(house, back):
            row.again.append(crowd.first_since(back) - back)
        time.sleep(AFTERMATH_SECONDS)
    finally:
        crowd.finish(RECOVERY_SECONDS)
    if row.fault.refuses and not crowd.told.sent_away:
        house.complaints.append("nobody was sent away: the fault was not felt")
    row.add(crowd.told, books.compare(crowd.told), house.complaints)
    house.complaints.clear()


def _wait_for_all_kinds(house: House, moment: float) -> bool:
    """Whether deeds of every kind were acknowledged in time that were sent after ``moment``."""
    give_up = time.monotonic() + RECOVERY_SECONDS
    while house.crowd.kinds_since(moment) != KINDS:
        if time.monotonic() > give_up:
            house.complaints.append(f"not all was acknowledged for {RECOVERY_SECONDS:.0f} s")
            return False
        time.sleep(0.02)
    return True


def rounds(faults: list[Fault], trials: int, lock_seconds: float) -> list[Row]:
    """All faults in turn, so often; prints what it is at."""
    rows = [Row(fault) for fault in faults]
    with prepared(lock_seconds) as (house, deeds):
        for number in range(trials):
            for row in rows:
                if row.fault.most_trials is None or number < row.fault.most_trials:
                    problems = row.problems
                    try_out(house, deeds, row)
                    print(f"{number + 1}/{trials}  {row}", file=sys.stderr, flush=True)
                    if row.problems > problems:
                        print(house.server.output()[-SERVER_TALK:], file=sys.stderr, flush=True)
    return rows


def main() -> None:
    """Tries, prints the table, and ends with 1 when something is lost, twice, or wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=int(os.environ.get("TRIALS", "10")), help="of each fault")
    parser.add_argument("--lock-seconds", type=float, default=30.0, help="how long rows are locked")
    parser.add_argument("--only", default="", help="faults whose name contains this")
    options = parser.parse_args()
    faults = [fault for fault in FAULTS if options.only in fault.name]
    rows = rounds(faults, options.trials, options.lock_seconds)
    print(COLUMNS.format(*HEAD))
    for row in rows:
        print(row)
    print(f"\nWrong is also an answer later than {BOUND:.0f} s. «again after»: median (longest) seconds.")
    for row in rows:
        for words, number in row.wrong.items():
            print(f"WRONG {row.fault.name}: {number} × {words}")
    sys.exit(any(row.problems for row in rows))


if __name__ == "__main__":
    main()
