"""The first tables: users, events and their programme, roles, tickets, orders, attendees, movements.

Revision ID: c8bf002783c9
Revises:
Create Date: 2026-11-21 22:35:47.160622+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c8bf002783c9"
down_revision = None
branch_labels = None
depends_on = None


ROLES = (  # the ids are the existing server's; clients know them
    (1, "organizer", "Organizer"),
    (2, "coorganizer", "Co-Organizer"),
    (3, "owner", "Owner"),
    (4, "track_organizer", "Track Organizer"),
    (5, "moderator", "Moderator"),
    (6, "registrar", "Registrar"),
)


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("timezone", sa.Text(), server_default="UTC", nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("privacy", sa.Text(), server_default="public", nullable=False),
        sa.Column("schedule_published_on", sa.DateTime(timezone=True), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("location_name", sa.Text(), nullable=True),
        sa.Column("searchable_location_name", sa.Text(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("online", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("logo_url", sa.Text(), nullable=True),
        sa.Column("original_image_url", sa.Text(), nullable=True),
        sa.Column("external_event_url", sa.Text(), nullable=True),
        sa.Column("ticket_url", sa.Text(), nullable=True),
        sa.Column("public_stream_link", sa.Text(), nullable=True),
        sa.Column("stream_loop", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("stream_autoplay", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("owner_name", sa.Text(), nullable=True),
        sa.Column("owner_description", sa.Text(), nullable=True),
        sa.Column("has_owner_info", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("code_of_conduct", sa.Text(), nullable=True),
        sa.Column("after_order_message", sa.Text(), nullable=True),
        sa.Column("refund_policy", sa.Text(), nullable=True),
        sa.Column("document_links", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("payment_country", sa.Text(), nullable=True),
        sa.Column("payment_currency", sa.Text(), server_default="USD", nullable=False),
        sa.Column("paypal_email", sa.Text(), nullable=True),
        sa.Column("cheque_details", sa.Text(), nullable=True),
        sa.Column("invoice_details", sa.Text(), nullable=True),
        sa.Column("bank_details", sa.Text(), nullable=True),
        sa.Column("onsite_details", sa.Text(), nullable=True),
        sa.Column("can_pay_by_paypal", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("can_pay_by_stripe", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("can_pay_by_cheque", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("can_pay_by_bank", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("can_pay_by_invoice", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("can_pay_onsite", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("can_pay_by_omise", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("can_pay_by_alipay", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("can_pay_by_paytm", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("show_remaining_tickets", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_featured", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_promoted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_demoted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_announced", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_map_shown", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_oneclick_signup_enabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_ticket_form_enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("is_sessions_speakers_enabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_cfs_enabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_tax_enabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_donation_enabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_sponsors_enabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_billing_info_mandatory", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_chat_enabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_videoroom_enabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_document_enabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_badges_enabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("identifier ~ '[^0-9]'", name=op.f("ck_events_identifier_has_a_letter")),
        sa.CheckConstraint("privacy IN ('public', 'private')", name=op.f("ck_events_privacy_known")),
        sa.CheckConstraint("state IN ('draft', 'published')", name=op.f("ck_events_state_known")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_events_starts_before_it_ends")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("identifier", name=op.f("uq_events_identifier")),
    )
    op.create_table(
        "roles",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title_name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roles")),
        sa.UniqueConstraint("name", name=op.f("uq_roles_name")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("public_name", sa.Text(), nullable=True),
        sa.Column("details", sa.Text(), nullable=True),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("language_prefrence", sa.Text(), nullable=True),
        sa.Column("company", sa.Text(), nullable=True),
        sa.Column("avatar_url", sa.Text(), nullable=True),
        sa.Column("facebook_url", sa.Text(), nullable=True),
        sa.Column("twitter_url", sa.Text(), nullable=True),
        sa.Column("instagram_url", sa.Text(), nullable=True),
        sa.Column("google_plus_url", sa.Text(), nullable=True),
        sa.Column("billing_contact_name", sa.Text(), nullable=True),
        sa.Column("billing_phone", sa.Text(), nullable=True),
        sa.Column("billing_state", sa.Text(), nullable=True),
        sa.Column("billing_country", sa.Text(), nullable=True),
        sa.Column("billing_tax_info", sa.Text(), nullable=True),
        sa.Column("billing_address", sa.Text(), nullable=True),
        sa.Column("billing_city", sa.Text(), nullable=True),
        sa.Column("billing_zip_code", sa.Text(), nullable=True),
        sa.Column("billing_additional_info", sa.Text(), nullable=True),
        sa.Column("is_profile_public", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_admin", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_super_admin", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_verified", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_blocked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("was_registered_with_order", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("last_accessed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
    )
    op.create_index(
        "uq_users_email_living",
        "users",
        [sa.literal_column("lower(email)")],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "microlocations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("floor", sa.Integer(), nullable=True),
        sa.Column("room", sa.Text(), nullable=True),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("hidden_in_scheduler", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_chat_enabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_global_event_room", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_microlocations_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_microlocations")),
    )
    op.create_index(op.f("ix_microlocations_event_id"), "microlocations", ["event_id"], unique=False)
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("sold_by_id", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), server_default="0", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("payment_mode", sa.Text(), nullable=True),
        sa.Column("paid_via", sa.Text(), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("zipcode", sa.Text(), nullable=True),
        sa.Column("company", sa.Text(), nullable=True),
        sa.Column("tax_business_info", sa.Text(), nullable=True),
        sa.Column("is_billing_enabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("cancel_note", sa.Text(), nullable=True),
        sa.Column("order_notes", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "payment_mode IN ('free', 'stripe', 'paypal', 'bank', 'cheque', 'onsite', 'omise', 'alipay', 'paytm', "
            "'invoice')",
            name=op.f("ck_orders_payment_mode_known"),
        ),
        sa.CheckConstraint(
            "status IN ('initializing', 'pending', 'placed', 'completed', 'cancelled', 'expired')",
            name=op.f("ck_orders_status_known"),
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_orders_amount_not_negative")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_orders_event_id_events")),
        sa.ForeignKeyConstraint(["sold_by_id"], ["users.id"], name=op.f("fk_orders_sold_by_id_users")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_orders_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("identifier", name=op.f("uq_orders_identifier")),
    )
    op.create_index("ix_orders_event_id_id", "orders", ["event_id", "id"], unique=False)
    op.create_index(op.f("ix_orders_sold_by_id"), "orders", ["sold_by_id"], unique=False)
    op.create_index(op.f("ix_orders_user_id"), "orders", ["user_id"], unique=False)
    op.create_table(
        "tickets",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("price", sa.Numeric(precision=10, scale=2), server_default="0", nullable=False),
        sa.Column("min_price", sa.Numeric(precision=10, scale=2), server_default="0", nullable=False),
        sa.Column("max_price", sa.Numeric(precision=10, scale=2), nullable=True),
        sa.Column("quantity", sa.Integer(), server_default="100", nullable=False),
        sa.Column("sold", sa.Integer(), server_default="0", nullable=False),
        sa.Column("min_order", sa.Integer(), server_default="1", nullable=False),
        sa.Column("max_order", sa.Integer(), server_default="10", nullable=False),
        sa.Column("sales_starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sales_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.Integer(), server_default="1", nullable=False),
        sa.Column("is_description_visible", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_fee_absorbed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_hidden", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_checkin_restricted", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("auto_checkin_enabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("form_id", sa.Text(), nullable=True),
        sa.Column("badge_id", sa.Text(), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("0 <= min_order AND min_order <= max_order", name=op.f("ck_tickets_order_limits_in_order")),
        sa.CheckConstraint("0 <= sold AND sold <= quantity", name=op.f("ck_tickets_sold_within_quantity")),
        sa.CheckConstraint(
            "price >= 0 AND min_price >= 0 AND max_price >= 0", name=op.f("ck_tickets_prices_not_negative")
        ),
        sa.CheckConstraint("sales_starts_at < sales_ends_at", name=op.f("ck_tickets_sales_start_before_they_end")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_tickets_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
    )
    op.create_index(op.f("ix_tickets_event_id"), "tickets", ["event_id"], unique=False)
    op.create_index(
        "uq_tickets_event_id_name_living",
        "tickets",
        ["event_id", "name"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "tracks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("color", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("color ~ '^#[0-9a-fA-F]{6}$'", name=op.f("ck_tracks_color_is_hex")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_tracks_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracks")),
    )
    op.create_index(op.f("ix_tracks_event_id"), "tracks", ["event_id"], unique=False)
    op.create_table(
        "users_events_roles",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_users_events_roles_event_id_events")),
        sa.ForeignKeyConstraint(["role_id"], ["roles.id"], name=op.f("fk_users_events_roles_role_id_roles")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_users_events_roles_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users_events_roles")),
        sa.UniqueConstraint(
            "user_id", "event_id", "role_id", name=op.f("uq_users_events_roles_user_id_event_id_role_id")
        ),
    )
    op.create_index(op.f("ix_users_events_roles_event_id"), "users_events_roles", ["event_id"], unique=False)
    op.create_index(op.f("ix_users_events_roles_role_id"), "users_events_roles", ["role_id"], unique=False)
    op.create_table(
        "order_lines",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("price", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.CheckConstraint("price >= 0", name=op.f("ck_order_lines_price_not_negative")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_lines_quantity_positive")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_lines_order_id_orders")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_order_lines_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("order_id", "ticket_id", name=op.f("pk_order_lines")),
    )
    op.create_index(op.f("ix_order_lines_ticket_id"), "order_lines", ["ticket_id"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("track_id", sa.BigInteger(), nullable=True),
        sa.Column("microlocation_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("subtitle", sa.Text(), nullable=True),
        sa.Column("short_abstract", sa.Text(), nullable=True),
        sa.Column("long_abstract", sa.Text(), nullable=True),
        sa.Column("comments", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("slides_url", sa.Text(), nullable=True),
        sa.Column("video_url", sa.Text(), nullable=True),
        sa.Column("audio_url", sa.Text(), nullable=True),
        sa.Column("signup_url", sa.Text(), nullable=True),
        sa.Column("is_locked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'pending', 'accepted', 'confirmed', 'rejected', 'canceled', 'withdrawn')",
            name=op.f("ck_sessions_state_known"),
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_sessions_starts_before_it_ends")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_sessions_event_id_events")),
        sa.ForeignKeyConstraint(
            ["microlocation_id"], ["microlocations.id"], name=op.f("fk_sessions_microlocation_id_microlocations")
        ),
        sa.ForeignKeyConstraint(["track_id"], ["tracks.id"], name=op.f("fk_sessions_track_id_tracks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_event_id"), "sessions", ["event_id"], unique=False)
    op.create_index(op.f("ix_sessions_microlocation_id"), "sessions", ["microlocation_id"], unique=False)
    op.create_index(op.f("ix_sessions_track_id"), "sessions", ["track_id"], unique=False)
    op.create_table(
        "ticket_holders",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("firstname", sa.Text(), nullable=False),
        sa.Column("lastname", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("job_title", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("tax_business_info", sa.Text(), nullable=True),
        sa.Column("billing_address", sa.Text(), nullable=True),
        sa.Column("home_address", sa.Text(), nullable=True),
        sa.Column("shipping_address", sa.Text(), nullable=True),
        sa.Column("company", sa.Text(), nullable=True),
        sa.Column("work_address", sa.Text(), nullable=True),
        sa.Column("work_phone", sa.Text(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("blog", sa.Text(), nullable=True),
        sa.Column("twitter", sa.Text(), nullable=True),
        sa.Column("facebook", sa.Text(), nullable=True),
        sa.Column("github", sa.Text(), nullable=True),
        sa.Column("instagram", sa.Text(), nullable=True),
        sa.Column("linkedin", sa.Text(), nullable=True),
        sa.Column("gender", sa.Text(), nullable=True),
        sa.Column("age_group", sa.Text(), nullable=True),
        sa.Column("birth_date", sa.DateTime(timezone=True), nullable=True),
        sa.Column("home_wiki", sa.Text(), nullable=True),
        sa.Column("wiki_scholarship", sa.Text(), nullable=True),
        sa.Column("native_language", sa.Text(), nullable=True),
        sa.Column("fluent_language", sa.Text(), nullable=True),
        sa.Column("accept_video_recording", sa.Boolean(), nullable=True),
        sa.Column("accept_share_details", sa.Boolean(), nullable=True),
        sa.Column("accept_receive_emails", sa.Boolean(), nullable=True),
        sa.Column("is_consent_form_field", sa.Boolean(), nullable=True),
        sa.Column("is_consent_form_field_photo", sa.Boolean(), nullable=True),
        sa.Column("is_consent_form_field_email", sa.Boolean(), nullable=True),
        sa.Column("is_consent_of_refund_policy", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("complex_field_values", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("attendee_notes", sa.Text(), nullable=True),
        sa.Column("is_badge_printed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("badge_printed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_discount_applied", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_access_code_applied", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_checked_in", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_checked_out", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("checkin_times", sa.Text(), nullable=True),
        sa.Column("checkout_times", sa.Text(), nullable=True),
        sa.Column("device_name_checkin", sa.Text(), nullable=True),
        sa.Column("is_registered", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("register_times", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("NOT (is_checked_in AND is_checked_out)", name=op.f("ck_ticket_holders_inside_or_left")),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("fk_ticket_holders_created_by_id_users")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_ticket_holders_event_id_events")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_ticket_holders_order_id_orders")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_holders_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_holders")),
    )
    op.create_index(op.f("ix_ticket_holders_created_by_id"), "ticket_holders", ["created_by_id"], unique=False)
    op.create_index("ix_ticket_holders_event_id_id", "ticket_holders", ["event_id", "id"], unique=False)
    op.create_index(op.f("ix_ticket_holders_order_id"), "ticket_holders", ["order_id"], unique=False)
    op.create_index(op.f("ix_ticket_holders_ticket_id"), "ticket_holders", ["ticket_id"], unique=False)
    op.create_table(
        "movements",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("attendee_id", sa.BigInteger(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("device_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device_name", sa.Text(), nullable=True),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("is_inferred", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_movements_direction_known")),
        sa.CheckConstraint(
            "source IN ('patch', 'station', 'batch', 'desk', 'automatic')", name=op.f("ck_movements_source_known")
        ),
        sa.CheckConstraint(
            "verdict IN ('accepted', 'replayed', 'refused', 'undone')", name=op.f("ck_movements_verdict_known")
        ),
        sa.ForeignKeyConstraint(
            ["attendee_id"], ["ticket_holders.id"], name=op.f("fk_movements_attendee_id_ticket_holders")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_movements_event_id_events")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_movements_recorded_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_movements")),
    )
    op.create_index("ix_movements_attendee_id_occurred_at", "movements", ["attendee_id", "occurred_at"], unique=False)
    op.create_index("ix_movements_event_id_id", "movements", ["event_id", "id"], unique=False)
    op.create_index(op.f("ix_movements_recorded_by_id"), "movements", ["recorded_by_id"], unique=False)
    roles = sa.table("roles", sa.column("id"), sa.column("name"), sa.column("title_name"))
    op.bulk_insert(roles, [{"id": number, "name": name, "title_name": title} for number, name, title in ROLES])
    op.execute(f"ALTER TABLE roles ALTER COLUMN id RESTART WITH {len(ROLES) + 1}")


def downgrade() -> None:
    op.drop_index(op.f("ix_movements_recorded_by_id"), table_name="movements")
    op.drop_index("ix_movements_event_id_id", table_name="movements")
    op.drop_index("ix_movements_attendee_id_occurred_at", table_name="movements")
    op.drop_table("movements")
    op.drop_index(op.f("ix_ticket_holders_ticket_id"), table_name="ticket_holders")
    op.drop_index(op.f("ix_ticket_holders_order_id"), table_name="ticket_holders")
    op.drop_index("ix_ticket_holders_event_id_id", table_name="ticket_holders")
    op.drop_index(op.f("ix_ticket_holders_created_by_id"), table_name="ticket_holders")
    op.drop_table("ticket_holders")
    op.drop_index(op.f("ix_sessions_track_id"), table_name="sessions")
    op.drop_index(op.f("ix_sessions_microlocation_id"), table_name="sessions")
    op.drop_index(op.f("ix_sessions_event_id"), table_name="sessions")
    op.drop_table("sessions")
    op.drop_index(op.f("ix_order_lines_ticket_id"), table_name="order_lines")
    op.drop_table("order_lines")
    op.drop_index(op.f("ix_users_events_roles_role_id"), table_name="users_events_roles")
    op.drop_index(op.f("ix_users_events_roles_event_id"), table_name="users_events_roles")
    op.drop_table("users_events_roles")
    op.drop_index(op.f("ix_tracks_event_id"), table_name="tracks")
    op.drop_table("tracks")
    op.drop_index("uq_tickets_event_id_name_living", table_name="tickets", postgresql_where="deleted_at IS NULL")
    op.drop_index(op.f("ix_tickets_event_id"), table_name="tickets")
    op.drop_table("tickets")
    op.drop_index(op.f("ix_orders_user_id"), table_name="orders")
    op.drop_index(op.f("ix_orders_sold_by_id"), table_name="orders")
    op.drop_index("ix_orders_event_id_id", table_name="orders")
    op.drop_table("orders")
    op.drop_index(op.f("ix_microlocations_event_id"), table_name="microlocations")
    op.drop_table("microlocations")
    op.drop_index("uq_users_email_living", table_name="users", postgresql_where=sa.text("deleted_at IS NULL"))
    op.drop_table("users")
    op.drop_table("roles")
    op.drop_table("events")
