"""Door passes over HTTP: made and ended by organizers, paired by a phone without log-in, and noted when used."""

import logging
from base64 import b64encode
from collections.abc import Callable
from typing import Any, ClassVar
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError

from app.api.calls import EVERYBODY, After, Also, Dashed, Row, Shape, call
from app.api.edge.actor import current_actor, current_user_id
from app.api.edge.http_errors import NotAcceptable
from app.api.edge.transactions import in_transaction
from app.api.jsonapi import documents, querystring, reading, rendering
from app.api.jsonapi.base import ResourceDetail, ResourceList
from app.api.jsonapi.data_layers import DataLayer, Made
from app.api.jsonapi.parents import permitted_parent
from app.api.jsonapi.placing import PARENT_ID
from app.api.jsonapi.relationships import ResourceRelationship
from app.database import transaction
from app.errors import Busy, Conflict, Invalid, NotFound
from app.models import DoorPass, Event
from app.permissions.actors import Actor, actor_with
from app.permissions.policy import Permission as P
from app.permissions.refusals import require_login
from app.schemas import DoorPassSchema
from app.schemas.door_passes import PairingSchema
from app.services import door_passes, qr_codes

door_pass_calls = Blueprint("door_passes", __name__)

log = logging.getLogger(__name__)


class PairingCode(Dashed):
    """What pairs a phone: a code, the link that holds it, and that as a picture."""

    pairing_code: str
    pairing_link: str
    pairing_qr: str


class PassToken(Shape):
    """What proves the pass from now on."""

    token: str


CHANGES: dict[str, Any] = {"needs": P.DOOR_PASS_WRITE, "refuses": (Conflict,), "is_keyed": True}


class DoorPasses(DataLayer):
    """Rows of door passes."""

    model = DoorPass

    def belongs_to(self, parent: type, relation: str) -> Any:
        """Those of an event, or the one that something was done with."""
        return DoorPass.event_id == PARENT_ID if parent is Event else super().belongs_to(parent, relation)

    def before_create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> Made:
        """Makes a pass; only this answer shows its code."""
        event = data.pop("event")
        door_pass, code = door_passes.create(event, data, created_by_id=current_user_id())
        return Made(door_pass, meta=_pairing(code), is_secret=True)

    def before_update_object(self, obj: DoorPass, data: dict[str, Any], view_kwargs: dict[str, Any]) -> None:
        """Checks another end."""
        if "valid_until" in data:
            door_passes.update_end(obj, data["valid_until"])


class DoorPassList(ResourceList):
    """The passes of an event."""

    schema = DoorPassSchema
    data_layer = {"class": DoorPasses}
    permissions = {"GET": P.DOOR_PASS_READ}


class DoorPassListPost(ResourceList):
    """Creation."""

    schema = DoorPassSchema
    data_layer = {"class": DoorPasses}
    permissions = {"POST": P.DOOR_PASS_WRITE}
    also: ClassVar = {"POST": Also(meta=PairingCode)}


class DoorPassDetail(ResourceDetail):
    """One pass."""

    schema = DoorPassSchema
    data_layer = {"class": DoorPasses}
    permissions = {"GET": P.DOOR_PASS_READ, "PATCH": P.DOOR_PASS_WRITE}


class OwnDoorPass(ResourceDetail):
    """The pass that the caller has."""

    schema = DoorPassSchema
    data_layer = {"class": DoorPasses}
    permissions = {"GET": P.DOOR_PASS_READ}
    also: ClassVar = {"GET": Also(refuses=(NotFound,))}

    def get(self, actor: Actor, view_kwargs: dict[str, Any]) -> Response:
        """Its document. Raises `NotFound` for who has an account instead."""
        if actor.pass_id is None:
            raise NotFound(
                "You are logged in with an account, and have no door pass. Send the token of a paired phone."
            )
        shown: Response = super().get(actor, {"id": actor.pass_id})
        return shown


class RelatedDoorPass(ResourceDetail):
    """The pass that something was scanned, sold or amended with."""

    schema = DoorPassSchema
    data_layer = {"class": DoorPasses}
    permissions = {"GET": P.DOOR_PASS_READ}


