"""Removing a person: names and addresses live in few columns, and are taken out of them for good.

What was sold and scanned stays, counted as before, under the ids that nobody's name is attached to any more. The audit
holds no names, so its chain stays as it is.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, and_, delete, func, null, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Boolean, DateTime, Text

from app.clock import utcnow
from app.database import session
from app.errors import Conflict, NotFound
from app.models import Event, Feedback, Order, Role, RoleInvite, Speaker, TicketHolder, User, UsersEventsRoles
from app.models.attendees import NAMELESS
from app.models.users_events_roles import OWNER
from app.services import audit_entries, free_texts, mails
from app.services.free_texts import ERASED, Names

NOBODYS_DOMAIN = "erased.invalid"
"""No mail ever gets there (RFC 2606)."""

# What stays. Whatever else may be null and is filled in by people is nulled: a new column is, unless it is put here.
KEPT: dict[Any, frozenset[str]] = {
    User: frozenset({"deleted_at"}),
    TicketHolder: frozenset(
        {
            "checkin_times", "checkout_times", "register_times", "device_name_checkin", "badge_printed_at",
            "deleted_at", "secret", "secret_rotated_at",  # numbers by which his ticket still lets in, or does not
        }
    ),
    Order: frozenset({"payment_mode", "paid_via", "completed_at", "cancel_note"}),
    Speaker: frozenset({"deleted_at"}),
    Feedback: frozenset(),
}  # fmt: skip


@dataclass
class Erasure:
    """What was done: rows by what they are, blanked texts and what was left alone by table and column."""

    rows: Counter[str] = field(default_factory=Counter)
    blanked: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)


def erase_user(user: User) -> Erasure:
    """Removes who has the account, which ends, and his guests' entries: those with his address, and with his name in
    his own orders. His roles end, what he has rated counts on without words.

    Raises `Conflict` for the owner of an event, and for who has been removed.
    """
    if user.email.endswith(f"@{NOBODYS_DOMAIN}"):
        raise Conflict(f"The account {user.id} has been erased already. There is nothing to do.")
    _require_no_owner(user)
    done = Erasure()
    done.rows["orders"] = _nulled(Order, Order.user_id == user.id)  # first: whoever changes an order locks it first
    guests = session().scalars(_locked(select(TicketHolder), TicketHolder, _is_guest(user))).all()
    speakers = session().scalars(_locked(select(Speaker), Speaker, _is_speaker(user))).all()
    people: list[User | TicketHolder | Speaker] = [user, *guests, *speakers]
    names = _names(people)
    done.rows["accounts"] = 1
    done.rows["roles"] = _deleted(UsersEventsRoles, UsersEventsRoles.user_id == user.id)
    done.rows["role invites"] = _deleted(RoleInvite, func.lower(RoleInvite.email) == user.email.lower())
    done.rows["feedbacks"] = _nulled(Feedback, Feedback.user_id == user.id)
    done.rows["speakers"] = _nulled(Speaker, Speaker.id.in_([each.id for each in speakers]), name=ERASED)
    ended = {"email": f"erased-{user.id}@{NOBODYS_DOMAIN}", "password_hash": ERASED, "is_profile_public": False}
    _nulled(User, User.id == user.id, **ended, deleted_at=user.deleted_at or utcnow())
    audit_entries.note_erasure(User, user.id)
    _finish(done, guests, names)
    return done


def erase_attendee(guest: TicketHolder) -> Erasure:
    """Removes a guest; his ticket, his movements and what was paid for him stay. An account with his address stays."""
    done = Erasure()
    _finish(done, [guest], _names([guest]))
    return done


def find_user(name: str) -> User:
    """The account of an id or an address, a deleted one too, locked. Raises `NotFound`."""
    found = User.email == name if "@" in name else User.id == _id(name)
    user = session().scalar(_locked(select(User), User, found).order_by(None).order_by(User.id.desc()).limit(1))
    if user is None:
        raise NotFound(f"There is no account {name}. Check the id or the address.")
    return user


def find_attendee(name: str) -> TicketHolder:
    """The attendee of an id, a deleted one too, locked. Raises `NotFound`."""
    guest = session().scalar(_locked(select(TicketHolder), TicketHolder, TicketHolder.id == _id(name)))
    if guest is None:
        raise NotFound(f"There is no attendee {name}. Check the id.")
    return guest


def _id(name: str) -> int:
    if not (name.isascii() and name.isdigit() and len(name) < 19):
        raise NotFound(f"{name} is no id. Say user:12, user:ada@example.org or attendee:12.")
    return int(name)


def _locked(statement: Select[Any], model: Any, condition: Any) -> Select[Any]:
    """In the order of ids, as everybody locks."""
    statement = statement.where(condition).order_by(model.id).with_for_update(of=model, key_share=True)
    return statement.execution_options(populate_existing=True)


def _finish(done: Erasure, guests: Sequence[TicketHolder], names: Names) -> None:
    """What is done for a guest and for an account alike; the names have been looked up, since they go now."""
    ids = [guest.id for guest in guests]
    done.rows["attendees"] = _nulled(TicketHolder, TicketHolder.id.in_(ids), firstname=NAMELESS)
    for guest in guests:
        audit_entries.note_erasure(TicketHolder, guest.id, guest.event_id)
    done.rows["mails"] = sum(mails.forget(address) for address in names.addresses)
    done.blanked = free_texts.blank(names, ids)
    session().expire_all()
    done.left = free_texts.left(names)


def _names(people: Sequence[User | TicketHolder | Speaker]) -> Names:
    """All that these rows call one person."""
    first: set[str | None] = set()
    last: set[str | None] = set()
    for each in people:
        if isinstance(each, User):
            first.add(each.first_name)
            last |= {each.last_name, each.full_name, each.public_name, each.billing_contact_name}
        elif isinstance(each, TicketHolder):
            first.add(each.firstname)
            last |= {each.lastname, each.full_name}
        else:
            last.add(each.name)
    return Names.of(addresses={each.email for each in people}, last=last, first=first)


def _is_guest(user: User) -> Any:
    his = func.lower(TicketHolder.email) == user.email.lower()
    if not (user.first_name and user.last_name):
        return his
    bought = TicketHolder.order_id.in_(select(Order.id).where(Order.user_id == user.id))
    first, last = func.lower(TicketHolder.firstname), func.lower(TicketHolder.lastname)
    return or_(his, and_(bought, first == func.lower(user.first_name), last == func.lower(user.last_name)))


def _is_speaker(user: User) -> Any:
    return or_(Speaker.user_id == user.id, func.lower(Speaker.email) == user.email.lower())


def _require_no_owner(user: User) -> None:
    owned = (
        select(Event.id)
        .join(UsersEventsRoles, UsersEventsRoles.event_id == Event.id)
        .join(Role, UsersEventsRoles.role_id == Role.id)
        .where(UsersEventsRoles.user_id == user.id, Role.name == OWNER, Event.deleted_at.is_(None))
        .order_by(Event.id)
    )
    ids = session().scalars(owned).all()
    if ids:
        told = ", ".join(map(str, ids))
        raise Conflict(f"The account {user.id} owns events ({told}). Make somebody else their owner, or delete them.")


def _deleted(model: Any, condition: Any) -> int:
    return _number(session().execute(delete(model).where(condition)))


def _nulled(model: Any, condition: Any, **instead: Any) -> int:
    """Nulls what people have filled in, in rows that fulfil the condition; ``instead``: of columns that cannot be."""
    kinds = (Text, JSONB, DateTime, Boolean)
    names = {
        column.key
        for column in model.__table__.columns
        if column.nullable and isinstance(column.type, kinds) and column.key not in KEPT[model]
    }
    values: dict[str, Any] = dict.fromkeys(names, null()) | instead
    return _number(session().execute(update(model).where(condition).values(values)))


def _number(result: Any) -> int:
    return int(result.rowcount)
