"""Check-in conflicts: what supervisors decide about scans that contradict each other.

No rows are made for movements that are there: the verdict `conflict` came with the migration right before this one, and
the next scan of a guest who has one makes its row. ``python manage.py integrity`` names such guests.

Revision ID: c4d17e93ab60
Revises: 4e0b7d92c6a8
Create Date: 2026-11-22 04:45:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "c4d17e93ab60"
down_revision = "4e0b7d92c6a8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "check_in_conflicts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("attendee_id", sa.BigInteger(), nullable=False),
        sa.Column("first_id", sa.BigInteger(), nullable=True),
        sa.Column("second_id", sa.BigInteger(), nullable=False),
        sa.Column("seconds_apart", sa.BigInteger(), nullable=True),
        sa.Column("suggestion", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.Column("resolution_reason", sa.Text(), nullable=True),
        sa.Column("resolved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'resolved', 'withdrawn')", name=op.f("ck_check_in_conflicts_state_known")
        ),
        sa.CheckConstraint(
            "suggestion IN ('double-read', 'shared-ticket', 'lost-exit', 'lost-entry')",
            name=op.f("ck_check_in_conflicts_suggestion_known"),
        ),
        sa.CheckConstraint(
            "resolution IN ('double-read', 'shared-ticket', 'lost-exit', 'lost-entry', 'dismissed')",
            name=op.f("ck_check_in_conflicts_resolution_known"),
        ),
        sa.CheckConstraint(
            "state <> 'resolved' OR (resolution IS NOT NULL AND resolution_reason IS NOT NULL"
            " AND resolved_at IS NOT NULL)",
            name=op.f("ck_check_in_conflicts_resolved_says_why"),
        ),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL)",
            name=op.f("ck_check_in_conflicts_withdrawn_says_when"),
        ),
        *(
            sa.ForeignKeyConstraint([column], [there], name=op.f(f"fk_check_in_conflicts_{column}_{there[:-3]}"))
            for column, there in (
                ("event_id", "events.id"),
                ("attendee_id", "ticket_holders.id"),
                ("first_id", "movements.id"),
                ("second_id", "movements.id"),
                ("resolved_by_id", "users.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in_conflicts")),
    )
    op.create_index("ix_check_in_conflicts_event_id_state", "check_in_conflicts", ["event_id", "state"], unique=False)
    op.create_index("uq_check_in_conflicts_second_id", "check_in_conflicts", ["second_id"], unique=True)
    for column in ("attendee_id", "first_id", "resolved_by_id"):
        op.create_index(op.f(f"ix_check_in_conflicts_{column}"), "check_in_conflicts", [column], unique=False)


def downgrade() -> None:
    op.drop_table("check_in_conflicts")
