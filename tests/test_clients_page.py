"""docs/clients.md tells the truth: its tests exist, its addresses are served, and nothing is left out of its lists."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "clients.md").read_text()

UNTESTED = ("not offered: ", "later")
"""How the last cell of a defect may begin that no test is named for."""

DEFECTS = [
    *(f"A{number}" for number in range(1, 21)),
    *(f"B{number}" for number in range(1, 19)),
    *(f"C{number}" for number in range(1, 18)),
    *(f"D{number}" for number in range(1, 22)),
]


def rows(heading: str) -> Iterator[list[str]]:
    """The cells of every table row under a heading of the second level, without the tables' heads."""
    [section] = [part for part in PAGE.split("\n## ") if part.startswith(heading)]
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[0] not in {"client", "no.", "id"} and set(line) - set("| -"):
            yield cells


CALLS = list(rows("Every call"))
NEEDS = list(rows("What decides whether they work"))
KNOWN_DEFECTS = list(rows("Defects of"))


def named(text: str) -> list[str]:
    """The tests that a text names."""
    return re.findall(r"`([\w/]+\.py::\w+)`", text)


def addresses(text: str) -> list[tuple[str, str]]:
    """The methods and paths that a text names, with something for each placeholder."""
    found = re.findall(r"`(GET|POST|PATCH|DELETE) (/[^?` ]*)", text)
    return [(method, path.replace("<id>", "1").replace("<identifier>", "a1b2c3d4")) for method, path in found]


def is_served(app: Flask, method: str, path: str) -> bool:
    try:
        app.url_map.bind("localhost").match(path, method=method)
    except HTTPException:
        return False
    return True


def test_every_test_that_is_named_exists():
    mentioned = set(named(PAGE))
    assert len(mentioned) > 150
    assert mentioned == set(re.findall(r"`([\w/]+\.py::[^`]*)`", PAGE))
    missing = set()
    for name in mentioned:
        file, _, function = name.partition("::")
        path = TESTS / file
        if not path.exists() or f"\ndef {function}(" not in path.read_text():
            missing.add(name)
    assert missing == set()


@pytest.mark.parametrize("row", CALLS, ids=lambda row: row[1][:60])
def test_the_state_of_a_call(app: Flask, row: list[str]):
    _client, call, needs, state, tests = row
    assert needs
    assert state == "works" or state.startswith("not offered: ")
    assert bool(named(tests)) == (state == "works")
    for method, path in addresses(call):
        assert is_served(app, method, path) == (state == "works"), (method, path)


def test_every_other_address_is_served(app: Flask):
    in_rows = {cell for row in CALLS for cell in row}
    elsewhere = [line for line in PAGE.splitlines() if not in_rows & {cell.strip() for cell in line.split("|")} - {""}]
    found = addresses("\n".join(elsewhere))
    assert found
    assert [address for address in found if not is_served(app, *address)] == []


def test_everything_that_decides_is_listed_with_its_test():
    assert [row[0] for row in NEEDS] == [str(number) for number in range(1, 27)]
    for number, *_what, tests in NEEDS:
        assert named(tests), number


def test_every_defect_is_listed_with_its_test():
    assert [row[0] for row in KNOWN_DEFECTS] == DEFECTS
    for id_, there, here, tests in KNOWN_DEFECTS:
        assert there, id_
        assert bool(named(tests)) == bool(here), id_
        assert named(tests) or tests.startswith(UNTESTED), id_
