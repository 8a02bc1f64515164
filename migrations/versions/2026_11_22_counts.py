"""Counts that lists and statistics tell, kept by the database: attendees, orders, and what was sold of each ticket.

Triggers count, not the server: the release before, statements over many rows, COPY, and SQL by hand are counted too.
What is written with triggers off (``session_replication_role``) is not: ``python manage.py counts recount`` does.

A count is spread over rows that are summed where it is read. Who counts takes any row of it that nobody holds, and adds
one where there is none: he never waits, so that counting is in no order of locks, and cannot deadlock.

Each step may run again; the way back is one. A table is held as long as it takes to make its triggers; what stood in it
before is counted beside the server, in a snapshot of that moment: see `_count_from_now_on`.

Revision ID: 5e3b9d7c1f60
Revises: e4b7d20c95f3
Create Date: 2026-11-22 11:00:00.000000+00:00
"""

# ruff: noqa: S608  (every name in the statements is this file's own)

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from alembic import op

revision = "5e3b9d7c1f60"
down_revision = "e4b7d20c95f3"
branch_labels = None
depends_on = None


INSERT, UPDATE, DELETE = "INSERT", "UPDATE", "DELETE"


@dataclass(frozen=True)
class Source:
    """A table whose changes are counted: ``rows`` makes what is counted of ``{rows}`` of it, ``told_apart`` are its key
    and the columns that ``rows`` reads: what changes none of them costs no more than the comparison."""

    table: str
    rows: str
    told_apart: tuple[str, tuple[str, ...]]
    verbs: tuple[str, ...] = (INSERT, UPDATE, DELETE)


@dataclass(frozen=True)
class Count:
    """A table of counts: what they are of (``key``), and what is counted (``numbers``). The ``sources`` are locked in
    their order; a sale that takes them in another one may be broken off then, and is tried again. Of all rows of the
    first come all the numbers there are."""

    table: str
    key: tuple[str, ...]
    numbers: tuple[str, ...]
    sources: tuple[Source, ...]


SALES = "SELECT o.event_id, l.ticket_id, o.status, 1 AS orders, l.quantity AS seats, l.price * l.quantity AS amount"

COUNTS = (
    Count(
        "attendee_counts",
        ("event_id", "ticket_id"),
        ("attendees",),
        (
            Source(
                "ticket_holders",
                "SELECT event_id, ticket_id, 1 AS attendees FROM {rows} WHERE deleted_at IS NULL",
                told_apart=("id", ("event_id", "ticket_id", "deleted_at")),
            ),
        ),
    ),
    Count(
        "order_counts",
        ("event_id", "status"),
        ("orders", "amount"),
        (
            Source(
                "orders",
                "SELECT event_id, status, 1 AS orders, amount FROM {rows}",
                told_apart=("id", ("event_id", "status", "amount")),
            ),
        ),
    ),
    Count(
        "sale_counts",
        ("event_id", "ticket_id", "status"),
        ("orders", "seats", "amount"),
        (
            Source(
                "orders",
                f"{SALES} FROM {{rows}} o JOIN order_lines l ON l.order_id = o.id",
                told_apart=("id", ("event_id", "status")),
                verbs=(UPDATE,),  # lines come after their order, and go before it
            ),
            Source(
                "order_lines",
                # The order is shared: who changes its status meanwhile waits for these lines, and then moves them too.
                f"{SALES} FROM {{rows}} l JOIN orders o ON o.id = l.order_id ORDER BY o.id FOR SHARE OF o",
                told_apart=("order_id, ticket_id", ("quantity", "price")),
            ),
        ),
    ),
)

GIVEN = {
    INSERT: ({"new_rows": 1}, "NEW TABLE AS new_rows"),
    UPDATE: ({"old_rows": -1, "new_rows": 1}, "OLD TABLE AS old_rows NEW TABLE AS new_rows"),
    DELETE: ({"old_rows": -1}, "OLD TABLE AS old_rows"),
}
"""What a statement does → the sign of its rows, and how its trigger comes to know them."""


def upgrade() -> None:
    for table, *columns in (
        ("attendee_counts", sa.Column("ticket_id", sa.BigInteger(), nullable=False), _number("attendees")),
        ("order_counts", sa.Column("status", sa.Text(), nullable=False), _number("orders"), _amount()),
        (
            "sale_counts",
            sa.Column("ticket_id", sa.BigInteger(), nullable=False),
            sa.Column("status", sa.Text(), nullable=False),
            _number("orders"),
            _number("seats"),
            _amount(),
        ),
    ):
        op.create_table(
            table,
            sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
            sa.Column("event_id", sa.BigInteger(), nullable=False),
            *columns,
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
            if_not_exists=True,
        )
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns, if_not_exists=True)
    with op.get_context().autocommit_block():
        for count in COUNTS:
            _count_from_now_on(count)


def downgrade() -> None:
    # All at once, or nothing: with some of its triggers gone a count would still be told, and be wrong, and an upgrade
    # would find nothing to do.
    for count in reversed(COUNTS):
        for source in count.sources:
            for verb in GIVEN:
                _drop(source.table, _name(count, source, verb))
            _drop(source.table, f"no_{count.table}_of_{source.table}")
        op.execute(f"DROP TABLE IF EXISTS {count.table}")


