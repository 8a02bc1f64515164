"""Role invites get their tokens when their letters leave.

Revision ID: b25e7d40a9f3
Revises: 6f0d92b7c1e5
Create Date: 2026-11-22 02:50:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "b25e7d40a9f3"
down_revision = "6f0d92b7c1e5"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mails", sa.Column("role_invite_id", sa.BigInteger(), nullable=True))
    op.alter_column("role_invites", "token_hash", existing_type=sa.Text(), nullable=True)
    op.alter_column("role_invites", "sent_at", existing_type=sa.DateTime(timezone=True), nullable=True)


def downgrade() -> None:
    # Invites whose letters have not left: their tokens are nobody's, so that they can only be sent again; and the
    # previous release would send the letters without a link that works.
    op.execute(
        "UPDATE role_invites"
        " SET token_hash = coalesce(token_hash, 'none ' || id), sent_at = coalesce(sent_at, created_at)"
        " WHERE token_hash IS NULL OR sent_at IS NULL"
    )
    op.execute("DELETE FROM mails WHERE role_invite_id IS NOT NULL")
    op.alter_column("role_invites", "sent_at", existing_type=sa.DateTime(timezone=True), nullable=False)
    op.alter_column("role_invites", "token_hash", existing_type=sa.Text(), nullable=False)
    op.drop_column("mails", "role_invite_id")
