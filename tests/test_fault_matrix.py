"""The quickest faults of the matrix, once each: nothing is lost, nothing twice, and clients see what they may see.

All of them, many times: ``make faults`` (docs/faults.md). Here as often as ``TRIALS`` in the environment says.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.blows import FAULTS, Fault
from benchmarks.faults import Row, prepared, try_out

TRIALS = int(os.environ.get("TRIALS", "1"))
QUICKEST = ("kill -9 of a worker", "kill -9 of one PostgreSQL backend", "connections cut by clients, sent again")


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
