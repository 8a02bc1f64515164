"""Movements know their gate, the client's own name for them, and what the device was told; counts of who is inside.

The counts start from the movements that are there. A server of the release before this one that is still running does
not count: after the last one has stopped, ``python manage.py integrity`` says whether the counts are right.

Revision ID: 8a41f6c05d27
Revises: b25e7d40a9f3
Create Date: 2026-11-22 01:40:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "8a41f6c05d27"
down_revision = "b25e7d40a9f3"
branch_labels = None
depends_on = None

VERDICTS = "verdict IN ('accepted', 'conflict', 'replayed', 'refused', 'undone')"
FORMER_VERDICTS = "verdict IN ('accepted', 'replayed', 'refused', 'undone')"

COUNTED = """
    INSERT INTO occupancy_counts (event_id, microlocation_id, gate, slot, entries, exits)
    SELECT event_id, microlocation_id, NULL, 0,
           count(*) FILTER (WHERE direction = 'in'), count(*) FILTER (WHERE direction = 'out')
    FROM movements
    WHERE verdict = 'accepted'
    GROUP BY event_id, microlocation_id
"""


def upgrade() -> None:
    op.add_column("movements", sa.Column("gate", sa.Text(), nullable=True))
    op.add_column("movements", sa.Column("client_uuid", sa.Text(), nullable=True))
    op.add_column("movements", sa.Column("told", sa.Text(), nullable=True))
    op.add_column("movements", sa.Column("scanned", sa.Text(), nullable=True))
    op.add_column("movements", sa.Column("override_reason", sa.Text(), nullable=True))
    op.add_column("movements", sa.Column("written_in", sa.BigInteger(), nullable=True))
    op.alter_column("movements", "attendee_id", nullable=True)
    op.add_column("events", sa.Column("capacity", sa.Integer(), nullable=True))
    op.add_column("microlocations", sa.Column("capacity", sa.Integer(), nullable=True))
    op.add_column(
        "microlocations", sa.Column("is_capacity_hard", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_check_constraint(op.f("ck_microlocations_capacity_not_negative"), "microlocations", "capacity >= 0")
    _known_verdicts(VERDICTS)
    op.create_table(
        "occupancy_counts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("microlocation_id", sa.BigInteger(), nullable=True),
        sa.Column("gate", sa.Text(), nullable=True),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("exits", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_occupancy_counts_event_id_events")),
        sa.ForeignKeyConstraint(
            ["microlocation_id"],
            ["microlocations.id"],
            name=op.f("fk_occupancy_counts_microlocation_id_microlocations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occupancy_counts")),
    )
    op.create_index(
        op.f("ix_occupancy_counts_microlocation_id"), "occupancy_counts", ["microlocation_id"], unique=False
    )
    op.create_index(
        "uq_occupancy_counts_place",
        "occupancy_counts",
        ["event_id", "microlocation_id", "gate", "slot"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.execute(COUNTED)


def downgrade() -> None:
    op.drop_table("occupancy_counts")
    op.execute("UPDATE movements SET verdict = 'undone' WHERE verdict = 'conflict'")
    _known_verdicts(FORMER_VERDICTS)
    op.execute("DELETE FROM movements WHERE attendee_id IS NULL")
    op.alter_column("movements", "attendee_id", nullable=False)
    op.drop_column("movements", "written_in")
    op.drop_column("movements", "override_reason")
    op.drop_column("movements", "scanned")
    op.drop_constraint(op.f("ck_microlocations_capacity_not_negative"), "microlocations", type_="check")
    op.drop_column("microlocations", "is_capacity_hard")
    op.drop_column("microlocations", "capacity")
    op.drop_column("events", "capacity")
    op.drop_column("movements", "told")
    op.drop_column("movements", "client_uuid")
    op.drop_column("movements", "gate")


def _known_verdicts(condition: str) -> None:
    name = op.f("ck_movements_verdict_known")
    op.drop_constraint(name, "movements", type_="check")
    op.create_check_constraint(name, "movements", condition, postgresql_not_valid=True)
    op.execute(f"ALTER TABLE movements VALIDATE CONSTRAINT {name}")