class DoorPassRelationship(ResourceRelationship):
    """What a pass is linked to."""

    schema = DoorPassSchema
    data_layer = {"class": DoorPasses}
    permissions = {"GET": P.DOOR_PASS_READ}


@door_pass_calls.post("/v1/door-passes/<id:door_pass_id>/revoke")
@call("revokeDoorPass", gives=Row(DoorPassSchema), **CHANGES)
def revoke(**view_kwargs: Any) -> Response:
    """Ends a pass at once, and for good."""

    def end(door_pass: DoorPass) -> None:
        door_passes.revoke(door_pass, revoked_by_id=current_user_id())

    return _changed(view_kwargs, end)


@door_pass_calls.post("/v1/door-passes/<id:door_pass_id>/pairing-code")
@call("makePairingCode", gives=Row(DoorPassSchema, PairingCode), **CHANGES)
def pairing_code(**view_kwargs: Any) -> Response:
    """Another code, for another phone: the one before is put out."""
    return _changed(view_kwargs, lambda door_pass: _pairing(door_passes.make_code(door_pass)))


@door_pass_calls.post("/v1/door-passes/pair")
@call(
    "pairDoorPass",
    takes=PairingSchema,
    gives={201: Row(DoorPassSchema, PassToken)},
    needs=EVERYBODY,
    refuses=(NotAcceptable, NotFound, Conflict, Invalid, Busy),
    is_keyed=True,
    after=After(PairingCode, body={"data": {"attributes": {"code": "$response.body#/meta/pairing-code"}}}),
)
def pair() -> Response:
    """Gives the pass of a code to the phone that sends it, with the token that proves it from now on."""
    documents.require_media_types()
    sent = PairingSchema.load_resource(documents.read_resource("door-pass-pairing"), creating=True)

    def work() -> Response:
        door_pass, token = door_passes.pair(sent["code"], sent["device"])
        query = querystring.Query(include={"event": {}, "microlocation": {}})
        row, related = reading.of_entity(door_pass, DoorPassSchema, query, actor_with(door_pass))
        document = rendering.detail(row, DoorPassSchema, query, {"token": token}, related)
        return rendering.respond(document, 201, rendering.SECRET)

    return in_transaction(work)


def register(app: Flask) -> None:
    """Lets ``app`` note when passes are used."""
    app.after_request(_note_use)


def _note_use(response: Response) -> Response:
    """After the request, whose own transaction is over: one that only reads has none, and no scan waits for this."""
    due = g.pop("use_to_be_noted", None)
    if due is not None:
        try:
            with transaction():
                door_passes.note_use(due)
        except SQLAlchemyError as error:  # the answer is of more worth
            log.warning("the use of door pass %s was not noted: %s", due, type(error).__name__)
    return response


def _changed(view_kwargs: dict[str, Any], change: Callable[[DoorPass], dict[str, Any] | None]) -> Response:
    """The pass in the address after a change that gives the ``meta`` of the answer."""
    actor = current_actor()
    require_login(actor, P.DOOR_PASS_WRITE)

    def work() -> Response:
        door_pass: DoorPass = permitted_parent(actor, P.DOOR_PASS_WRITE, view_kwargs)
        meta = change(door_pass)
        document = rendering.detail(door_pass, DoorPassSchema, querystring.Query(), meta)
        return rendering.respond(document, headers=rendering.SECRET if meta else None)

    return in_transaction(work)


def _pairing(code: str) -> dict[str, Any]:
    """What the organizer shows to the phone. The code stands behind a ``#``, which no browser sends to a server, with
    the address of this one."""
    page = f"{current_app.config['SETTINGS'].frontend_url}/door"
    link = f"{page}#{urlencode({'code': code, 'api': request.host_url.rstrip('/')})}"
    picture = b64encode(qr_codes.svg(link).encode()).decode()
    return {"pairing-code": code, "pairing-link": link, "pairing-qr": f"data:image/svg+xml;base64,{picture}"}
