"""Stations, what they have scanned, heads counted by hand; a movement may be about a room.

Rows of ``movements`` that are there already are about the venue: they get no microlocation. The release before this one
takes every row for one about the venue, so that the way back removes those about rooms.

Revision ID: d7b454315f45
Revises: f4bc25161a96
Create Date: 2026-11-21 23:42:12.750867+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "d7b454315f45"
down_revision = "f4bc25161a96"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("microlocation_id", sa.BigInteger(), nullable=True),
        sa.Column("station_name", sa.Text(), nullable=False),
        sa.Column("station_type", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "station_type IN ('registration', 'daily') OR microlocation_id IS NOT NULL",
            name=op.f("ck_stations_a_door_has_its_room"),
        ),
        sa.CheckConstraint(
            "station_type IN ('registration', 'daily', 'check in', 'check out')",
            name=op.f("ck_stations_station_type_known"),
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_stations_event_id_events")),
        sa.ForeignKeyConstraint(
            ["microlocation_id"], ["microlocations.id"], name=op.f("fk_stations_microlocation_id_microlocations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stations")),
    )
    op.create_index(op.f("ix_stations_event_id"), "stations", ["event_id"], unique=False)
    op.create_index(op.f("ix_stations_microlocation_id"), "stations", ["microlocation_id"], unique=False)
    op.create_table(
        "station_store_paxs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("station_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("current_pax", sa.Integer(), nullable=False),
        sa.Column("modified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("current_pax >= 0", name=op.f("ck_station_store_paxs_current_pax_not_negative")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_station_store_paxs_event_id_events")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_station_store_paxs_session_id_sessions")
        ),
        sa.ForeignKeyConstraint(
            ["station_id"], ["stations.id"], name=op.f("fk_station_store_paxs_station_id_stations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station_store_paxs")),
    )
    op.create_index(op.f("ix_station_store_paxs_event_id"), "station_store_paxs", ["event_id"], unique=False)
    op.create_index(op.f("ix_station_store_paxs_session_id"), "station_store_paxs", ["session_id"], unique=False)
    op.create_index(op.f("ix_station_store_paxs_station_id"), "station_store_paxs", ["station_id"], unique=False)
    op.create_table(
        "user_check_ins",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("station_id", sa.BigInteger(), nullable=False),
        sa.Column("station_type", sa.Text(), nullable=False),
        sa.Column("ticket_holder_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=True),
        sa.Column("movement_id", sa.BigInteger(), nullable=True),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "station_type IN ('registration', 'daily', 'check in', 'check out')",
            name=op.f("ck_user_check_ins_station_type_known"),
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_user_check_ins_event_id_events")),
        sa.ForeignKeyConstraint(
            ["movement_id"], ["movements.id"], name=op.f("fk_user_check_ins_movement_id_movements")
        ),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_user_check_ins_recorded_by_id_users")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_user_check_ins_session_id_sessions")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_user_check_ins_station_id_stations")),
        sa.ForeignKeyConstraint(
            ["ticket_holder_id"], ["ticket_holders.id"], name=op.f("fk_user_check_ins_ticket_holder_id_ticket_holders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_check_ins")),
    )
    op.create_index("ix_user_check_ins_event_id_created_at", "user_check_ins", ["event_id", "created_at"], unique=False)
    op.create_index(
        "ix_user_check_ins_movement_id",
        "user_check_ins",
        ["movement_id"],
        unique=False,
        postgresql_where=sa.text("movement_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_user_check_ins_recorded_by_id"), "user_check_ins", ["recorded_by_id"], unique=False)
    op.create_index(op.f("ix_user_check_ins_session_id"), "user_check_ins", ["session_id"], unique=False)
    op.create_index(op.f("ix_user_check_ins_station_id"), "user_check_ins", ["station_id"], unique=False)
    op.create_index(op.f("ix_user_check_ins_ticket_holder_id"), "user_check_ins", ["ticket_holder_id"], unique=False)
    # Quick although the table may be large: the column is empty, so there is nothing to check and nothing to index.
    op.add_column("movements", sa.Column("microlocation_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_movements_microlocation_id",
        "movements",
        ["microlocation_id"],
        unique=False,
        postgresql_where=sa.text("microlocation_id IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("fk_movements_microlocation_id_microlocations"),
        "movements",
        "microlocations",
        ["microlocation_id"],
        ["id"],
    )


def downgrade() -> None:
    op.execute("UPDATE user_check_ins SET movement_id = NULL")
    op.execute("DELETE FROM movements WHERE microlocation_id IS NOT NULL")
    op.drop_constraint(op.f("fk_movements_microlocation_id_microlocations"), "movements", type_="foreignkey")
    op.drop_index(
        "ix_movements_microlocation_id",
        table_name="movements",
        postgresql_where=sa.text("microlocation_id IS NOT NULL"),
    )
    op.drop_column("movements", "microlocation_id")
    op.drop_index(op.f("ix_user_check_ins_ticket_holder_id"), table_name="user_check_ins")
    op.drop_index(op.f("ix_user_check_ins_station_id"), table_name="user_check_ins")
    op.drop_index(op.f("ix_user_check_ins_session_id"), table_name="user_check_ins")
    op.drop_index(op.f("ix_user_check_ins_recorded_by_id"), table_name="user_check_ins")
    op.drop_index(
        "ix_user_check_ins_movement_id",
        table_name="user_check_ins",
        postgresql_where=sa.text("movement_id IS NOT NULL"),
    )
    op.drop_index("ix_user_check_ins_event_id_created_at", table_name="user_check_ins")
    op.drop_table("user_check_ins")
    op.drop_index(op.f("ix_station_store_paxs_station_id"), table_name="station_store_paxs")
    op.drop_index(op.f("ix_station_store_paxs_session_id"), table_name="station_store_paxs")
    op.drop_index(op.f("ix_station_store_paxs_event_id"), table_name="station_store_paxs")
    op.drop_table("station_store_paxs")
    op.drop_index(op.f("ix_stations_microlocation_id"), table_name="stations")
    op.drop_index(op.f("ix_stations_event_id"), table_name="stations")
    op.drop_table("stations")