def _drop(table: str, trigger: str) -> None:
    op.execute(f"DROP TRIGGER IF EXISTS {trigger} ON {table}")
    op.execute(f"DROP FUNCTION IF EXISTS {trigger}()")


def _number(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _amount() -> sa.Column:
    return sa.Column("amount", sa.Numeric(), nullable=False)


INDEXES = (
    ("ix_attendee_counts_event_id_ticket_id", "attendee_counts", ["event_id", "ticket_id"]),
    ("ix_attendee_counts_ticket_id", "attendee_counts", ["ticket_id"]),
    ("ix_order_counts_event_id_status", "order_counts", ["event_id", "status"]),
    ("ix_sale_counts_event_id_ticket_id_status", "sale_counts", ["event_id", "ticket_id", "status"]),
    ("ix_sale_counts_ticket_id", "sale_counts", ["ticket_id"]),
)
"""Name, table and columns."""


def _count_from_now_on(count: Count) -> None:
    """Makes the triggers, and counts what was there before them.

    The tables' writers are kept out while two things happen: the triggers are made, over a second connection, and this
    one takes its snapshot. So each row is counted once, by a trigger or in the snapshot, and however many there are,
    writers wait for none to be counted.
    """
    key, first = ", ".join(count.key), count.sources[0]
    sums = ", ".join(f"sum({name})" for name in count.numbers)
    with ExitStack() as snapshot:
        with op.get_bind().engine.connect() as beside, beside.begin():
            tables = ", ".join(source.table for source in count.sources)
            beside.execute(sa.text(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE"))
            beside.execute(sa.text(f"DELETE FROM {count.table}"))  # of a run that was interrupted
            for source in count.sources:
                for verb in source.verbs:
                    beside.execute(sa.text(_counting(count, source, verb)))
                beside.execute(sa.text(_forgetting(count, source)))
            snapshot.enter_context(_in_a_snapshot())
        op.execute(
            f"INSERT INTO {count.table} ({key}, {', '.join(count.numbers)}) "
            f"SELECT {key}, {sums} FROM ({first.rows.format(rows=first.table)}) AS counted GROUP BY {key}"
        )


@contextmanager
def _in_a_snapshot() -> Iterator[None]:
    """What is read in the block is of the moment in which it was entered."""
    op.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    try:
        op.execute("SELECT pg_current_snapshot()")
        yield
    except BaseException:
        op.execute("ROLLBACK")
        raise
    op.execute("COMMIT")


def _name(count: Count, source: Source, verb: str) -> str:
    return f"{count.table}_of_{source.table}_on_{verb.lower()}"


def _trigger(name: str, when: str, body: str) -> str:
    return f"""
        CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$;
        CREATE OR REPLACE TRIGGER {name} AFTER {when} FOR EACH STATEMENT EXECUTE FUNCTION {name}();
    """


def _forgetting(count: Count, source: Source) -> str:
    """Of an emptied table nothing is left to count."""
    body = f"BEGIN DELETE FROM {count.table}; RETURN NULL; END"
    return _trigger(f"no_{count.table}_of_{source.table}", f"TRUNCATE ON {source.table}", body)


def _counting(count: Count, source: Source, verb: str) -> str:
    """Adds what a statement has changed, key by key, each to a row of counts that nobody holds, or to a new one."""
    signs, given = GIVEN[verb]
    key, numbers = ", ".join(count.key), ", ".join(count.numbers)
    changes = " UNION ALL ".join(
        f"SELECT {sign} AS sign, {rows}.* FROM ({source.rows.format(rows=rows)}) AS {rows}"
        for rows, sign in signs.items()
    )
    sums = {name: f"sum(sign * {name})" for name in count.numbers}
    body = f"""
        DECLARE
            change record;
        BEGIN
            {_unless_nothing_changes(source) if verb == UPDATE else ""}
            FOR change IN
                SELECT {key}, {", ".join(f"{total} AS {name}" for name, total in sums.items())}
                FROM ({changes}) AS changes
                GROUP BY {key} HAVING {" OR ".join(f"{total} <> 0" for total in sums.values())}
            LOOP
                UPDATE {count.table} SET {", ".join(f"{name} = {name} + change.{name}" for name in count.numbers)}
                WHERE id = (
                    SELECT id FROM {count.table} WHERE {" AND ".join(f"{name} = change.{name}" for name in count.key)}
                    LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
                );
                IF NOT FOUND THEN
                    INSERT INTO {count.table} ({key}, {numbers})
                    VALUES ({", ".join(f"change.{name}" for name in (*count.key, *count.numbers))});
                END IF;
            END LOOP;
            RETURN NULL;
        END
    """
    return _trigger(_name(count, source, verb), f"{verb} ON {source.table} REFERENCING {given}", body)


def _unless_nothing_changes(source: Source) -> str:
    key, columns = source.told_apart
    became, was = (", ".join(f"{rows}.{name}" for name in columns) for rows in ("new_rows", "old_rows"))
    return f"""
            PERFORM FROM new_rows LEFT JOIN old_rows USING ({key}) WHERE ({became}) IS DISTINCT FROM ({was});
            IF NOT FOUND THEN
                RETURN NULL;
            END IF;
    """
