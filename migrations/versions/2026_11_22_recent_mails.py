"""Which kinds of mail an address was sent a moment ago.

Revision ID: 6f0d92b7c1e5
Revises: 8a41c6f27d90
Create Date: 2026-11-22 02:45:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "6f0d92b7c1e5"
down_revision = "8a41c6f27d90"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recent_mails",
        sa.Column("recipient_hash", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("recipient_hash", "kind", name=op.f("pk_recent_mails")),
    )


def downgrade() -> None:
    op.drop_table("recent_mails")
