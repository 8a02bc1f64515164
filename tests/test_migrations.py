"""Migrations lead to the models' tables and back, on a database of its own; what the tables refuse, they refuse."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Connection, NullPool, create_engine, event, inspect, text
from sqlalchemy.exc import IntegrityError, OperationalError

from app import create_app
from app.config import Settings
from app.database import Base, db
from app.errors import CursorExpired
from app.models import TicketHolder
from app.models.custom_forms import FIXED
from app.models.users_events_roles import ROLES
from app.services import cursors
from tests.database import new_database


@pytest.fixture
def empty_url(database_url: str) -> Iterator[str]:
    """A database without tables, removed at the end."""
    with new_database(database_url, "migrations") as url:
        yield url


@pytest.fixture
def empty_app(empty_url: str, settings: Settings) -> Flask:
    """Its migrations wait as for others in production, but not as long."""
    app = create_app(replace(settings, database_url=empty_url))
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", hurried, retval=True)
    return app


def hurried(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> tuple[str, Any]:
    return re.sub(r"^SET lock_timeout = '\ds'$", "SET lock_timeout = '500ms'", statement), parameters


@pytest.fixture
def connection(empty_url: str) -> Iterator[Connection]:
    engine = create_engine(empty_url, poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


def differences(connection: Connection) -> list[Any]:
    options = {"compare_type": True, "compare_server_default": True}
    found = compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)
    connection.rollback()
    return list(found)


def tables(connection: Connection) -> set[str]:
    found = set(inspect(connection).get_table_names()) - {"alembic_version"}
    connection.rollback()
    return found


def test_up_compare_down_up(empty_app: Flask, connection: Connection):
    assert differences(connection)
    with empty_app.app_context():
        flask_migrate.upgrade()
        assert differences(connection) == []
        assert tables(connection) == set(Base.metadata.tables)
        flask_migrate.downgrade(revision="base")
        assert tables(connection) == set()
        flask_migrate.upgrade()
        assert differences(connection) == []
        flask_migrate.upgrade()  # nothing left to do is no error


def test_a_lost_check_is_a_difference(empty_app: Flask, connection: Connection):
    """Alembic alone does not compare CHECK constraints; migrations/env.py teaches it."""
    with empty_app.app_context():
        flask_migrate.upgrade()
    connection.execute(text("ALTER TABLE tickets DROP CONSTRAINT ck_tickets_sold_within_quantity"))
    connection.execute(text("ALTER TABLE tickets ADD CONSTRAINT ck_tickets_ours CHECK (sold < 7)"))
    connection.commit()
    assert {kind for kind, *_ in differences(connection)} == {"add_constraint", "remove_constraint"}


def test_each_step_down_and_up(empty_app: Flask, connection: Connection):
    """Every revision can be left on its own, as an operator does who takes one release back."""
    with empty_app.app_context():
        flask_migrate.upgrade()
        scripts = _scripts(empty_app)
        for _ in scripts:
            flask_migrate.downgrade(revision="-1")
        assert tables(connection) == set()
        for _ in scripts:
            flask_migrate.upgrade(revision="+1")
        assert differences(connection) == []


def _scripts(app: Flask) -> list[Any]:
    with app.app_context():
        return list(ScriptDirectory.from_config(app.extensions["migrate"].migrate.get_config()).walk_revisions())


def test_migrations_have_one_head(app: Flask):
    scripts = _scripts(app)
    followed = {script.down_revision for script in scripts}
    assert len([script for script in scripts if script.revision not in followed]) == 1


def test_the_roles_come_with_the_tables(empty_app: Flask, connection: Connection):
    with empty_app.app_context():
        flask_migrate.upgrade()
    rows = connection.execute(text("SELECT name, id, title_name FROM roles")).all()
    assert {name: (number, title) for name, number, title in rows} == ROLES
    added = connection.scalar(text("INSERT INTO roles (name, title_name) VALUES ('x', 'X') RETURNING id"))
    assert added == len(ROLES) + 1


def test_the_way_back_leaves_no_room_for_the_venue(empty_app: Flask, connection: Connection):
    """The release before rooms would take a scan at a room's door for one at the venue's."""
    with empty_app.app_context():
        flask_migrate.upgrade(revision="d7b454315f45")
        rows = Tables(connection)
        event_id = rows.insert("events", **EVENT)
        ticket_id = rows.insert("tickets", **ticket(event_id))
        guest = {"event_id": event_id, "ticket_id": ticket_id, "firstname": "Ada", "created_at": NOW}
        scan = {"event_id": event_id, "attendee_id": rows.insert("ticket_holders", **guest)}
        scan |= {"direction": "in", "occurred_at": NOW, "recorded_at": NOW, "source": "station", "verdict": "accepted"}
        at_the_venue = rows.insert("movements", **scan)
        hall = rows.insert("microlocations", event_id=event_id, name="Hall")
        in_the_hall = rows.insert("movements", **scan, microlocation_id=hall)
        door = {"event_id": event_id, "station_name": "Door", "station_type": "check in", "created_at": NOW}
        station_id = rows.insert("stations", **door, microlocation_id=hall)
        seen = {"event_id": event_id, "station_id": station_id, "station_type": "check in", "created_at": NOW}
        rows.insert("user_check_ins", **seen, ticket_holder_id=scan["attendee_id"], movement_id=in_the_hall)
        connection.commit()
        flask_migrate.downgrade(revision="-1")
    assert connection.scalars(text("SELECT id FROM movements")).all() == [at_the_venue]


def test_the_way_back_takes_letters_along_that_have_no_token_yet(empty_app: Flask, connection: Connection):
    """The release before would send them with a link that opens nothing; the invites stay, to be sent again."""
    with empty_app.app_context():
        flask_migrate.upgrade(revision="b25e7d40a9f3")
        rows = Tables(connection)
        invite = {"event_id": rows.insert("events", **EVENT), "role_id": 1, "status": "pending", "created_at": NOW}
        waiting = [rows.insert("role_invites", **invite, email=f"{name}@example.org") for name in ("ada", "grace")]
        mail = {"subject": "S", "text": "T", "attempts": 0, "not_before": NOW, "created_at": NOW}
        for number in waiting:
            rows.insert("mails", **mail, recipient="invited@example.org", role_invite_id=number)
        rows.insert("mails", **mail, recipient="other@example.org")
        connection.commit()
        flask_migrate.downgrade(revision="-1")
    assert connection.scalars(text("SELECT recipient FROM mails")).all() == ["other@example.org"]
    assert connection.scalar(text("SELECT count(DISTINCT token_hash) FROM role_invites WHERE sent_at IS NOT NULL")) == 2


def test_events_that_are_there_get_the_fixed_fields(empty_app: Flask, connection: Connection):
    with empty_app.app_context():
        flask_migrate.upgrade(revision="8c41e2d90b7f")
        rows = Tables(connection)
        own = {"form": "attendee", "field_identifier": "email", "name": "Email"}
        first, second = (rows.insert("events", **EVENT | {"identifier": name}) for name in ("aaaaaaaa", "bbbbbbbb"))
        rows.insert("custom_forms", event_id=second, **own)
        connection.commit()
        flask_migrate.upgrade(revision="+1")
        found = connection.execute(
            text("SELECT event_id, field_identifier FROM custom_forms WHERE is_fixed ORDER BY id")
        )
        assert found.all() == [(first, name) for name in FIXED] + [(second, name) for name in FIXED[:2]]
        connection.rollback()
        flask_migrate.downgrade(revision="-1")
    assert connection.execute(text("SELECT event_id, field_identifier FROM custom_forms")).all() == [(second, "email")]


BESIDE_A_SERVER = ("8c41d2f7b6a3", "c7e19b3f5a42", "d5a8e03f61b9", "7b2c94e1d058", "e94a6d07c3b1", "9d4c6a1e8b27")
"""Revisions that make indexes while others write: such a one may be interrupted in the middle."""

TABLE_BY_TABLE = {"6b1fd0c2e947": "movements", "3d9f61a8c70e": "movements", "5e3b9d7c1f60": "order_lines"}
"""Revisions that take the locks of one table after the other, and let go of them in between; and one of the tables."""

WHOLE_ON_THE_WAY_BACK = {"5e3b9d7c1f60"}
"""Those of them whose way back is one transaction: the table is not the first that it takes."""


@pytest.mark.parametrize("step", BESIDE_A_SERVER)
def test_an_upgrade_that_was_interrupted_is_run_again(
    empty_app: Flask, empty_url: str, connection: Connection, step: str
):
    """Somebody's long transaction lets an index wait until it gives up; what is left of it is invalid, and its steps
    before are done."""
    [before] = [script.down_revision for script in _scripts(empty_app) if script.revision == step]
    patient = create_engine(empty_url, isolation_level="REPEATABLE READ", poolclass=NullPool)
    with empty_app.app_context():
        flask_migrate.upgrade(revision=before)
        with patient.connect() as reader:
            reader.execute(text("SELECT count(*) FROM users"))
            with pytest.raises(OperationalError, match="lock timeout"):
                flask_migrate.upgrade(revision=step)
        connection.rollback()
        assert connection.scalar(text("SELECT count(*) FROM pg_index WHERE NOT indisvalid")) == 1
        connection.rollback()
        flask_migrate.upgrade()
        assert connection.scalar(text("SELECT count(*) FROM pg_index WHERE NOT indisvalid")) == 0
        connection.rollback()
        assert differences(connection) == []


def test_only_steps_that_may_run_again_commit_in_the_middle(empty_app: Flask):
    found = {script.revision for script in _scripts(empty_app) if "autocommit_block" in Path(script.path).read_text()}
    assert found == {*BESIDE_A_SERVER, *TABLE_BY_TABLE}


@pytest.mark.parametrize("step", TABLE_BY_TABLE)
def test_an_upgrade_that_meets_a_long_sale_is_run_again(empty_app: Flask, connection: Connection, step: str):
    """It waits for the first table that somebody writes, gives up, and goes on where it was; so does the way back, or
    it begins anew."""
    [before] = [script.down_revision for script in _scripts(empty_app) if script.revision == step]
    with empty_app.app_context():
        flask_migrate.upgrade(revision=before)
        for move in (flask_migrate.upgrade, flask_migrate.downgrade):
            connection.execute(text(f"LOCK TABLE {TABLE_BY_TABLE[step]} IN ROW EXCLUSIVE MODE"))
            there = triggers(connection)
            with pytest.raises(OperationalError, match="lock timeout"):
                move(revision=step if move is flask_migrate.upgrade else before)
            if move is flask_migrate.downgrade and step in WHOLE_ON_THE_WAY_BACK:
                assert triggers(connection) == there
            connection.rollback()
            move(revision=step if move is flask_migrate.upgrade else before)
        flask_migrate.upgrade()
        assert differences(connection) == []


def triggers(connection: Connection) -> set[str]:
    return set(connection.scalars(text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")))


def test_guests_that_are_there_are_not_written_anew(empty_app: Flask, connection: Connection):
    """They begin as null, and get their number when they change; an upgrade that was interrupted is run again."""
    step = "c7e19b3f5a42"
    [before] = [script.down_revision for script in _scripts(empty_app) if script.revision == step]
    written = text("SELECT written_in FROM ticket_holders")
    with empty_app.app_context():
        flask_migrate.upgrade(revision=before)
        rows = Tables(connection)
        event_id = rows.insert("events", **EVENT)
        guest = {"event_id": event_id, "ticket_id": rows.insert("tickets", **ticket(event_id)), "created_at": NOW}
        rows.insert("ticket_holders", **guest, firstname="Ada")
        connection.commit()
        for _ in range(2):
            flask_migrate.upgrade(revision=step)
            assert connection.scalar(written) is None
            connection.execute(text(f"UPDATE alembic_version SET version_num = '{before}'"))
            connection.commit()
        flask_migrate.upgrade()
    number = connection.scalar(text("SELECT pg_current_xact_id()::text::bigint"))
    connection.execute(text("UPDATE ticket_holders SET firstname = 'Grace'"))
    assert connection.scalar(written) == number
    connection.rollback()
    assert differences(connection) == []


def test_guests_that_are_there_get_a_secret_and_so_do_those_of_the_release_before(
    empty_app: Flask, connection: Connection
):
    """More than fit into one chunk; and who is added without naming the column."""
    with empty_app.app_context():
        flask_migrate.upgrade(revision="7b2c94e1d058")
        rows = Tables(connection)
        event_id = rows.insert("events", **EVENT)
        guest = {"event_id": event_id, "ticket_id": rows.insert("tickets", **ticket(event_id)), "created_at": NOW}
        first = rows.insert("ticket_holders", **guest, firstname="Ada")
        copied = "event_id, ticket_id, firstname, created_at"
        copies = f"SELECT {copied} FROM ticket_holders, generate_series(1, 2100) WHERE id = {first}"
        connection.execute(text(f"INSERT INTO ticket_holders ({copied}) {copies}"))
        connection.commit()
        flask_migrate.upgrade(revision="e94a6d07c3b1")
    rows.insert("ticket_holders", **guest, firstname="Grace")
    found = connection.execute(text("SELECT count(*), count(secret), count(DISTINCT secret) FROM ticket_holders")).one()
    assert tuple(found) == (2102, 2102, 2102)
    assert connection.scalar(text("SELECT count(*) FROM ticket_holders WHERE secret !~ '^[0-9a-f]{40}$'")) == 0


def test_a_cursor_does_not_outlive_the_way_back(empty_app: Flask):
    """What the release before writes takes no notes of it: a reader who went on would miss it."""
    with empty_app.app_context():
        flask_migrate.upgrade()
        old = str(cursors.at("", TicketHolder, "all"))
        db.session.remove()
        flask_migrate.downgrade(revision="3c9e07b5a1d8")
        flask_migrate.upgrade()
        with pytest.raises(CursorExpired):
            cursors.at(old, TicketHolder, "all")
        new = str(cursors.at("", TicketHolder, "all"))
        assert str(cursors.at(new, TicketHolder, "all")) == new
        db.session.remove()


class Tables:
    """Writes rows past all rules of the application."""

    def __init__(self, connection: Connection):
        self.connection = connection

    def insert(self, table: str, **facts: Any) -> int:
        columns, values = ", ".join(facts), ", ".join(f":{name}" for name in facts)
        statement = text(f"INSERT INTO {table} ({columns}) VALUES ({values}) RETURNING *")
        return int(self.connection.execute(statement, facts).one()[0])

    def refuses(self, constraint: str, statement: str) -> None:
        with pytest.raises(IntegrityError) as refused, self.connection.begin_nested():
            self.connection.execute(text(statement))
        assert refused.value.orig.diag.constraint_name == constraint  # type: ignore[union-attr]

    def refuses_row(self, constraint: str, table: str, **facts: Any) -> None:
        with pytest.raises(IntegrityError) as refused, self.connection.begin_nested():
            self.insert(table, **facts)
        diagnosis = refused.value.orig.diag  # type: ignore[union-attr]
        assert constraint in {diagnosis.constraint_name, diagnosis.column_name}


DAY, NEXT_DAY, NOW = "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z", "2026-11-21T12:00:00Z"
EVENT = {"identifier": "a1b2c3d4", "name": "Fair", "starts_at": DAY, "ends_at": NEXT_DAY, "created_at": NOW}
USER = {"email": "Ada@example.org", "password_hash": "x", "created_at": NOW}


@pytest.fixture
def rows(app: Flask, database_url: str) -> Iterator[Tables]:
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as connection:
        yield Tables(connection)
        connection.rollback()


def ticket(event_id: int, **facts: Any) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "name": "Day",
        "type": "free",
        "quantity": 10,
        "sales_starts_at": DAY,
        "sales_ends_at": NEXT_DAY,
    } | facts


def test_seats_sold_are_within_the_quantity(rows: Tables):
    ticket_id = rows.insert("tickets", **ticket(rows.insert("events", **EVENT)))
    check = "ck_tickets_sold_within_quantity"
    rows.connection.execute(text(f"UPDATE tickets SET sold = 10 WHERE id = {ticket_id}"))
    rows.refuses(check, f"UPDATE tickets SET sold = 11 WHERE id = {ticket_id}")
    rows.refuses(check, f"UPDATE tickets SET sold = -1 WHERE id = {ticket_id}")
    rows.refuses(check, f"UPDATE tickets SET quantity = 9 WHERE id = {ticket_id}")


def test_a_ticket_name_is_unique_among_the_living_of_an_event(rows: Tables):
    event_id = rows.insert("events", **EVENT)
    other_id = rows.insert("events", **EVENT | {"identifier": "ffffffff"})
    unique = "uq_tickets_event_id_name_living"
    first = rows.insert("tickets", **ticket(event_id))
    rows.insert("tickets", **ticket(other_id))
    rows.refuses_row(unique, "tickets", **ticket(event_id))
    rows.connection.execute(text(f"UPDATE tickets SET deleted_at = now() WHERE id = {first}"))
    rows.insert("tickets", **ticket(event_id))
    rows.refuses(unique, f"UPDATE tickets SET deleted_at = NULL WHERE id = {first}")


def test_an_e_mail_is_unique_without_regard_to_case_among_the_living(rows: Tables):
    first = rows.insert("users", **USER)
    rows.refuses_row("uq_users_email_living", "users", **USER | {"email": "aDA@EXAMPLE.org"})
    rows.connection.execute(text(f"UPDATE users SET deleted_at = now() WHERE id = {first}"))
    rows.insert("users", **USER)


def test_a_role_is_given_once(rows: Tables):
    grant = {"user_id": rows.insert("users", **USER), "event_id": rows.insert("events", **EVENT), "role_id": 1}
    rows.insert("users_events_roles", **grant)
    rows.refuses_row("uq_users_events_roles_user_id_event_id_role_id", "users_events_roles", **grant)
    rows.insert("users_events_roles", **grant | {"role_id": 2})


def test_events(rows: Tables):
    rows.refuses_row("ck_events_identifier_has_a_letter", "events", **EVENT | {"identifier": "12345678"})
    rows.refuses_row("ck_events_starts_before_it_ends", "events", **EVENT | {"ends_at": DAY})
    rows.refuses_row("ck_events_state_known", "events", **EVENT | {"state": "x"})
    rows.refuses_row("name", "events", **EVENT | {"name": None})
    rows.insert("events", **EVENT)
    rows.refuses_row("uq_events_identifier", "events", **EVENT)


def test_tickets(rows: Tables):
    event_id = rows.insert("events", **EVENT)
    for constraint, facts in (
        ("ck_tickets_prices_not_negative", {"price": -1}),
        ("ck_tickets_order_limits_in_order", {"min_order": 3, "max_order": 2}),
        ("ck_tickets_sales_start_before_they_end", {"sales_ends_at": DAY}),
        ("fk_tickets_event_id_events", {"event_id": 0}),
        ("sales_ends_at", {"sales_ends_at": None}),
    ):
        rows.refuses_row(constraint, "tickets", **ticket(event_id) | facts)


def test_orders_lines_and_attendees(rows: Tables):
    event_id = rows.insert("events", **EVENT)
    ticket_id = rows.insert("tickets", **ticket(event_id))
    order = {"identifier": "x", "event_id": event_id, "status": "completed", "created_at": NOW}
    rows.refuses_row("ck_orders_status_known", "orders", **order | {"status": "x"})
    rows.refuses_row("ck_orders_amount_not_negative", "orders", **order | {"amount": -1})
    order_id = rows.insert("orders", **order)
    rows.refuses_row("uq_orders_identifier", "orders", **order)
    line = {"order_id": order_id, "ticket_id": ticket_id, "quantity": 1, "price": 0}
    rows.refuses_row("ck_order_lines_quantity_positive", "order_lines", **line | {"quantity": 0})
    rows.insert("order_lines", **line)
    rows.refuses_row("pk_order_lines", "order_lines", **line)
    guest = {"event_id": event_id, "ticket_id": ticket_id, "firstname": "Ada", "created_at": NOW}
    rows.refuses_row("firstname", "ticket_holders", **guest | {"firstname": None})
    rows.refuses_row("fk_ticket_holders_ticket_id_tickets", "ticket_holders", **guest | {"ticket_id": 0})
    both = guest | {"is_checked_in": True, "is_checked_out": True}
    rows.refuses_row("ck_ticket_holders_inside_or_left", "ticket_holders", **both)


def test_colors_and_times_of_the_programme(rows: Tables):
    event_id = rows.insert("events", **EVENT)
    rows.refuses_row("ck_tracks_color_is_hex", "tracks", event_id=event_id, name="x", color="#abc")
    backwards = {"starts_at": NEXT_DAY, "ends_at": DAY, "created_at": NOW}
    rows.refuses_row("ck_sessions_starts_before_it_ends", "sessions", event_id=event_id, title="x", **backwards)


def test_stations(rows: Tables):
    event_id = rows.insert("events", **EVENT)
    station = {"event_id": event_id, "station_name": "Desk", "station_type": "daily", "created_at": NOW}
    rows.insert("stations", **station)
    hall = rows.insert("microlocations", event_id=event_id, name="Hall")
    unknown = station | {"station_type": "check-in", "microlocation_id": hall}
    rows.refuses_row("ck_stations_station_type_known", "stations", **unknown)
    for door in ("check in", "check out"):
        rows.refuses_row("ck_stations_a_door_has_its_room", "stations", **station | {"station_type": door})


def test_a_field_is_there_once_in_a_form(rows: Tables):
    field = {"event_id": rows.insert("events", **EVENT), "form": "attendee", "field_identifier": "x", "name": "X"}
    rows.insert("custom_forms", **field)
    rows.insert("custom_forms", **field, form_id="vip")
    rows.insert("custom_forms", **field, form_id="press")
    rows.refuses_row("uq_custom_forms_field_of_default_form", "custom_forms", **field)
    rows.refuses_row("uq_custom_forms_field_of_form", "custom_forms", **field, form_id="vip")
    rows.refuses_row("ck_custom_forms_form_known", "custom_forms", **field | {"form": "badge"})
    rows.refuses_row("ck_custom_forms_type_known", "custom_forms", **field | {"type": "x"})


def test_an_address_has_one_pending_invite_to_a_role(rows: Tables):
    invite = {"event_id": rows.insert("events", **EVENT), "role_id": 1, "email": "ada@example.org", "status": "pending"}
    invite |= {"sent_at": NOW, "created_at": NOW}
    first = rows.insert("role_invites", **invite, token_hash="1")
    rows.refuses_row("uq_role_invites_pending", "role_invites", **invite | {"email": "ADA@example.org"}, token_hash="2")
    rows.refuses_row("uq_role_invites_token_hash", "role_invites", **invite | {"role_id": 2}, token_hash="1")
    rows.refuses_row("ck_role_invites_status_known", "role_invites", **invite | {"status": "x"}, token_hash="3")
    rows.insert("role_invites", **invite | {"role_id": 2}, token_hash="4")
    rows.connection.execute(text(f"UPDATE role_invites SET status = 'accepted' WHERE id = {first}"))
    rows.insert("role_invites", **invite, token_hash="5")


def test_every_foreign_key_has_an_index_that_begins_with_it(app: Flask, database_url: str):
    """Each is looked up from the other side: by lists, and by every DELETE that the database checks."""
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as connection:
        inspector = inspect(connection)
        for table in inspector.get_table_names():
            indexed = {index["column_names"][0] for index in inspector.get_indexes(table)}
            indexed.add(inspector.get_pk_constraint(table)["constrained_columns"][0])
            keys = {key["constrained_columns"][0] for key in inspector.get_foreign_keys(table)}
            assert keys <= indexed, table
