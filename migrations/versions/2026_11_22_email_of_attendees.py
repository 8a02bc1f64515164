"""Attendees are found by their e-mail address: the guests of an account.

Revision ID: 8c41d2f7b6a3
Revises: 5d1f0c7a9e24
Create Date: 2026-11-22 01:32:10.118402+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "8c41d2f7b6a3"
down_revision = "5d1f0c7a9e24"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # What an interrupted run has left is invalid: it has the name, and is never used.
        op.drop_index(
            "ix_ticket_holders_email", table_name="ticket_holders", postgresql_concurrently=True, if_exists=True
        )
        op.create_index(
            "ix_ticket_holders_email",
            "ticket_holders",
            [sa.text("lower(email)")],
            postgresql_where=sa.text("email IS NOT NULL"),
            postgresql_concurrently=True,
        )
    # Of a partial index PostgreSQL keeps no statistics that help; without any it takes every address for a common one.
    op.execute("CREATE STATISTICS IF NOT EXISTS st_ticket_holders_email ON lower(email) FROM ticket_holders")
    op.execute("ANALYZE ticket_holders")


def downgrade() -> None:
    op.execute("DROP STATISTICS IF EXISTS st_ticket_holders_email")
    with op.get_context().autocommit_block():
        op.drop_index("ix_ticket_holders_email", table_name="ticket_holders", postgresql_concurrently=True)
