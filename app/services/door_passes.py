"""Door passes: made by an organizer, paired with one phone by a code that works once, and ended by a click.

The code and the phone's token are random, and stored as hashes only: who has lost one gets another.
"""

import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, or_, select, update

from app.clock import format_instant, utcnow
from app.database import session
from app.errors import Conflict, Forbidden, Invalid, NotFound, PassNotInForce
from app.models import DoorPass, Event, Microlocation
from app.models.door_passes import EXPIRED, NOT_YET, REVOKED
from app.services import batches, hashes, movements, references

TOKENS_BEGIN = "pass."
"""How the token of a phone begins, unlike that of an account."""

CODE_LIFE = timedelta(hours=24)
"""How long a pairing code is good, at most."""

AFTERWARDS = timedelta(days=7)
"""How long after the event a pass may last: phones send what they have scanned, and the hall is cleared."""

USE_NOTED = timedelta(minutes=1)
"""How exactly it is known when a pass was used last."""

VALID_UNTIL = "/data/attributes/valid-until"

UNKNOWN = "unknown"

WORDS = {
    UNKNOWN: "No phone has this door pass any more: it was paired anew, or its event is gone. Keep what was scanned, "
    "and ask an organizer for a pass.",
    REVOKED: "This door pass was revoked. Keep what was scanned: it can be sent once this phone is paired with another "
    "pass of the event.",
    EXPIRED: "This door pass ended at {until}. Keep what was scanned, and ask an organizer to extend the pass.",
    NOT_YET: "This door pass begins at {begins}. Until then it lets you do nothing: wait, or ask an organizer for an "
    "earlier one.",
}
"""What is said to the phone of a pass that is not in force, by a machine word."""

Scan = TypeVar("Scan", movements.Scan, batches.Scan)


def create(event: Event, data: dict[str, Any], *, created_by_id: int) -> tuple[DoorPass, str]:
    """A pass for the event, and its pairing code, which is known to the caller only.

    Raises `Invalid` for a room of another event, and for times that are over, not in order, or too long after the
    event.
    """
    references.require_of_event(event.id, Microlocation, data.get("microlocation_id"), "microlocation")
    now = utcnow()
    data = data | {"valid_from": data.get("valid_from") or now}
    _require_end(event, data["valid_from"], data["valid_until"])
    if data["valid_until"] <= now:
        raise Invalid("A pass that has ended already is of no use. Send a later time.", pointer=VALID_UNTIL)
    door_pass = DoorPass(**data | {"event_id": event.id, "created_by_id": created_by_id})
    code = _with_code(door_pass)
    session().add(door_pass)
    session().flush()
    return door_pass, code


def update_end(door_pass: DoorPass, valid_until: Any) -> None:
    """Checks another end of a pass. Raises `Invalid` as `create`."""
    _require_end(door_pass.event, door_pass.valid_from, valid_until)


def revoke(door_pass: DoorPass, *, revoked_by_id: int) -> None:
    """Ends a pass for good, at once; one that has been revoked stays as it is."""
    session().refresh(door_pass, with_for_update={"key_share": True})
    if door_pass.revoked_at is None:
        door_pass.revoked_at, door_pass.revoked_by_id = utcnow(), revoked_by_id
        door_pass.pairing_hash = door_pass.pairing_until = None
    session().flush()


def make_code(door_pass: DoorPass) -> str:
    """Another pairing code; the one before is no good any more, and neither is the phone's token.

    Raises `Conflict` for a pass that was revoked or has ended.
    """
    session().refresh(door_pass, with_for_update={"key_share": True})
    if door_pass.state == REVOKED:
        raise Conflict("This door pass was revoked. Make another one.", pointer="/data")
    if door_pass.state == EXPIRED:
        raise Conflict("This door pass has ended. Extend it first (valid-until), or make another one.", pointer="/data")
    door_pass.token_hash = door_pass.paired_at = door_pass.paired_device = None
    code = _with_code(door_pass)
    session().flush()
    return code


