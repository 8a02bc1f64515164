"""Role invites.

Revision ID: 41f6b8d2c3a9
Revises: e07a53bb41d6
Create Date: 2026-11-22 01:44:52.019735+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "41f6b8d2c3a9"
down_revision = "e07a53bb41d6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "role_invites",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('pending', 'accepted', 'declined')", name=op.f("ck_role_invites_status_known")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_role_invites_event_id_events")),
        sa.ForeignKeyConstraint(["role_id"], ["roles.id"], name=op.f("fk_role_invites_role_id_roles")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_invites")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_role_invites_token_hash")),
    )
    op.create_index(op.f("ix_role_invites_event_id"), "role_invites", ["event_id"], unique=False)
    op.create_index(op.f("ix_role_invites_role_id"), "role_invites", ["role_id"], unique=False)
    op.create_index(
        "uq_role_invites_pending",
        "role_invites",
        ["event_id", sa.text("lower(email)"), "role_id"],
        unique=True,
        postgresql_where=sa.text("status = 'pending'"),
    )


def downgrade() -> None:
    op.drop_table("role_invites")
