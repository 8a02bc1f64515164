"""The HTTP side: `register` plugs everything into the application.

A module for each noun; what is asked of them all is beneath: `app.api.jsonapi`, which stands on `app.api.edge`.
"""

from flask import Flask
from flask_jwt_extended import JWTManager
from flask_rest_jsonapi_next import Api
from werkzeug.routing import BaseConverter, IntegerConverter

from app.api import door_passes, probes
from app.api.accounts import account_calls
from app.api.attendee_deltas import attendee_delta_calls
from app.api.auth import auth
from app.api.badge_forms import badges
from app.api.checkout import checkout_calls
from app.api.devices import device_calls
from app.api.door_passes import door_pass_calls
from app.api.edge import access_claims, access_log, cross_origin, rate_limits, transactions
from app.api.event_locations import event_location_calls
from app.api.exports import export_calls
from app.api.guest_search import guest_search_calls
from app.api.integrity import integrity_calls
from app.api.jsonapi import errors, querystring
from app.api.kiosk import kiosk
from app.api.later import later_calls
from app.api.movement_batches import movement_batch_calls
from app.api.occupancy import occupancy_calls
from app.api.openapi import publishing
from app.api.order_mails import order_mail_calls, receipt_calls
from app.api.papers import paper_calls
from app.api.programme import programme_calls
from app.api.readiness import readiness_calls
from app.api.role_invites import role_invite_calls
from app.api.routes import ROUTES
from app.api.tasks import task_calls
from app.api.ticket_secrets import ticket_secret_calls
from app.api.time_on_site import time_on_site_calls
from app.schemas.fields import ROW_ID


class IdConverter(IntegerConverter):
    """A numeric id that surely fits 64 bits."""

    regex = ROW_ID.pattern


CALLS = ("calculate-amount", "create-order", "resend-email", "upcoming")
"""What stands where an identifier does, and is none: else these addresses would offer what an order or event does."""


class IdentifierConverter(BaseConverter):
    """An identifier of an event or order: never all digits, and nothing that a database chokes on."""

    regex = rf"(?!(?:{'|'.join(CALLS)})$)(?=[0-9-]*[A-Za-z])[0-9A-Za-z-]{{1,64}}"


class FormIdConverter(BaseConverter):
    """What tells the forms of an event apart: a text that clients make up."""

    regex = r"[^/\x00]{1,255}"


def register(app: Flask) -> None:
    """Serves the API: token routes, resources under ``/v1``, errors, the request log, and pages of other
    origins."""
    app.url_map.converters["id"] = IdConverter
    app.url_map.converters["identifier"] = IdentifierConverter
    app.url_map.converters["form_id"] = FormIdConverter
    app.url_map.strict_slashes = False
    JWTManager(app)
    access_claims.register(app)
    rate_limits.register(app)
    app.register_blueprint(auth)
    app.register_blueprint(kiosk)
    app.register_blueprint(later_calls)
    app.register_blueprint(occupancy_calls)
    app.register_blueprint(device_calls)
    app.register_blueprint(movement_batch_calls)
    app.register_blueprint(time_on_site_calls)
    app.register_blueprint(attendee_delta_calls)
    app.register_blueprint(checkout_calls)
    app.register_blueprint(account_calls)
    app.register_blueprint(receipt_calls)
    app.register_blueprint(order_mail_calls)
    app.register_blueprint(role_invite_calls)
    app.register_blueprint(programme_calls)
    app.register_blueprint(event_location_calls)
    app.register_blueprint(paper_calls)
    app.register_blueprint(export_calls)
    app.register_blueprint(task_calls)
    app.register_blueprint(badges)
    app.register_blueprint(door_pass_calls)
    app.register_blueprint(guest_search_calls)
    app.register_blueprint(ticket_secret_calls)
    app.register_blueprint(integrity_calls)
    app.register_blueprint(readiness_calls)
    api = Api()
    api.app = app  # not through its init_app(), which would install error handlers that log every refusal as an error
    for resource, view, *urls in ROUTES:
        api.route(resource, view, *(f"/v1{url}" for url in urls))
    probes.register(app)
    publishing.register(app)
    errors.register(app)
    access_log.register(app)
    transactions.register(app)
    cross_origin.register(app)  # after the log, which so numbers preflights too
    door_passes.register(app)
    querystring.register(app)  # after both: a refusal is logged, and preflights are answered whatever they ask
