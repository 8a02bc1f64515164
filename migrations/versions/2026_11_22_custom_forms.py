"""Custom forms: the fields that an event asks for.

Revision ID: 8c41e2d90b7f
Revises: 3b9c1e7d5a42
Create Date: 2026-11-22 01:30:41.507113+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "8c41e2d90b7f"
down_revision = "3b9c1e7d5a42"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "custom_forms",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("form_id", sa.Text(), nullable=True),
        sa.Column("field_identifier", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), server_default="text", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("main_language", sa.Text(), nullable=True),
        sa.Column("translations", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("is_required", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_included", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_fixed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_complex", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_public", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_allow_edit", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("min", sa.Integer(), server_default="0", nullable=True),
        sa.Column("max", sa.Integer(), server_default="10", nullable=True),
        sa.CheckConstraint("form IN ('attendee', 'session', 'speaker')", name=op.f("ck_custom_forms_form_known")),
        sa.CheckConstraint(
            "type IN ('text', 'checkbox', 'select', 'file', 'image', 'email', 'number', 'paragraph', 'richtextlink', "
            "'boolean', 'year')",
            name=op.f("ck_custom_forms_type_known"),
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_custom_forms_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_forms")),
    )
    op.create_index(op.f("ix_custom_forms_event_id"), "custom_forms", ["event_id"], unique=False)
    op.create_index(
        "uq_custom_forms_field_of_default_form",
        "custom_forms",
        ["event_id", "form", "field_identifier"],
        unique=True,
        postgresql_where=sa.text("form_id IS NULL"),
    )
    op.create_index(
        "uq_custom_forms_field_of_form",
        "custom_forms",
        ["event_id", "form", "form_id", "field_identifier"],
        unique=True,
        postgresql_where=sa.text("form_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("custom_forms")
