"""Batches of scans over HTTP, from devices that were offline.

A batch is not one transaction but one for each hundred of its scans, so that the guests of a long one are not locked
for long. What is committed when a server dies is there; the device sends the batch again and gets the same verdicts. A
batch that has an ``Idempotency-Key`` is looked for before the first, and its answer is kept with the last hundred.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Literal

from flask import Blueprint, Response
from marshmallow import ValidationError

from app.api.calls import ABSENT, Absent, Dashed, One, Shape, call
from app.api.edge import idempotency
from app.api.edge.actor import current_actor
from app.api.edge.transactions import in_step, in_transaction
from app.api.jsonapi import documents, rendering
from app.api.jsonapi.parents import permitted_parent
from app.api.movements import bound
from app.clock import format_instant, utcnow
from app.errors import Conflict, Forbidden, Invalid
from app.models import Event
from app.models.movements import REFUSED
from app.permissions.actors import Actor
from app.permissions.policy import Permission as P
from app.schemas.movement_batches import MovementBatchSchema, ScanSchema
from app.services import batches, devices
from app.services.batches import Scan, Verdict
from app.services.devices import Clock, Contact

movement_batch_calls = Blueprint("movement_batches", __name__)

MALFORMED = "malformed"
FORBIDDEN = "forbidden"
"""The scan is of another room than the door pass of who sends it."""

Verdicts = dict[Scan, dict[str, Any]]


class ToldVerdict(Dashed):
    """What came of a scan. Of one that is malformed nothing is kept, and `detail` says why."""

    client_uuid: str | None
    verdict: Literal["recorded", "conflict", "replayed", "refused"]
    reason: str | None
    detail: str | Absent = ABSENT
    is_replayed: bool | Absent = ABSENT
    movement_id: str | Absent | None = ABSENT
    occurred_at: datetime | Absent | None = ABSENT


class BatchFacts(Dashed):
    """The verdicts, in the order in which the scans were sent."""

    device: str
    sent_at: datetime
    received_at: datetime
    verdicts: list[ToldVerdict]


class MovementBatch(Shape):
    """A batch that was recorded."""

    type: Literal["movement-batch"]
    id: str
    attributes: BatchFacts


@movement_batch_calls.post("/v1/events/<id:event_id>/movement-batches")
@movement_batch_calls.post("/v1/events/<identifier:event_identifier>/movement-batches")
@call(
    "recordMovementBatch",
    takes=MovementBatchSchema,
    gives=One(MovementBatch),
    needs=P.MOVEMENT_CREATE,
    refuses=(Conflict, Invalid),
    is_keyed=True,
)
def record(**view_kwargs: Any) -> Response:
    """Records a batch: a verdict for each scan, in the order in which they were sent."""
    received_at, actor = utcnow(), current_actor()
    event: Event = permitted_parent(actor, P.MOVEMENT_CREATE, view_kwargs)
    documents.require_media_types()
    sent = MovementBatchSchema.load_resource(documents.read_resource("movement-batch"), creating=True)
    contact = Contact(sent["device"], sent["sent_at"], received_at, sent.get("backlog"))
    schema = ScanSchema()
    read = [_read(schema, scan, actor) for scan in sent["scans"]]
    scans = [scan for scan in read if isinstance(scan, Scan)]
    oldest = min((scan.device_time for scan in scans), default=None)
    begun = in_step(lambda: idempotency.recall() or devices.heard(event.id, contact, oldest))
    if isinstance(begun, Response):
        return begun
    return _recorded(_Batch(event, contact, begun, actor), read, list(batches.chunks(scans)))


@dataclass(frozen=True)
class _Batch:
    """Whose scans these are, where, and by which clock."""

    event: Event
    contact: Contact
    clock: Clock
    actor: Actor

    def record(self, chunk: Sequence[Scan]) -> Verdicts:
        """What the device is told of each scan; of two that say the same it is told the same."""
        told: Verdicts = {}
        if chunk:
            by, with_pass = self.actor.user_id, self.actor.pass_id
            verdicts = batches.record(self.event, self.contact, self.clock, chunk, by=by, door_pass_id=with_pass)
            for scan, verdict in zip(chunk, verdicts, strict=True):
                told.setdefault(scan, _told(verdict))
        return told

    def answer(self, read: list[Scan | dict[str, Any]], verdicts: Verdicts) -> Response:
        """The document with the verdicts, in the order in which the scans were sent."""
        told = [verdicts[each] if isinstance(each, Scan) else each for each in read]
        return rendering.respond({"data": _document(self.event, self.contact, told)})


def _recorded(batch: _Batch, read: list[Scan | dict[str, Any]], chunks: list[Sequence[Scan]]) -> Response:
    """Records the chunks, each in a transaction; the last one's also keeps the answer."""
    *earlier, last = chunks or [[]]
    told: Verdicts = {}
    for chunk in earlier:
        told = in_step(partial(batch.record, chunk)) | told
    return in_transaction(lambda: batch.answer(read, batch.record(last) | told))


def _read(schema: ScanSchema, sent: Any, actor: Actor) -> Scan | dict[str, Any]:
    """The scan, or what is wrong with it: such a one is told and not kept, and does not keep the others."""
    if not isinstance(sent, dict):
        return _not_kept(None, MALFORMED, "A scan must be an object.")
    try:
        scan: Scan = schema.load(sent)
    except ValidationError as error:
        problems = error.messages if isinstance(error.messages, dict) else {}
        words = [f"{name}: {' '.join(map(str, texts))}" for name, texts in problems.items()]
        return _not_kept(sent.get("client-uuid"), MALFORMED, " ".join(words))
    try:
        return bound(actor, scan)
    except Forbidden as error:
        return _not_kept(scan.client_uuid, FORBIDDEN, error.detail)


def _not_kept(client_uuid: Any, reason: str, detail: str) -> dict[str, Any]:
    name = client_uuid if isinstance(client_uuid, str) else None
    return {"client-uuid": name, "verdict": REFUSED, "reason": reason, "detail": detail}


def _told(verdict: Verdict) -> dict[str, Any]:
    row = verdict.movement
    return {
        "client-uuid": verdict.client_uuid,
        "verdict": verdict.verdict,
        "reason": verdict.reason,
        "is-replayed": verdict.is_replayed,
        "movement-id": None if row is None else str(row.id),
        "occurred-at": None if row is None else format_instant(row.occurred_at),
    }


def _document(event: Event, contact: Contact, told: list[dict[str, Any]]) -> dict[str, Any]:
    sent_at = format_instant(contact.sent_at)
    name = uuid.uuid5(uuid.NAMESPACE_OID, f"{event.id} {contact.name} {sent_at}")  # the same batch has the same name
    attributes = {
        "device": contact.name,
        "sent-at": sent_at,
        "received-at": format_instant(contact.received_at),
        "verdicts": told,
    }
    return {"type": "movement-batch", "id": str(name), "attributes": attributes}
