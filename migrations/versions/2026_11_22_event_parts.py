"""What is simply stored under an event (sponsors, social links, session types, …), and types and topics of events.

A few types and topics come with the tables, so that the web app's form for a new event has something to offer; staff
change them. All new columns are empty, so there is nothing to check and nothing to index.

Revision ID: e368ef17ab70
Revises: 41c2b7d9a6f0
Create Date: 2026-11-22 01:31:11.156573+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "e368ef17ab70"
down_revision = "41c2b7d9a6f0"
branch_labels = None
depends_on = None

TYPES = (
    "Conference",
    "Meetup",
    "Workshop",
    "Concert",
    "Festival",
    "Exhibition",
    "Party",
    "Competition",
    "Tour",
    "Other",
)
TOPICS = (
    "Music", "Science and technology", "Business", "Arts", "Film and media", "Food and drink", "Health", "Sports",
    "Community", "Family and education", "Travel", "Other",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "event_topics",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("system_image_url", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_topics")),
    )
    op.create_table(
        "event_types",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_types")),
    )
    op.create_table(
        "event_sub_topics",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_topic_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_topic_id"], ["event_topics.id"], name=op.f("fk_event_sub_topics_event_topic_id_event_topics")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_sub_topics")),
    )
    op.create_index(op.f("ix_event_sub_topics_event_topic_id"), "event_sub_topics", ["event_topic_id"], unique=False)
    op.create_table(
        "event_copyrights",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("holder_url", sa.Text(), nullable=True),
        sa.Column("licence", sa.Text(), nullable=True),
        sa.Column("licence_url", sa.Text(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("logo_url", sa.Text(), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_event_copyrights_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_copyrights")),
    )
    op.create_index(op.f("ix_event_copyrights_event_id"), "event_copyrights", ["event_id"], unique=False)
    op.create_index(
        "uq_event_copyrights_event_id_living",
        "event_copyrights",
        ["event_id"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "faqs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_faqs_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faqs")),
    )
    op.create_index(op.f("ix_faqs_event_id"), "faqs", ["event_id"], unique=False)
    op.create_table(
        "session_types",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("length", sa.Text(), server_default="00:30", nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length ~ '^[0-9]{2}:[0-5][0-9]$'", name=op.f("ck_session_types_length_is_a_time")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_session_types_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_types")),
    )
    op.create_index(op.f("ix_session_types_event_id"), "session_types", ["event_id"], unique=False)
    op.create_table(
        "social_links",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_social_links_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_social_links")),
    )
    op.create_index(op.f("ix_social_links_event_id"), "social_links", ["event_id"], unique=False)
    op.create_table(
        "speakers_calls",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("announcement", sa.Text(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("soft_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hash", sa.Text(), nullable=True),
        sa.Column("privacy", sa.Text(), server_default="public", nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("privacy IN ('public', 'private')", name=op.f("ck_speakers_calls_privacy_known")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_speakers_calls_starts_before_it_ends")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_speakers_calls_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_speakers_calls")),
    )
    op.create_index(op.f("ix_speakers_calls_event_id"), "speakers_calls", ["event_id"], unique=False)
    op.create_index(
        "uq_speakers_calls_event_id_living",
        "speakers_calls",
        ["event_id"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "sponsors",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("logo_url", sa.Text(), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_sponsors_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sponsors")),
    )
    op.create_index(op.f("ix_sponsors_event_id"), "sponsors", ["event_id"], unique=False)
    op.add_column("events", sa.Column("event_type_id", sa.BigInteger(), nullable=True))
    op.add_column("events", sa.Column("event_topic_id", sa.BigInteger(), nullable=True))
    op.add_column("events", sa.Column("event_sub_topic_id", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_events_event_sub_topic_id"), "events", ["event_sub_topic_id"], unique=False)
    op.create_index(op.f("ix_events_event_topic_id"), "events", ["event_topic_id"], unique=False)
    op.create_index(op.f("ix_events_event_type_id"), "events", ["event_type_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_events_event_sub_topic_id_event_sub_topics"),
        "events",
        "event_sub_topics",
        ["event_sub_topic_id"],
        ["id"],
    )
    op.create_foreign_key(
        op.f("fk_events_event_type_id_event_types"), "events", "event_types", ["event_type_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_events_event_topic_id_event_topics"), "events", "event_topics", ["event_topic_id"], ["id"]
    )
    op.add_column("sessions", sa.Column("session_type_id", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_sessions_session_type_id"), "sessions", ["session_type_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_sessions_session_type_id_session_types"), "sessions", "session_types", ["session_type_id"], ["id"]
    )
    for table, names in (("event_types", TYPES), ("event_topics", TOPICS)):
        op.bulk_insert(sa.table(table, sa.column("name")), [{"name": name} for name in names])


def downgrade() -> None:
    op.drop_constraint(op.f("fk_sessions_session_type_id_session_types"), "sessions", type_="foreignkey")
    op.drop_index(op.f("ix_sessions_session_type_id"), table_name="sessions")
    op.drop_column("sessions", "session_type_id")
    op.drop_constraint(op.f("fk_events_event_topic_id_event_topics"), "events", type_="foreignkey")
    op.drop_constraint(op.f("fk_events_event_type_id_event_types"), "events", type_="foreignkey")
    op.drop_constraint(op.f("fk_events_event_sub_topic_id_event_sub_topics"), "events", type_="foreignkey")
    op.drop_index(op.f("ix_events_event_type_id"), table_name="events")
    op.drop_index(op.f("ix_events_event_topic_id"), table_name="events")
    op.drop_index(op.f("ix_events_event_sub_topic_id"), table_name="events")
    op.drop_column("events", "event_sub_topic_id")
    op.drop_column("events", "event_topic_id")
    op.drop_column("events", "event_type_id")
    op.drop_index(op.f("ix_sponsors_event_id"), table_name="sponsors")
    op.drop_table("sponsors")
    op.drop_index(
        "uq_speakers_calls_event_id_living", table_name="speakers_calls", postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.drop_index(op.f("ix_speakers_calls_event_id"), table_name="speakers_calls")
    op.drop_table("speakers_calls")
    op.drop_index(op.f("ix_social_links_event_id"), table_name="social_links")
    op.drop_table("social_links")
    op.drop_index(op.f("ix_session_types_event_id"), table_name="session_types")
    op.drop_table("session_types")
    op.drop_index(op.f("ix_faqs_event_id"), table_name="faqs")
    op.drop_table("faqs")
    op.drop_index(
        "uq_event_copyrights_event_id_living",
        table_name="event_copyrights",
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.drop_index(op.f("ix_event_copyrights_event_id"), table_name="event_copyrights")
    op.drop_table("event_copyrights")
    op.drop_index(op.f("ix_event_sub_topics_event_topic_id"), table_name="event_sub_topics")
    op.drop_table("event_sub_topics")
    op.drop_table("event_types")
    op.drop_table("event_topics")
