"""Door passes, and who has scanned, sold and amended with one.

Revision ID: 7b2c94e1d058
Revises: 6b1fd0c2e947
Create Date: 2026-11-22 07:50:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "7b2c94e1d058"
down_revision = "6b1fd0c2e947"
branch_labels = None
depends_on = None

WITH_A_PASS = (
    ("movements", "door_pass_id"),
    ("amendments", "door_pass_id"),
    ("orders", "sold_by_pass_id"),
)
"""Tables and columns that name a pass."""


def upgrade() -> None:
    op.create_table(
        "door_passes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("microlocation_id", sa.BigInteger(), nullable=True),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("abilities", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("gate", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("pairing_hash", sa.Text(), nullable=True),
        sa.Column("pairing_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token_hash", sa.Text(), nullable=True),
        sa.Column("paired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paired_device", sa.Text(), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "abilities <@ ARRAY['scan', 'search', 'sell'] AND cardinality(abilities) > 0",
            name=op.f("ck_door_passes_abilities_known"),
        ),
        sa.CheckConstraint("valid_from < valid_until", name=op.f("ck_door_passes_valid_from_before_until")),
        sa.CheckConstraint(
            "(pairing_hash IS NULL) = (pairing_until IS NULL)", name=op.f("ck_door_passes_pairing_ends")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_door_passes_event_id_events")),
        sa.ForeignKeyConstraint(
            ["microlocation_id"], ["microlocations.id"], name=op.f("fk_door_passes_microlocation_id_microlocations")
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("fk_door_passes_created_by_id_users")),
        sa.ForeignKeyConstraint(["revoked_by_id"], ["users.id"], name=op.f("fk_door_passes_revoked_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door_passes")),
        sa.UniqueConstraint("pairing_hash", name=op.f("uq_door_passes_pairing_hash")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_door_passes_token_hash")),
    )
    for column in ("event_id", "microlocation_id", "created_by_id", "revoked_by_id"):
        op.create_index(op.f(f"ix_door_passes_{column}"), "door_passes", [column], unique=False)
    for table, column in WITH_A_PASS:
        op.add_column(table, sa.Column(column, sa.BigInteger(), nullable=True))
        op.create_foreign_key(op.f(f"fk_{table}_{column}_door_passes"), table, "door_passes", [column], ["id"])
        # Not concurrently: no row has a value yet, so that the index is empty and made by one short look at the table.
        op.create_index(f"ix_{table}_{column}", table, [column], postgresql_where=sa.text(f"{column} IS NOT NULL"))


def downgrade() -> None:
    for table, column in reversed(WITH_A_PASS):
        op.drop_column(table, column)
    op.drop_table("door_passes")