def pair(code: str, device: str) -> tuple[DoorPass, str]:
    """Gives the pass of a code to a phone, and the phone's token. Of several who come at once with one code the first
    gets it.

    Raises `NotFound`, in the same words whatever the reason is.
    """
    token = f"{TOKENS_BEGIN}{secrets.token_urlsafe(32)}"
    door_pass = _redeemed(code, token_hash=hashes.of_secret(token), paired_at=utcnow(), paired_device=device)
    if door_pass is None:
        raise NotFound(
            "This code is not good, or not any more: each works once, and for a day. Ask an organizer for another one.",
            pointer="/data/attributes/code",
        )
    return door_pass, token


def of_token(token: str) -> DoorPass:
    """The pass of a phone's token, in one statement. Raises `PassNotInForce`."""
    return _in_force(DoorPass.token_hash == hashes.of_secret(token))


def in_force(door_pass_id: int) -> DoorPass:
    """The pass, as long as its phone may use it. Raises `PassNotInForce`."""
    return _in_force(DoorPass.id == door_pass_id)


def is_use_due(door_pass: DoorPass) -> bool:
    """Whether it is time to note that the pass is used."""
    return door_pass.last_used_at is None or door_pass.last_used_at < utcnow() - USE_NOTED


def note_use(door_pass_id: int) -> None:
    """Notes that the pass is used now, unless somebody has just done so."""
    now = utcnow()
    is_due = or_(DoorPass.last_used_at.is_(None), DoorPass.last_used_at < now - USE_NOTED)
    session().execute(update(DoorPass).where(DoorPass.id == door_pass_id, is_due).values(last_used_at=now))


def bound(scan: Scan, *, gate: str | None, microlocation_id: int | None) -> Scan:
    """A scan as it counts with a pass that is bound to a gate, or to a room. Raises `Forbidden` for one of another
    room."""
    if microlocation_id is not None and scan.microlocation_id not in (None, microlocation_id):
        raise Forbidden(
            f"This door pass is for the room with id {microlocation_id} only. Scan there, or ask for another pass.",
            pointer="/data/relationships/microlocation/data",
        )
    return replace(scan, gate=gate or scan.gate, microlocation_id=microlocation_id or scan.microlocation_id)


def _redeemed(code: str, **phone: Any) -> DoorPass | None:
    """The pass of a code that is good, with the ``phone`` that it is paired with from now on. One statement: whoever
    comes at the same time waits for its row, and finds no code any more."""
    now = utcnow()
    statement = (
        update(DoorPass)
        .where(
            DoorPass.pairing_hash == hashes.of_secret(code), DoorPass.pairing_until > now, DoorPass.valid_until > now
        )
        .where(DoorPass.revoked_at.is_(None), DoorPass.event_id.in_(_living_events()))
        .values(pairing_hash=None, pairing_until=None, **phone)
        .returning(DoorPass)
    )
    door_pass: DoorPass | None = session().scalar(statement.execution_options(populate_existing=True))
    return door_pass


def _in_force(asked: ColumnElement[bool]) -> DoorPass:
    statement = select(DoorPass).where(asked, DoorPass.event_id.in_(_living_events()))
    door_pass = session().scalar(statement.execution_options(populate_existing=True))
    if door_pass is None or door_pass.token_hash is None:
        raise PassNotInForce(WORDS[UNKNOWN], reason=UNKNOWN)
    if door_pass.state in WORDS:
        begins, until = format_instant(door_pass.valid_from), format_instant(door_pass.valid_until)
        raise PassNotInForce(WORDS[door_pass.state].format(begins=begins, until=until), reason=door_pass.state)
    return door_pass


def _living_events() -> Any:
    return select(Event.id).where(Event.deleted_at.is_(None))


def _with_code(door_pass: DoorPass) -> str:
    code = secrets.token_urlsafe(24)
    door_pass.pairing_hash = hashes.of_secret(code)
    door_pass.pairing_until = min(utcnow() + CODE_LIFE, door_pass.valid_until)
    return code


def _require_end(event: Event, valid_from: Any, valid_until: Any) -> None:
    if valid_until <= valid_from:
        raise Invalid(
            f"A pass must end after it begins ({format_instant(valid_from)}). Send a later valid-until.",
            pointer=VALID_UNTIL,
        )
    latest = event.ends_at + AFTERWARDS
    if valid_until > latest:
        raise Invalid(
            f"A pass ends a week after the event at the latest: {format_instant(latest)}. Send an earlier time.",
            pointer=VALID_UNTIL,
        )
