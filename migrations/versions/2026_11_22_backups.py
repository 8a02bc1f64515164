"""Which backups were made, and when.

Revision ID: b41f7ce2d906
Revises: 3d9f61a8c70e
Create Date: 2026-11-22 08:10:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "b41f7ce2d906"
down_revision = "3d9f61a8c70e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "backups",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backups")),
    )


def downgrade() -> None:
    op.drop_table("backups")
