"""Tags: coloured marks of attendees, which the web app sorts its list by.

Revision ID: f4bc25161a96
Revises: c8bf002783c9
Create Date: 2026-11-21 23:50:14.878485+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "f4bc25161a96"
down_revision = "c8bf002783c9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tags",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("color", sa.Text(), nullable=True),
        sa.Column("is_read_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_tags_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tags")),
    )
    op.create_index(op.f("ix_tags_event_id"), "tags", ["event_id"], unique=False)
    op.add_column("ticket_holders", sa.Column("tag_id", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_ticket_holders_tag_id"), "ticket_holders", ["tag_id"], unique=False)
    op.create_foreign_key(op.f("fk_ticket_holders_tag_id_tags"), "ticket_holders", "tags", ["tag_id"], ["id"])


def downgrade() -> None:
    op.drop_constraint(op.f("fk_ticket_holders_tag_id_tags"), "ticket_holders", type_="foreignkey")
    op.drop_index(op.f("ix_ticket_holders_tag_id"), table_name="ticket_holders")
    op.drop_column("ticket_holders", "tag_id")
    op.drop_index(op.f("ix_tags_event_id"), table_name="tags")
    op.drop_table("tags")
