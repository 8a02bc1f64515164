"""Badge forms: what is printed on guests' badges.

Revision ID: 8a41c6f27d90
Revises: e368ef17ab70
Create Date: 2026-11-22 01:40:31.518220+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "8a41c6f27d90"
down_revision = "e368ef17ab70"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "badge_forms",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("badge_id", sa.Text(), nullable=False),
        sa.Column("badge_size", sa.Text(), nullable=True),
        sa.Column("badge_color", sa.Text(), nullable=True),
        sa.Column("badge_image_url", sa.Text(), nullable=True),
        sa.Column("badge_orientation", sa.Text(), nullable=True),
        sa.Column("badge_fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_badge_forms_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badge_forms")),
    )
    op.create_index(op.f("ix_badge_forms_event_id"), "badge_forms", ["event_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_badge_forms_event_id"), table_name="badge_forms")
    op.drop_table("badge_forms")
