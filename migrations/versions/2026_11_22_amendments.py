"""Amendments of movements, and repairs of many at once.

Revision ID: 4e7d1b9a63c8
Revises: c4d17e93ab60
Create Date: 2026-11-22 04:50:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "4e7d1b9a63c8"
down_revision = "c4d17e93ab60"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "repairs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("movement_count", sa.Integer(), nullable=False),
        sa.Column("attendee_count", sa.Integer(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.BigInteger(), nullable=True),
        sa.Column("undo_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_repairs_direction_known")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_repairs_author_id_users")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_repairs_event_id_events")),
        sa.ForeignKeyConstraint(["undone_by_id"], ["users.id"], name=op.f("fk_repairs_undone_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repairs")),
    )
    for column in ("author_id", "event_id", "undone_by_id"):
        op.create_index(op.f(f"ix_repairs_{column}"), "repairs", [column], unique=False)
    op.create_table(
        "amendments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("movement_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("replacement_id", sa.BigInteger(), nullable=True),
        sa.Column("repair_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('undo', 'correct', 'repair', 'restore')", name=op.f("ck_amendments_kind_known")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_amendments_author_id_users")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_amendments_event_id_events")),
        sa.ForeignKeyConstraint(["movement_id"], ["movements.id"], name=op.f("fk_amendments_movement_id_movements")),
        sa.ForeignKeyConstraint(["repair_id"], ["repairs.id"], name=op.f("fk_amendments_repair_id_repairs")),
        sa.ForeignKeyConstraint(
            ["replacement_id"], ["movements.id"], name=op.f("fk_amendments_replacement_id_movements")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendments")),
    )
    op.create_index(op.f("ix_amendments_author_id"), "amendments", ["author_id"], unique=False)
    op.create_index(op.f("ix_amendments_movement_id"), "amendments", ["movement_id"], unique=False)
    op.create_index("ix_amendments_event_id_id", "amendments", ["event_id", "id"], unique=False)
    for column in ("replacement_id", "repair_id"):
        op.create_index(
            f"ix_amendments_{column}",
            "amendments",
            [column],
            unique=False,
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )


def downgrade() -> None:
    op.drop_table("amendments")
    op.drop_table("repairs")
