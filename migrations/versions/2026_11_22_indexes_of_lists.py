"""How attendees of an event or a ticket, and an event's orders, are listed: along an index in the order of the list.

Attendees' indexes take the place of two that were there, so that a guest who is changed is written into as many as
before. Each step may run again: indexes are made beside a running server, and one that was interrupted is left invalid.

Revision ID: 9d4c6a1e8b27
Revises: 5e3b9d7c1f60
Create Date: 2026-11-22 11:20:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "9d4c6a1e8b27"
down_revision = "5e3b9d7c1f60"
branch_labels = None
depends_on = None

LIVING = ("ix_ticket_holders_event_id_id_living", "ticket_holders", ["event_id", "id"], "deleted_at IS NULL")
OF_TICKET = ("ix_ticket_holders_ticket_id_id", "ticket_holders", ["ticket_id", "id"], None)
COMPLETED = ("ix_orders_event_id_completed_at", "orders", ["event_id", "completed_at DESC NULLS LAST", "id"], None)
FORMER = (
    ("ix_ticket_holders_event_id_id", "ticket_holders", ["event_id", "id"], None),
    ("ix_ticket_holders_ticket_id", "ticket_holders", ["ticket_id"], None),
)
"""Name, table, columns, and of which rows."""

Indexes = tuple[tuple[str, str, list[str], str | None], ...]


def upgrade() -> None:
    _replace(FORMER, (LIVING, OF_TICKET, COMPLETED))


def downgrade() -> None:
    _replace((LIVING, OF_TICKET, COMPLETED), FORMER)


def _replace(former: Indexes, new: Indexes) -> None:
    with op.get_context().autocommit_block():
        for name, table, columns, rows in new:
            op.drop_index(name, table_name=table, postgresql_concurrently=True, if_exists=True)
            op.create_index(
                name,
                table,
                [sa.text(column) if " " in column else column for column in columns],
                postgresql_where=None if rows is None else sa.text(rows),
                postgresql_concurrently=True,
            )
        for name, table, _, _ in former:
            op.drop_index(name, table_name=table, postgresql_concurrently=True, if_exists=True)
