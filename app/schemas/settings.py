"""Settings on the wire."""

from app.models import Setting
from app.schemas.base import Schema
from app.schemas.fields import Flag, Whole
from app.schemas.texts import Link, Name, Text


class SettingSchema(Schema):
    """What everybody may know of the server. What is read-only is the operator's configuration, or not offered."""

    class Meta(Schema.Meta):
        """Type setting."""

        type_ = "setting"
        model = Setting
        self_url = "/v1/settings/{id}"

    id = Text(dump_only=True)
    app_name = Name(allow_none=False)
    tagline = Text()
    frontend_url = Link(dump_only=True)
    order_expiry_time = Whole(dump_only=True)
    max_complex_custom_fields = Whole(dump_only=True)
    cookie_policy = Text()
    cookie_policy_link = Link()
    android_app_url = Link()
    web_app_url = Link()
    support_url = Link()
    facebook_url = Link()
    github_url = Link()
    gitter_url = Link()
    google_url = Link()
    instagram_url = Link()
    patreon_url = Link()
    telegram_url = Link()
    twitter_url = Link()
    weblate_url = Link()
    youtube_url = Link()
    is_alipay_activated = Flag(dump_only=True)
    is_billing_paypal_activated = Flag(dump_only=True)
    is_omise_activated = Flag(dump_only=True)
    is_paypal_activated = Flag(dump_only=True)
    is_paytm_activated = Flag(dump_only=True)
    is_stripe_activated = Flag(dump_only=True)
