"""What migrations send to a database beside which a server works: nothing that holds a large table for long, and
nothing that the release before cannot live with."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import event

from app import MIGRATIONS, create_app
from app.config import Settings
from app.database import db
from tests.database import new_database

TABLE = r"(?P<table>\w+)"

LARGE = {
    "amendments", "check_in_conflicts", "mails", "movements", "order_lines", "orders", "ticket_holders",
    "user_check_ins", "users",
}  # fmt: skip
"""Tables that grow with guests, sales and scans. The others are read through in a moment."""

ALTER = rf"ALTER TABLE {TABLE}"
ADD = rf"{ALTER} ADD (?:CONSTRAINT \w+ )?"

HELD_FOR_LONG = {
    "rewrites the table": rf"{ALTER} ALTER (COLUMN )?\w+ (SET DATA )?TYPE |(VACUUM FULL|CLUSTER) (?P<all>\w+)",
    "rewrites the table for its default": rf"{ALTER} ADD COLUMN .* DEFAULT (?!now\(\))\w+\(",
    "reads the table under a lock": rf"{ALTER} ALTER (COLUMN )?\w+ SET NOT NULL",
    "checks the table under a lock": rf"{ADD}(CHECK|FOREIGN KEY) ?\((?!.* NOT VALID$)",
    "makes its index under a lock": rf"{ADD}(UNIQUE|PRIMARY KEY|EXCLUDE)(?! USING INDEX)",
    "keeps writers out": rf"CREATE (UNIQUE )?INDEX (?!CONCURRENTLY).* ON {TABLE} ",
}
"""Why a statement must not be sent about a large table, and its form."""

BROKEN_BEFORE = {
    "old rows, and the release before, have no value": rf"{ALTER} ADD COLUMN (?!.* DEFAULT ).* NOT NULL",
    "takes from the release before what it reads": rf"{ALTER} (DROP COLUMN|RENAME) ",
    "takes the table from the release before": rf"DROP TABLE (IF EXISTS )?{TABLE}",
}
"""Why a statement must not be sent about any table that was there before."""

BEFORE_ANY_RELEASE = {"f4bc25161a96", "d7b454315f45", "5d1f0c7a9e24"}
"""Steps that nobody has taken beside a server with many guests, and that are not looked at. No new one belongs here."""


def dangers(statements: list[str], there_before: set[str]) -> list[str]:
    """Why the statements of one step must not be sent, each with the statement."""
    found, validated, empty = [], False, set[str]()
    for statement in (each for sent in statements for each in parts(sent)):
        validated |= "VALIDATE CONSTRAINT" in statement
        empty |= set(re.findall(r"ADD COLUMN (\w+)(?!.* DEFAULT )", statement))
        if empty.issuperset(re.findall(r" FOREIGN KEY ?\((\w+)\)", statement) or [None]):
            continue  # of a column that the step itself has added there is nothing to look up
        for forms, tables in ((HELD_FOR_LONG, there_before & LARGE), (BROKEN_BEFORE, there_before)):
            for reason, form in forms.items():
                match = re.match(form, statement, re.IGNORECASE)
                known = match and not tables.isdisjoint(match.groupdict().values())
                if known and not (validated and "SET NOT NULL" in statement):
                    found.append(f"{reason}: {statement}")
    return found


def parts(sent: str) -> list[str]:
    """Single statements on single lines; what functions do is not done yet when they are made."""
    without_bodies = re.sub(r"\$(\w*)\$.*?\$\1\$", "''", sent, flags=re.DOTALL)
    return [" ".join(part.split()) for part in without_bodies.split(";") if part.strip()]


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE orders ALTER COLUMN amount TYPE NUMERIC(20, 2)",
        "ALTER TABLE orders ADD COLUMN door TEXT NOT NULL",
        "ALTER TABLE orders ADD COLUMN secret UUID DEFAULT gen_random_uuid() NOT NULL",
        "ALTER TABLE orders ALTER COLUMN amount SET NOT NULL",
        "ALTER TABLE orders ADD CONSTRAINT ck_orders_door CHECK (door <> '')",
        "ALTER TABLE orders ADD CONSTRAINT fk_orders_door FOREIGN KEY(door_id) REFERENCES doors (id)",
        "ALTER TABLE orders ADD CONSTRAINT uq_orders_door UNIQUE (door)",
        "CREATE INDEX ix_orders_door ON orders (door)",
        "CREATE UNIQUE INDEX uq_orders_door ON orders (door) WHERE door IS NOT NULL",
        "ALTER TABLE orders DROP COLUMN amount",
        "ALTER TABLE orders RENAME amount TO total",
        "ALTER TABLE orders RENAME TO sales",
        "DROP TABLE orders",
        "VACUUM FULL orders",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$; DROP TABLE orders",
    ],
)
def test_what_must_not_be_sent(statement: str):
    assert dangers([statement], {"orders"}), statement
    assert not dangers([statement], {"movements"}), "a table that is made in the same step is nobody's yet"


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE orders ADD COLUMN door TEXT",
        "ALTER TABLE orders ADD COLUMN door_id BIGINT; "
        "ALTER TABLE orders ADD CONSTRAINT fk_orders_door FOREIGN KEY(door_id) REFERENCES doors (id)",
        "ALTER TABLE orders ADD COLUMN door TEXT DEFAULT '' NOT NULL",
        "ALTER TABLE orders ADD COLUMN seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL",
        "ALTER TABLE orders ADD CONSTRAINT ck_orders_door CHECK (door <> '') NOT VALID",
        "ALTER TABLE orders VALIDATE CONSTRAINT ck_orders_door; ALTER TABLE orders ALTER COLUMN door SET NOT NULL",
        "ALTER TABLE orders ADD CONSTRAINT uq_orders_door UNIQUE USING INDEX uq_orders_door",
        "CREATE INDEX CONCURRENTLY ix_orders_door ON orders (door)",
        "CREATE INDEX ix_stations_door ON stations (door)",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN DROP TABLE orders; END $body$",
    ],
)
def test_what_may_be_sent(statement: str):
    assert dangers([statement], {"orders", "stations"}) == []


@pytest.fixture
def empty_app(database_url: str, settings: Settings) -> Iterator[Flask]:
    with new_database(database_url, "locks") as url:
        app = create_app(replace(settings, database_url=url))
        yield app
        with app.app_context():
            db.engine.dispose()


def test_no_step_is_dangerous_beside_a_server(empty_app: Flask):
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    with empty_app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
        flask_migrate.upgrade()
    there: set[str] = set()
    found = {}
    for revision, statements in steps(sent).items():
        if wrong := dangers(statements, there):
            found[revision] = wrong
        there |= set(re.findall(r"CREATE TABLE (\w+)", "\n".join(statements)))
    assert found.keys() == BEFORE_ANY_RELEASE, found


def steps(sent: list[str]) -> dict[str, list[str]]:
    """What was sent for each revision: it is written down at the end of each."""
    told: dict[str, list[str]] = {}
    current: list[str] = []
    for statement in sent:
        written = re.match(r"(?:INSERT INTO|UPDATE) alembic_version .*?'(\w+)'", statement)
        current.append(statement)
        if written:
            told[written[1]], current = current, []
    return told


def test_no_step_sets_the_lock_timeout_itself():
    """migrations/env.py has set it, and the template says so."""
    assert "lock_timeout" in (MIGRATIONS / "script.py.mako").read_text()
    assert re.search(r"SET lock_timeout = '\{LOCK_TIMEOUT\}'", (MIGRATIONS / "env.py").read_text())
    for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions():
        assert not re.search(r"(lock|statement)_timeout", Path(script.path).read_text()), script.path
