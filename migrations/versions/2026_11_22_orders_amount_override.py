"""Orders whose amount a team member has set remember who did.

Revision ID: 5d1f0c7a9e24
Revises: d7b454315f45
Create Date: 2026-11-22 00:05:12.310274+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "5d1f0c7a9e24"
down_revision = "d7b454315f45"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("amount_override_by_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_orders_amount_override_by_id_users"), "orders", "users", ["amount_override_by_id"], ["id"]
    )
    # Not concurrently: no row has a value yet, so that the index is empty and made by one short look at the table.
    op.create_index(
        "ix_orders_amount_override_by_id",
        "orders",
        ["amount_override_by_id"],
        postgresql_where=sa.text("amount_override_by_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_column("orders", "amount_override_by_id")
