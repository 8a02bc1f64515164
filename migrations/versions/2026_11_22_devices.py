"""Devices tell of their clocks; a scan whose time cannot be right is held.

Revision ID: 4e0b7d92c6a8
Revises: 8a41f6c05d27
Create Date: 2026-11-22 05:00:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "4e0b7d92c6a8"
down_revision = "8a41f6c05d27"
branch_labels = None
depends_on = None

VERDICTS = "verdict IN ('accepted', 'conflict', 'replayed', 'refused', 'held', 'undone')"
FORMER_VERDICTS = "verdict IN ('accepted', 'conflict', 'replayed', 'refused', 'undone')"


def upgrade() -> None:
    op.create_table(
        "devices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last_contact_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("skew_ms", sa.BigInteger(), nullable=False),
        sa.Column("skew_change_ms", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("backlog", sa.Integer(), nullable=True),
        sa.Column("backlog_seconds", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_devices_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("event_id", "name", name=op.f("uq_devices_event_id_name")),
    )
    op.add_column("movements", sa.Column("told_reason", sa.Text(), nullable=True))
    op.execute("UPDATE movements SET told_reason = reason WHERE told = verdict AND reason IS NOT NULL")
    op.add_column("movements", sa.Column("uncertainty_ms", sa.BigInteger(), nullable=True))
    _known_verdicts(VERDICTS)


def downgrade() -> None:
    op.execute("UPDATE movements SET verdict = 'refused' WHERE verdict = 'held'")
    _known_verdicts(FORMER_VERDICTS)
    op.drop_column("movements", "uncertainty_ms")
    op.drop_column("movements", "told_reason")
    op.drop_table("devices")


def _known_verdicts(condition: str) -> None:
    name = op.f("ck_movements_verdict_known")
    op.drop_constraint(name, "movements", type_="check")
    op.create_check_constraint(name, "movements", condition, postgresql_not_valid=True)
    op.execute(f"ALTER TABLE movements VALIDATE CONSTRAINT {name}")
