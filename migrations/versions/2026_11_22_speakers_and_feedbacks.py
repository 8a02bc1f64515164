"""Speakers and feedbacks; sessions know who made them and carry what the web app sends.

Revision ID: 41c2b7d9a6f0
Revises: 98f758e7056e
Create Date: 2026-11-22 01:30:17.556498+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "41c2b7d9a6f0"
down_revision = "98f758e7056e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "speakers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("mobile", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("photo_url", sa.Text(), nullable=True),
        sa.Column("short_biography", sa.Text(), nullable=True),
        sa.Column("long_biography", sa.Text(), nullable=True),
        sa.Column("speaking_experience", sa.Text(), nullable=True),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("position", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("gender", sa.Text(), nullable=True),
        sa.Column("heard_from", sa.Text(), nullable=True),
        sa.Column("sponsorship_required", sa.Text(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("twitter", sa.Text(), nullable=True),
        sa.Column("facebook", sa.Text(), nullable=True),
        sa.Column("github", sa.Text(), nullable=True),
        sa.Column("linkedin", sa.Text(), nullable=True),
        sa.Column("mastodon", sa.Text(), nullable=True),
        sa.Column("instagram", sa.Text(), nullable=True),
        sa.Column("complex_field_values", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("order", sa.Integer(), server_default="0", nullable=False),
        sa.Column("is_featured", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_email_overridden", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_speakers_event_id_events")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_speakers_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_speakers")),
    )
    op.create_index(op.f("ix_speakers_event_id"), "speakers", ["event_id"], unique=False)
    op.create_index(op.f("ix_speakers_user_id"), "speakers", ["user_id"], unique=False)
    op.create_table(
        "feedbacks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("rating", sa.Float(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("rating BETWEEN 0 AND 5", name=op.f("ck_feedbacks_rating_in_range")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_feedbacks_event_id_events")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_feedbacks_session_id_sessions")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_feedbacks_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedbacks")),
        sa.UniqueConstraint("user_id", "session_id", name=op.f("uq_feedbacks_user_id_session_id")),
    )
    op.create_index(op.f("ix_feedbacks_event_id"), "feedbacks", ["event_id"], unique=False)
    op.create_index(op.f("ix_feedbacks_session_id"), "feedbacks", ["session_id"], unique=False)
    op.create_index(
        "uq_feedbacks_user_id_event_id_itself",
        "feedbacks",
        ["user_id", "event_id"],
        unique=True,
        postgresql_where=sa.text("session_id IS NULL"),
    )
    op.create_table(
        "sessions_speakers",
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("speaker_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_sessions_speakers_session_id_sessions")),
        sa.ForeignKeyConstraint(["speaker_id"], ["speakers.id"], name=op.f("fk_sessions_speakers_speaker_id_speakers")),
        sa.PrimaryKeyConstraint("session_id", "speaker_id", name=op.f("pk_sessions_speakers")),
    )
    op.create_index(op.f("ix_sessions_speakers_speaker_id"), "sessions_speakers", ["speaker_id"], unique=False)
    op.add_column("sessions", sa.Column("creator_id", sa.BigInteger(), nullable=True))
    op.add_column("sessions", sa.Column("slides", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("sessions", sa.Column("website", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("facebook", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("github", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("gitlab", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("instagram", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("linkedin", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("mastodon", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("twitter", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("complex_field_values", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("sessions", sa.Column("last_modified_at", sa.DateTime(timezone=True), nullable=True))
    # Not concurrently: no row has a value yet; a programme is a small table anyway.
    op.create_index(op.f("ix_sessions_creator_id"), "sessions", ["creator_id"], unique=False)
    op.create_foreign_key(op.f("fk_sessions_creator_id_users"), "sessions", "users", ["creator_id"], ["id"])


def downgrade() -> None:
    op.drop_constraint(op.f("fk_sessions_creator_id_users"), "sessions", type_="foreignkey")
    op.drop_index(op.f("ix_sessions_creator_id"), table_name="sessions")
    op.drop_column("sessions", "last_modified_at")
    op.drop_column("sessions", "complex_field_values")
    op.drop_column("sessions", "twitter")
    op.drop_column("sessions", "mastodon")
    op.drop_column("sessions", "linkedin")
    op.drop_column("sessions", "instagram")
    op.drop_column("sessions", "gitlab")
    op.drop_column("sessions", "github")
    op.drop_column("sessions", "facebook")
    op.drop_column("sessions", "website")
    op.drop_column("sessions", "slides")
    op.drop_column("sessions", "creator_id")
    op.drop_index(op.f("ix_sessions_speakers_speaker_id"), table_name="sessions_speakers")
    op.drop_table("sessions_speakers")
    op.drop_index(
        "uq_feedbacks_user_id_event_id_itself", table_name="feedbacks", postgresql_where=sa.text("session_id IS NULL")
    )
    op.drop_index(op.f("ix_feedbacks_session_id"), table_name="feedbacks")
    op.drop_index(op.f("ix_feedbacks_event_id"), table_name="feedbacks")
    op.drop_table("feedbacks")
    op.drop_index(op.f("ix_speakers_user_id"), table_name="speakers")
    op.drop_index(op.f("ix_speakers_event_id"), table_name="speakers")
    op.drop_table("speakers")
