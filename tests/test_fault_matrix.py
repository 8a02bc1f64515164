"""The quickest faults of the matrix, once each: nothing is lost, nothing twice, and clients see what they may see.

All of them, many times: ``make faults`` (docs/faults.md). Here as often as ``TRIALS`` in the environment says.
"""

import itertools
import json
import os
import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.blows import FAULTS, Fault
from benchmarks.books import Books, Difference
from benchmarks.crowd import Line
from benchmarks.deeds import Told, sales
from benchmarks.faults import Row, prepared, try_out

TRIALS = int(os.environ.get("TRIALS", "1"))
QUICKEST = ("kill -9 of one PostgreSQL backend", "connections cut by clients, sent again")
"""Workers are killed in tests/test_idempotency_faults.py and tests/test_batch_faults.py, too."""


@pytest.fixture(scope="module")
def struck() -> Iterator[Any]:
    with prepared(lock_seconds=1) as house_and_deeds:
        yield house_and_deeds


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.name in QUICKEST], ids=lambda fault: fault.name)
def test_a_fault_under_load(struck: Any, fault: Fault):
    house, deeds = struck
    row = Row(fault)
    for _ in range(TRIALS):
        try_out(house, deeds, row)
    print(f"\n{row}")
    assert (row.lost, row.doubled, dict(row.wrong)) == (0, 0, {})
    assert row.trials == TRIALS
    assert row.sales
    assert row.scans


def test_the_books_tell_what_is_lost_and_what_is_twice(struck: Any):
    """Of two sales clients heard of one; one heard of a scan, and one of a check-in, that never were."""
    house, _ = struck
    bench = house.bench
    books, told, line = Books(bench.app, bench.event_id), Told(), Line(house.server.port, bench.token)
    unheard, heard = itertools.islice(sales(bench, secrets.token_hex(4)), 2)
    assert line.ask(unheard).status == 201
    heard.note(told, json.loads(line.ask(heard).body))
    assert books.compare(told) == Difference(lost=0, doubled=1, findings=[])
    told.scans["never"] = "1"
    told.changes[bench.guest_ids[0]] += 1
    assert books.compare(told) == Difference(lost=2, doubled=1, findings=[])
    told.sales["never"] = "1"
    assert books.compare(told).lost == 4, "the order is not there, and neither is its key"
    line.hang_up()
