"""How the attendees of an event and of a ticket are listed: in the order of their ids, along an index of theirs.

The indexes take the place of two that were there, so that a guest who is changed is written into as many as before.
Each step may run again: indexes are made beside a running server, and one that was interrupted is left invalid.

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

NEW = (
    ("ix_ticket_holders_event_id_id_living", ["event_id", "id"], "deleted_at IS NULL"),
    ("ix_ticket_holders_ticket_id_id", ["ticket_id", "id"], None),
)
FORMER = (
    ("ix_ticket_holders_event_id_id", ["event_id", "id"], None),
    ("ix_ticket_holders_ticket_id", ["ticket_id"], None),
)
"""Name, columns, and of which rows."""


def upgrade() -> None:
    _replace(FORMER, NEW)


def downgrade() -> None:
    _replace(NEW, FORMER)


def _replace(
    former: tuple[tuple[str, list[str], str | None], ...], new: tuple[tuple[str, list[str], str | None], ...]
) -> None:
    with op.get_context().autocommit_block():
        for name, columns, rows in new:
            op.drop_index(name, table_name="ticket_holders", postgresql_concurrently=True, if_exists=True)
            op.create_index(
                name,
                "ticket_holders",
                columns,
                postgresql_where=None if rows is None else sa.text(rows),
                postgresql_concurrently=True,
            )
        for name, _, _ in former:
            op.drop_index(name, table_name="ticket_holders", postgresql_concurrently=True, if_exists=True)
