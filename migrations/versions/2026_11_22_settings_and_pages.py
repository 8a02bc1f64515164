"""Settings, one row that is there from the start, and pages of the server.

Revision ID: 98f758e7056e
Revises: 41f6b8d2c3a9
Create Date: 2026-11-22 01:30:17.556498+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "98f758e7056e"
down_revision = "41f6b8d2c3a9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("index", sa.Integer(), server_default="0", nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.CheckConstraint("place IN ('footer', 'event')", name=op.f("ck_pages_place_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pages")),
    )
    op.create_table(
        "settings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("app_name", sa.Text(), server_default="Open Event", nullable=False),
        sa.Column("tagline", sa.Text(), nullable=True),
        sa.Column("cookie_policy", sa.Text(), nullable=True),
        sa.Column("cookie_policy_link", sa.Text(), nullable=True),
        sa.Column("android_app_url", sa.Text(), nullable=True),
        sa.Column("web_app_url", sa.Text(), nullable=True),
        sa.Column("support_url", sa.Text(), nullable=True),
        sa.Column("facebook_url", sa.Text(), nullable=True),
        sa.Column("github_url", sa.Text(), nullable=True),
        sa.Column("gitter_url", sa.Text(), nullable=True),
        sa.Column("google_url", sa.Text(), nullable=True),
        sa.Column("instagram_url", sa.Text(), nullable=True),
        sa.Column("patreon_url", sa.Text(), nullable=True),
        sa.Column("telegram_url", sa.Text(), nullable=True),
        sa.Column("twitter_url", sa.Text(), nullable=True),
        sa.Column("weblate_url", sa.Text(), nullable=True),
        sa.Column("youtube_url", sa.Text(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_settings_the_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settings")),
    )
    op.execute("INSERT INTO settings (id) VALUES (1)")


def downgrade() -> None:
    op.drop_table("settings")
    op.drop_table("pages")
