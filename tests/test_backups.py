"""A backup, and what is there after it was restored: everything, and nothing of later."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from click.testing import CliRunner

import manage
from app import create_app, dumps
from app.config import Settings
from app.database import db
from app.postgresql import VERSION
from tests.committed import Shop
from tests.database import new_database, run
from tests.factories import World
from tests.http import resource
from tests.processes import wait_until

KEPT_APART = {"alembic_version", "backups", "settings"}
"""Tables that a restore writes."""


@pytest.fixture
def empty_url(database_url: str) -> Iterator[str]:
    with new_database(database_url, "restored") as url:
        yield url


def command(store: Shop, *arguments: object, url: str = "", code: int = 0, typed: str = "") -> str:
    """What a command prints; it must end with ``code``."""
    data_dir = str(store.app.config["SETTINGS"].data_dir)
    environment = {"DATABASE_URL": url or store.url, "DATA_DIR": data_dir, "DATABASE_LISTEN_URL": None}
    done = CliRunner(env=environment).invoke(manage.cli, [str(each) for each in arguments], input=typed)
    assert done.exit_code == code, done.output
    return done.output


def contents(url: str) -> dict[str, Any]:
    """A fingerprint of each table. A restore ends all tokens, and nothing else is another after it."""
    tables = run(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {
        table: run(
            url,
            f"SELECT md5(coalesce(string_agg(row::text, ',' ORDER BY row::text), '')) "
            f"FROM (SELECT to_jsonb(t) - 'token_epoch' AS row FROM {table} t) AS rows",
        )
        for table in tables
        if table not in KEPT_APART
    }


def sell(store: Shop, world: World) -> str:
    item = {"data": {"type": "on-site-ticket", "attributes": {"id": str(world.free.id), "quantity": "2"}}}
    document = resource("order", {"on-site-tickets": [item]}, event=world.event)
    answer = store.send("POST", "/v1/orders?onsite=true", store.token(world.registrar), document)
    assert answer.status == 201
    return answer.data["id"]


def scan(store: Shop, world: World, guest: Any, direction: str = "in") -> int:
    document = resource("movement", {"direction": direction}, attendee=guest)
    return store.send("POST", f"/v1/events/{world.event.id}/movements", store.token(world.registrar), document).status


def changes(store: Shop, world: World, cursor: str) -> Any:
    """What a device hears of guests since a cursor."""
    url = f"/v1/events/{world.event.id}/attendees/delta?cursor={cursor}"
    return store.app.test_client().get(url, headers={"Authorization": f"JWT {store.token(world.registrar)}"})


def accepted(store: Shop, token: str) -> bool:
    """Whether a token is good; 401 for one that is not."""
    status = store.app.test_client().get("/v1/orders", headers={"Authorization": f"JWT {token}"}).status_code
    assert status in {200, 401}
    return status == 200


def let_go(store: Shop) -> None:
    """Until nobody but us is connected."""
    with store.app.app_context():
        db.engine.dispose()
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    wait_until(lambda: store.count(others) == 0)


def test_what_was_backed_up_is_what_comes_back(store: Shop, empty_url: str, tmp_path: Path):
    world = store.open()
    sold = sell(store, world)
    assert scan(store, world, world.order.attendees[0]) == 201
    token, before = store.token(world.registrar), contents(store.url)
    told = command(store, "backup", tmp_path)
    [path] = tmp_path.iterdir()
    assert told == f"{path} ({path.stat().st_size} bytes)\n"
    assert dumps.OWN_NAMES.fullmatch(path.name)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    noted = "SELECT concat(file_name, ' ', bytes, ' ', finished_at > started_at) FROM backups"
    assert store.rows(noted) == [f"{path.name} {path.stat().st_size} t"]
    cursor = changes(store, world, "").json["meta"]["cursor"]
    assert changes(store, world, cursor).status_code == 200
    later = sell(store, world)
    assert scan(store, world, world.order.attendees[1]) == 201
    assert contents(store.url) != before

    told = command(store, "restore", path, url=empty_url)
    assert told.endswith("everybody has to log in again.\nEverything adds up.\n")
    assert contents(empty_url) == before

    assert accepted(store, token)
    assert "other connections use the database" in command(store, "restore", path, "--replace", "--yes", code=1)
    let_go(store)
    assert "is not empty" in command(store, "restore", path, code=1)
    assert "Aborted" in command(store, "restore", path, "--replace", typed="n\n", code=1)
    assert contents(store.url) != before
    command(store, "restore", path, "--replace", typed="y\n")
    assert not accepted(store, token), "it may have been ended after the backup"
    assert contents(store.url) == before
    assert changes(store, world, cursor).status_code == 410
    assert sell(store, world) == later, "numbers go on after the last that is there"
    assert int(later) == int(sold) + 1
    assert scan(store, world, world.order.attendees[0]) == 409
    assert scan(store, world, world.order.attendees[0], "out") == 201
    assert store.findings() == []


def test_what_cannot_be_restored_changes_nothing(store: Shop, empty_url: str, tmp_path: Path):
    good, cut, none = tmp_path / "good", tmp_path / "cut", tmp_path / "none"
    command(store, "backup", good)
    cut.write_bytes(good.read_bytes()[: good.stat().st_size * 3 // 4])
    none.write_text("Ada")
    before = contents(store.url)
    let_go(store)
    for path in (cut, none):
        assert "pg_restore failed: " in command(store, "restore", path, "--replace", "--yes", code=1)
    assert "exists already" in command(store, "backup", good, code=1)
    assert "--keep is for a folder" in command(store, "backup", tmp_path / "new", "--keep", "1", code=2)
    # Half of it comes, then something is in the way: none of it stays.
    run(empty_url, "CREATE FUNCTION attendees_written() RETURNS int LANGUAGE sql RETURN 1")
    run(empty_url, "CREATE TYPE movements AS (number int)")
    assert "The database does not take" in command(store, "restore", good, url=empty_url, code=1)
    assert run(empty_url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == []
    assert contents(store.url) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut", "good", "none"]


def test_backups_of_other_releases(store: Shop, database_url: str, empty_url: str, tmp_path: Path):
    newer, strange, older = tmp_path / "newer", tmp_path / "strange", tmp_path / "older"
    with new_database(database_url, "released") as url:
        dumps.write(url, strange)
        run(url, "CREATE TABLE alembic_version AS SELECT 'of-tomorrow' AS version_num")
        dumps.write(url, newer)
    assert "is no backup of this server" in command(store, "restore", strange, url=empty_url, code=1)
    assert "The backup was made by a newer release" in command(store, "restore", newer, url=empty_url, code=1)
    with new_database(database_url, "released") as url:
        app = create_app(Settings(database_url=url, secret_key="k" * 32))
        with app.app_context():
            flask_migrate.upgrade(revision="d5a8e03f61b9")
            db.engine.dispose()
        command(store, "backup", older, url=url)
    command(store, "restore", older, url=empty_url)
    assert run(empty_url, "SELECT version_num FROM alembic_version") == store.rows(
        "SELECT version_num FROM alembic_version"
    )
    with pytest.raises(dumps.CannotDump, match=f"comes with this server is {VERSION}"):
        dumps.require_version(int(VERSION) + 1)


def test_old_ones_go_and_strangers_stay(store: Shop, tmp_path: Path):
    old = [tmp_path / f"backup-2026010{day}T000000Z.dump" for day in (1, 2, 3)]
    others = [tmp_path / name for name in ("backup-20260101T000000Z.dump.gz", "mine.dump", ".backup.unfinished")]
    for path in (*old, *others):
        path.touch()
    told = command(store, "backup", tmp_path, "--keep", "2").splitlines()
    assert told[1:] == [f"{path} is deleted." for path in old[:2]]
    assert {*others, old[2]} < set(tmp_path.iterdir())
    assert len(list(tmp_path.iterdir())) == 5


def test_no_password_on_a_command_line():
    url = "postgresql+psycopg2://me:s%20cret@db.example:5433/events?sslmode=require"
    dsn, environment = dumps._connection(url)
    assert set(dsn.split()) == {"host=db.example", "port=5433", "user=me", "dbname=events", "sslmode=require"}
    assert environment == {"PGPASSWORD": "s cret"}
    assert "PGPASSWORD" not in os.environ
