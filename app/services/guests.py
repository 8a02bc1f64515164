"""Whom a scan names, by id or by the code on his ticket, and whether one that is sent again is the one that is kept."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.database import session
from app.models import Movement, TicketHolder
from app.models.movements import REFUSED
from app.services.ledger import Origin

UNKNOWN = "unknown"
"""Why a scan is refused that names nobody."""


class Named:
    """What every scan says: who, which way and where. ``attendee_id`` or ``secret`` (what the code on the ticket says)
    names the guest."""

    direction: str
    attendee_id: int | None
    secret: str | None
    microlocation_id: int | None

    @property
    def guest_id(self) -> int | None:
        """The attendee's id: as sent, or what stands behind the last hyphen of a ticket's code."""
        if self.attendee_id is not None:
            return self.attendee_id
        number = (self.secret or "").rpartition("-")[2]
        return int(number) if number.isascii() and number.isdecimal() and len(number) <= 18 else None

    @property
    def scanned(self) -> str | None:
        """What the device had read."""
        return self.secret if self.attendee_id is None else str(self.attendee_id)

    def names(self, attendee: TicketHolder) -> bool:
        """Whether the attendee with its `guest_id` is meant: a ticket's code has to be his, to the letter."""
        if self.attendee_id is not None:
            return True
        order = attendee.order
        return order is not None and self.secret == order.door_code(attendee.id)

    def is_kept_as(self, row: Movement, attendee: TicketHolder | None) -> bool:
        """Whether a row that has its ``client-uuid`` is the same scan. ``attendee`` is the living one with its
        `guest_id`: one who was deleted since has the number only."""
        lost_its_room = row.told == REFUSED and row.microlocation_id is None
        if self.direction != row.direction or not (lost_its_room or self.microlocation_id == row.microlocation_id):
            return False
        if row.attendee_id is None:
            return self.scanned == row.scanned
        return self.guest_id == row.attendee_id and (attendee is None or self.names(attendee))


def locked(attendee_ids: Collection[int], *, living: bool = True) -> dict[int, TicketHolder]:
    """These attendees, with event and order, by id; scans of one guest follow each other. ``living``: without those who
    were deleted."""
    statement = (
        select(TicketHolder)
        .where(TicketHolder.id.in_(attendee_ids))
        .options(joinedload(TicketHolder.event, innerjoin=True), joinedload(TicketHolder.order))
        .order_by(TicketHolder.id)  # in one order everywhere, so that nobody waits for another in a circle
        .with_for_update(of=TicketHolder, key_share=True)
        .execution_options(populate_existing=True)
    )
    if living:
        statement = statement.where(TicketHolder.deleted_at.is_(None))
    return {attendee.id: attendee for attendee in session().scalars(statement)}


def keep_unknown(origin: Origin, scan: Named, at: datetime, **facts: Any) -> Movement:
    """The row of a scan that names nobody. ``facts`` are columns of `Movement`."""
    row = Movement(
        **facts,
        direction=scan.direction,
        occurred_at=at,
        recorded_at=origin.recorded_at,
        recorded_by_id=origin.recorded_by_id,
        source=origin.source,
        verdict=REFUSED,
        told=REFUSED,
        reason=UNKNOWN,
        told_reason=UNKNOWN,
        scanned=scan.scanned,
    )
    session().add(row)
    return row
