"""Settings: what the server tells about itself to everybody who opens the web app."""

from sqlalchemy import CheckConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base
from app.models.columns import primary_key, text
from app.models.custom_forms import MOST_COMPLEX

THE_ONE = 1


class Setting(Base):
    """The one row, which comes with its migration. Nothing secret belongs here: anybody may read it."""

    __tablename__ = "settings"
    __table_args__ = (CheckConstraint(f"id = {THE_ONE}", name="the_one"),)

    id: Mapped[int] = primary_key()
    app_name: Mapped[str] = mapped_column(Text, nullable=False, default="Open Event", server_default="Open Event")
    tagline: Mapped[str | None] = text()
    cookie_policy: Mapped[str | None] = text()
    cookie_policy_link: Mapped[str | None] = text()
    android_app_url: Mapped[str | None] = text()
    web_app_url: Mapped[str | None] = text()
    support_url: Mapped[str | None] = text()
    facebook_url: Mapped[str | None] = text()
    github_url: Mapped[str | None] = text()
    gitter_url: Mapped[str | None] = text()
    google_url: Mapped[str | None] = text()
    instagram_url: Mapped[str | None] = text()
    patreon_url: Mapped[str | None] = text()
    telegram_url: Mapped[str | None] = text()
    twitter_url: Mapped[str | None] = text()
    weblate_url: Mapped[str | None] = text()
    youtube_url: Mapped[str | None] = text()
    epoch: Mapped[str | None] = text()
    """Shown to nobody: another one makes all cursors expire."""

    # Not columns. The first two are the operator's configuration, which whoever shows the row puts here; a gateway is
    # activated once there is one.
    order_expiry_time = 0
    frontend_url = ""
    max_complex_custom_fields = MOST_COMPLEX
    is_alipay_activated = is_billing_paypal_activated = is_omise_activated = False
    is_paypal_activated = is_paytm_activated = is_stripe_activated = False
