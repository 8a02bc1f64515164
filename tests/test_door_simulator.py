"""A crowd at the door of a real server; and how it is told when the server does not say what is true."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app import demo
from app.door_simulator import report, stage
from app.door_simulator.client import Answer
from app.services import users
from manage import cli
from tests.committed import Shop, shop
from tests.gunicorns import gunicorn
from tests.servers import free_port

STAFF = ("staff@rehearsal.example", "staff-rehearsal-1")


@pytest.fixture(scope="module")
def store(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with shop(database_url, tmp_path_factory.mktemp("simulator")) as opened:
        with opened.stocking():
            users.create_account(email=STAFF[0], password=STAFF[1], is_admin=True, is_verified=True)
        yield opened


@pytest.fixture(scope="module")
def base_url(store: Shop) -> Iterator[str]:
    with gunicorn(store, workers=2, threads=4) as (port, _):
        yield f"http://127.0.0.1:{port}"


def simulate(*arguments: str, email: str = STAFF[0], password: str = STAFF[1]) -> Result:
    return CliRunner().invoke(cli, ["simulate-door", "--email", email, "--password", password, *arguments])


def small(base_url: str, guests: int) -> Result:
    options = ["--base-url", base_url, "--guests", str(guests), "--gates", "2", "--sellers", "2"]
    return simulate(*options)


def compared(result: Result) -> dict[str, tuple[str, str, str]]:
    """The lines of the comparison, by what is compared: the verdict, ours and the server's."""
    rows = [line.split("  ") for line in result.output.splitlines() if line.startswith(("ok ", "OFF "))]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    return {cell[1]: (cell[0], cell[2], cell[3]) for cell in cells if len(cell) == 4}


def test_a_crowd_of_sixty_is_as_it_must_be(store: Shop, base_url: str):
    result = small(base_url, 60)
    assert result.exit_code == 0, result.output
    assert result.output.endswith("Everything is as it must be.\n")
    [event_id] = store.rows("SELECT max(id) FROM events")
    told = compared(result)
    assert told["attendees"] == ("ok", "60", "60")
    inside = f"SELECT count(*) FROM ticket_holders WHERE event_id = {event_id} AND is_checked_in"
    assert told["inside"] == ("ok", str(store.count(inside)), str(store.count(inside)))
    keys = store.count(f"SELECT count(*) FROM orders WHERE event_id = {event_id}")
    assert told["orders"] == ("ok", str(keys), str(keys))
    batches = f"SELECT count(*) FROM movements WHERE event_id = {event_id} AND source = 'batch' AND NOT is_inferred"
    assert store.count(batches) > 20
    assert f"Event {event_id} at {base_url}" in result.output


@contextmanager
def meanwhile(store: Shop, *statements: str) -> Iterator[None]:
    """Each is tried again and again beside what goes on, until it has changed something."""
    done = threading.Event()

    def work() -> None:
        for statement in statements:
            while not done.is_set() and not store.rows(statement):
                done.wait(0.02)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def test_what_is_broken_meanwhile_is_told(store: Shop, base_url: str):
    before = store.count("SELECT coalesce(max(id), 0) FROM events")
    tampering = (
        f"UPDATE tickets SET sold = sold + 1 WHERE event_id > {before} AND name = 'Day ticket' AND sold > 0 "
        "RETURNING id",
        f"UPDATE occupancy_counts SET entries = entries + 1 WHERE event_id > {before} AND ctid = (SELECT min(ctid) "
        f"FROM occupancy_counts WHERE event_id > {before} AND microlocation_id IS NULL) RETURNING event_id",
    )
    with meanwhile(store, *tampering):
        result = small(base_url, 20)
    assert result.exit_code == 1, result.output
    told = compared(result)
    off = {title: (int(here), int(server)) for title, (verdict, here, server) in told.items() if verdict == "OFF"}
    one_more = {"seats sold: Day ticket", "entries", "inside", "gates with other entries or exits"}
    assert {title: server - here for title, (here, server) in off.items() if title in one_more} == dict.fromkeys(
        one_more, 1
    )
    assert off.keys() - one_more == {
        "tickets whose sold differs from the seats held",
        "events whose counts of who is inside differ from the movements",
    }, "the server's own report says so, too"
    assert result.output.endswith("6 things are off.\n")


def test_who_is_not_staff_is_told_so(store: Shop, base_url: str):
    result = simulate("--base-url", base_url, password="wrong")
    assert (result.exit_code, result.output[:6]) == (1, "Error:")
    assert "give --email and --password of a staff account" in result.output


def test_a_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stage, "FIRST_PATIENCE", 0.1)
    result = simulate("--base-url", f"http://127.0.0.1:{free_port()}")
    assert result.exit_code == 1
    assert "was not answered within 0.1 seconds" in result.output


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--offline", "lots", "'lots' is no share: write 20% or 0.2, from 0% to 100%."),
        ("--offline", "20", "is no share"),
        ("--double-tap", "-1%", "is no share"),
        ("--double-tap", "nan", "is no share"),
        ("--skew", "soon", "'soon' is no time: write 90s, 2m or 0, at most an hour."),
        ("--skew", "2h", "is no time"),
        ("--skew", "90 parsecs", "is no time"),
        ("--guests", "0", "0 is not in the range"),
        ("--gates", "none", "is not a valid integer"),
        ("--minutes", "0", "0 is not in the range"),
        ("--base-url", "127.0.0.1:5000", "must start with http:// or https://."),
    ],
)
def test_bad_options(option: str, value: str, words: str):
    result = simulate(option, value)
    assert result.exit_code == 2
    assert words in " ".join(result.output.split())


def integrity(ok: bool, *counts: int) -> Answer:
    checks = [
        {"rule": f"rule-{count}", "title": f"rule {count}", "count": count, "ids": ["7", "8"], "noun": "tickets"}
        for count in counts
    ]
    return Answer(200, {"data": {"attributes": {"ok": ok, "checks": checks}}}, 0.1, 1)


def test_the_integrity_report_is_told():
    assert report.broken_rules(None) == 0
    assert report.broken_rules(integrity(True, 0, 0)) == 0
    assert report.broken_rules(integrity(False, 0, 2)) == 1
    assert report.broken_rules(integrity(False)) == 1
    told = list(report.of_integrity(integrity(False, 0, 2)))
    assert told[1].split() == ["ok", "rule", "0", "0"]
    assert told[2].split() == ["OFF", "rule", "2", "2"]
    assert told[3].strip() == "rule 2: tickets 7, 8."


def test_no_integrity_report_is_a_problem():
    missing = Answer(404, {"errors": [{"detail": "Nothing is served here."}]}, 0.1, 1)
    assert report.broken_rules(missing) == 1
    assert list(report.of_integrity(missing)) == [
        "OFF  The server gives no integrity report (404 Nothing is served here.)."
    ]


def test_the_usual_account_is_the_demos():
    usual = {option.name: option.default for option in cli.commands["simulate-door"].params}
    assert (usual["email"], usual["password"]) == demo.ACCOUNTS["staff"]


def test_shares_and_times_in_all_their_forms():
    options: Any = {option.name: option.type for option in cli.commands["simulate-door"].params}
    assert [options["offline"].convert(text, None, None) for text in ("20%", "0.2", "0", "100%")] == [0.2, 0.2, 0, 1]
    skews = [options["skew"].convert(text, None, None) for text in ("90s", "1.5m", "90", "500ms")]
    assert skews == [90, 90, 90, 0.5]
