"""Events know when their doors close.

Revision ID: 3c9e07b5a1d8
Revises: 4e7d1b9a63c8
Create Date: 2026-11-22 04:40:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "3c9e07b5a1d8"
down_revision = "4e7d1b9a63c8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("closing_time", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_events_closing_time_is_one"), "events", "closing_time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'"
    )
    op.create_index("ix_events_ends_at", "events", ["ends_at"])  # of events there are few


def downgrade() -> None:
    op.drop_index("ix_events_ends_at", "events")
    op.drop_constraint(op.f("ck_events_closing_time_is_one"), "events", type_="check")
    op.drop_column("events", "closing_time")
