"""The audit tells of door passes, of what was done with one, and that a ticket's secret was replaced.

Each step may run again, like those of the audit itself, and each table is a transaction of its own.

Revision ID: 3d9f61a8c70e
Revises: e94a6d07c3b1
Create Date: 2026-11-22 08:20:00.000000+00:00
"""

from alembic import op

revision = "3d9f61a8c70e"
down_revision = "e94a6d07c3b1"
branch_labels = None
depends_on = None

BEFORE = {
    "orders": "status,amount,payment_mode,user_id,sold_by_id,amount_override_by_id,completed_at",
    "ticket_holders": "ticket_id,order_id,created_by_id,deleted_at",
    "movements": "attendee_id,microlocation_id,direction,occurred_at,source,verdict,reason,is_inferred",
    "amendments": "movement_id,kind,replacement_id,repair_id",
}
ADDED = {
    "orders": "sold_by_pass_id",
    "ticket_holders": "secret_rotated_at",
    "movements": "door_pass_id",
    "amendments": "door_pass_id",
}
PASSES = "abilities,microlocation_id,valid_from,valid_until,created_by_id,paired_at,revoked_at,revoked_by_id"


def upgrade() -> None:
    tables = {table: f"{columns},{ADDED[table]}" for table, columns in BEFORE.items()} | {"door_passes": PASSES}
    with op.get_context().autocommit_block():
        for table, columns in tables.items():
            op.execute(f"SELECT audit_table('{table}', '{{{columns}}}')")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SELECT audit_table_no_more('door_passes')")
        for table, columns in BEFORE.items():
            op.execute(f"SELECT audit_table('{table}', '{{{columns}}}')")
