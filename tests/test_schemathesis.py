"""Schemathesis with all its checks against the running server, at the door.

All operations, and longer: ``make fuzz``. Here ``FUZZ_OPERATIONS`` asks for so many more by chance, ``FUZZ_CASES`` for
more cases of each.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.fuzz import SERVED, Fuzzed, only
from benchmarks.untellable import UNTELLABLE, Untellable
from tests.database import temporary_folder
from tests.servers import serving_in

AT_THE_DOOR = ("createOrder", "getOrder", "updateAttendee", "createEventMovement", "createTicket", "deleteTicket")
OPERATIONS = int(os.environ.get("FUZZ_OPERATIONS", "0"))
SEED = 4
CASES = os.environ.get("FUZZ_CASES", "2")


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[Fuzzed]:
    with temporary_folder() as folder, serving_in(folder, **SERVED) as server:
        yield Fuzzed(server)


def test_answers_are_as_the_document_says(fuzzed: Fuzzed, capfd: pytest.CaptureFixture[str]):
    """Whatever is asked; and what is counted adds up afterwards."""
    asked = {*AT_THE_DOOR, *fuzzed.by_chance(OPERATIONS, SEED)}
    found = fuzzed.ask(["--max-examples", CASES, "--seed", str(SEED), *only(sorted(asked))])
    said = capfd.readouterr().out
    assert found == 0, said
    assert f"Tested: {len(asked)}" in said
    for phase in ("Examples", "Coverage", "Fuzzing", "Stateful"):
        assert f"✅ {phase}" in said
    assert fuzzed.adds_up() == 0, capfd.readouterr().out


def test_what_is_not_as_the_document_says_is_found(fuzzed: Fuzzed, tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    """A status that is told no more."""
    document = json.loads(fuzzed.document())
    place = document["paths"]["/healthz"]["get"]
    place["responses"]["202"] = place["responses"].pop("200")
    planted = tmp_path / "openapi.json"
    planted.write_text(json.dumps(document))
    assert fuzzed.ask(["--include-path", "/healthz", "--phases", "fuzzing", "--max-examples", "1"], planted) == 1
    assert "Undocumented status code" in capfd.readouterr().out


@pytest.mark.parametrize("untellable", UNTELLABLE, ids=lambda untellable: untellable.why)
def test_what_is_let_pass_is_of_one_code_and_place(untellable: Untellable):
    """Never a whole code, or everything at a place of another code."""
    elsewhere = (("internal", "/data"), ("invalid", ""), ("invalid", "/data/attributes/firstname"), ("bad-request", ""))
    for code, source in elsewhere:
        for operation in ("PATCH /v1/attendees/{id}", "POST /v1/orders", "GET /v1/events"):
            assert not untellable.covers(operation, {"code": code, "source": {"pointer": source}})
