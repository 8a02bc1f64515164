"""Door passes, and who has scanned, sold and amended with one.

Each step may run again, since the ones before are committed when indexes are made beside a running server.

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
        if_not_exists=True,
    )
    for column in ("event_id", "microlocation_id", "created_by_id", "revoked_by_id"):
        op.create_index(op.f(f"ix_door_passes_{column}"), "door_passes", [column], if_not_exists=True)
    with op.get_context().autocommit_block():
        for table, column in WITH_A_PASS:
            op.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {column} bigint")
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS fk_{table}_{column}_door_passes")
            op.execute(
                f"ALTER TABLE {table} ADD CONSTRAINT fk_{table}_{column}_door_passes "
                f"FOREIGN KEY ({column}) REFERENCES door_passes NOT VALID"
            )
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT fk_{table}_{column}_door_passes")
            # What an interrupted run has left is invalid: it has the name, and is never used.
            index = f"ix_{table}_{column}"
            op.drop_index(index, table_name=table, postgresql_concurrently=True, if_exists=True)
            given = sa.text(f"{column} IS NOT NULL")
            op.create_index(index, table, [column], postgresql_where=given, postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for table, column in reversed(WITH_A_PASS):
            op.execute(f"ALTER TABLE {table} DROP COLUMN IF EXISTS {column}")
    op.drop_table("door_passes", if_exists=True)
