"""Log-ins: attempts that are counted, places that are known, and tokens that end before they expire.

A trigger counts the account's epoch on with a new password and when it is blocked, so that neither the release before
this one nor a person's SQL leaves old tokens good.

Revision ID: e4b7d20c95f3
Revises: b41f7ce2d906
Create Date: 2026-11-22 08:00:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "e4b7d20c95f3"
down_revision = "b41f7ce2d906"
branch_labels = None
depends_on = None

END_TOKENS = """
    CREATE FUNCTION end_tokens() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.token_epoch := OLD.token_epoch + 1;
        RETURN NEW;
    END $$;

    CREATE TRIGGER end_tokens
    BEFORE UPDATE OF password_hash, is_blocked ON users
    FOR EACH ROW
    WHEN (OLD.password_hash IS DISTINCT FROM NEW.password_hash OR (NEW.is_blocked AND NOT OLD.is_blocked))
    EXECUTE FUNCTION end_tokens();
"""


def upgrade() -> None:
    op.create_table(
        "login_attempts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("was_known", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("was_right", sa.Boolean(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_attempts")),
    )
    op.create_index("ix_login_attempts_account_made_at", "login_attempts", ["account", "made_at"])
    op.create_index("ix_login_attempts_made_at", "login_attempts", ["made_at"])
    op.create_table(
        "login_origins",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("origin", name=op.f("pk_login_origins")),
    )
    op.create_table(
        "ended_logins",
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("login", name=op.f("pk_ended_logins")),
    )
    op.add_column("users", sa.Column("token_epoch", sa.Integer(), server_default="0", nullable=False))
    op.execute(END_TOKENS)


def downgrade() -> None:
    op.execute("DROP TRIGGER IF EXISTS end_tokens ON users")
    op.execute("DROP FUNCTION IF EXISTS end_tokens()")
    op.drop_column("users", "token_epoch")
    op.drop_table("ended_logins")
    op.drop_table("login_origins")
    op.drop_index("ix_login_attempts_made_at", "login_attempts")
    op.drop_index("ix_login_attempts_account_made_at", "login_attempts")
    op.drop_table("login_attempts")
