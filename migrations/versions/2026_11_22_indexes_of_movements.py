"""How movements are found: by the client's name, by what was written since, by device, and those that wait for review.

The database keeps ``movements.written_in`` by itself, as it does for attendees. Each step may run again: indexes are
made beside a running server, and one that was interrupted is left invalid.

Revision ID: d5a8e03f61b9
Revises: c7e19b3f5a42
Create Date: 2026-11-22 06:10:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "d5a8e03f61b9"
down_revision = "c7e19b3f5a42"
branch_labels = None
depends_on = None

WRITTEN = """
    CREATE OR REPLACE TRIGGER written_in_this_transaction
    BEFORE INSERT OR UPDATE ON movements
    FOR EACH ROW EXECUTE FUNCTION written_in_this_transaction()
"""

INDEXES = (
    ("uq_movements_event_id_client_uuid", ["event_id", "client_uuid"], "client_uuid IS NOT NULL"),
    ("ix_movements_event_id_written_in", ["event_id", "written_in", "id"], None),
    ("ix_movements_event_id_device_name", ["event_id", "device_name", "recorded_at"], None),
    ("ix_movements_event_id_held", ["event_id"], "verdict = 'held'"),
)
"""Name, columns, and of which rows; one that begins with ``uq`` is unique."""


def upgrade() -> None:
    op.execute(WRITTEN)
    with op.get_context().autocommit_block():
        for name, columns, rows in INDEXES:
            op.drop_index(name, table_name="movements", postgresql_concurrently=True, if_exists=True)
            op.create_index(
                name,
                "movements",
                columns,
                unique=name.startswith("uq"),
                postgresql_where=None if rows is None else sa.text(rows),
                postgresql_concurrently=True,
            )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name, _, _ in reversed(INDEXES):
            op.drop_index(name, table_name="movements", postgresql_concurrently=True, if_exists=True)
    op.execute("DROP TRIGGER IF EXISTS written_in_this_transaction ON movements")
