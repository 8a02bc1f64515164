"""Whom a scan names, by id or by a code on his ticket, and whether one that is sent again is the one that is kept.

A ticket has two codes: the one that existing apps take apart (order and attendee), and a random secret. Once the secret
was replaced by another one, neither the former nor the first kind of code is good any more: see
`app.services.ticket_secrets`.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, null, select, type_coerce, union_all
from sqlalchemy.orm import joinedload

from app.clock import utcnow
from app.database import session
from app.models import Movement, Order, RevokedSecret, TicketHolder
from app.models.movements import REFUSED
from app.services import hashes, ticket_secrets
from app.services.ledger import Origin

UNKNOWN = "unknown"
"""Why a scan is refused that names nobody."""


class Named:
    """What every scan says: who, which way and where. ``attendee_id`` or ``secret`` (what a code on the ticket says)
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


@dataclass(frozen=True)
class Holder:
    """Who has, or had, a random secret; ``revoked_at`` is when it was replaced."""

    attendee_id: int
    revoked_at: datetime | None


@dataclass(frozen=True)
class Guests:
    """The guests whom scans name. ``living``: by id, as they are now; ``holders``: by the random secrets that were
    scanned, deleted ones too."""

    living: Mapping[int, TicketHolder]
    holders: Mapping[str, Holder]

    def meant(self, scan: Named) -> TicketHolder | None:
        """The living guest whom a scan means, by a code that is good or is good no more."""
        guest = self.living.get(self._number(scan) or 0)
        if guest is None or scan.attendee_id is not None or scan.secret in self.holders:
            return guest
        # A ticket's code has to be his, to the letter.
        return guest if guest.order is not None and scan.secret == guest.order.door_code(guest.id) else None

    def revoked_at(self, scan: Named, guest: TicketHolder) -> datetime | None:
        """Since when the code that was scanned of a guest lets nobody in; None as long as it does."""
        if scan.attendee_id is not None:
            return None
        holder = self.holders.get(scan.secret or "")
        if holder is None:
            return guest.secret_rotated_at
        if guest.secret == scan.secret:
            return None
        return holder.revoked_at or utcnow()  # replaced while we waited for the guest's row

    def is_kept_as(self, scan: Named, row: Movement) -> bool:
        """Whether a row that has the scan's ``client-uuid`` is the same scan. Of a guest who was deleted since there is
        the number only."""
        lost_its_room = row.told == REFUSED and row.microlocation_id is None
        if scan.direction != row.direction or not (lost_its_room or scan.microlocation_id == row.microlocation_id):
            return False
        if row.attendee_id is None:
            return scan.scanned == row.scanned
        is_gone = row.attendee_id not in self.living
        return self._number(scan) == row.attendee_id and (is_gone or self.meant(scan) is not None)

    def _number(self, scan: Named) -> int | None:
        holder = self.holders.get(scan.secret or "") if scan.attendee_id is None else None
        return scan.guest_id if holder is None else holder.attendee_id


def named_by(scans: Collection[Named]) -> Guests:
    """Whom these scans name, their rows locked. Who holds a random secret takes a statement more."""
    holders = _holders({scan.secret for scan in scans if scan.secret is not None and scan.attendee_id is None})
    ids = {scan.guest_id or 0 for scan in scans} | {holder.attendee_id for holder in holders.values()}
    return Guests(locked(ids), holders)


def locked(attendee_ids: Collection[int], *, living: bool = True) -> dict[int, TicketHolder]:
    """These attendees, by id; scans of one guest follow each other. ``living``: without those who were deleted.

    Of their orders no more comes with them than what never changes: see `app.services.ledger_rows.standings`.
    """
    statement = (
        select(TicketHolder)
        .where(TicketHolder.id.in_(attendee_ids))
        .options(joinedload(TicketHolder.order).load_only(Order.identifier))
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
        **vars(origin),
        verdict=REFUSED,
        told=REFUSED,
        reason=UNKNOWN,
        told_reason=UNKNOWN,
        scanned=scan.scanned,
    )
    session().add(row)
    return row


def _holders(scanned: Iterable[str]) -> dict[str, Holder]:
    """By what was scanned, where it is or was a random secret."""
    secrets = {hashes.of_secret(secret): secret for secret in scanned if ticket_secrets.is_one(secret)}
    if not secrets:
        return {}
    never = type_coerce(null(), DateTime(timezone=True)).label("created_at")
    now = select(TicketHolder.secret, TicketHolder.id, never).where(TicketHolder.secret.in_(secrets.values()))
    before = select(RevokedSecret.secret_hash, RevokedSecret.attendee_id, RevokedSecret.created_at).where(
        RevokedSecret.secret_hash.in_(secrets)
    )
    both: Any = union_all(now, before)  # mypy knows no unions of columns
    found = session().execute(both)
    return {secrets.get(name, name): Holder(attendee_id, revoked_at) for name, attendee_id, revoked_at in found}
