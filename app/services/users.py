"""Accounts: sign-up, log-in, profile."""

import re
from typing import Any

from sqlalchemy import func, select

from app.clock import utcnow
from app.database import session
from app.errors import Conflict, Invalid, InvalidCredentials, NotFound, NotFresh
from app.models import Event, Order, User, UsersEventsRoles
from app.models.mails import VERIFY_PAGE
from app.models.orders import HOLDING
from app.services import mails, passwords

SHORTEST_PASSWORD = 8
ANOTHER_ADDRESS = "Your account at our events has another e-mail address now; this one is no longer used."
NOT_YOU = "If it was not you who did this, ask the organizers of your event for help."
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


def create_account(
    *, email: str, password: str, is_admin: bool = False, is_verified: bool = False, **profile: Any
) -> User:
    """A new account; unless it is verified, a mail asks whether the address is its owner's.

    Raises `Invalid` for a short password and `Conflict` for an e-mail that is taken.
    """
    if not is_address(email.strip()):
        raise Invalid(f"{email} is no e-mail address.", pointer="/data/attributes/email")
    require_long_enough(password)
    user = User(
        email=email.strip(),
        password_hash=passwords.hashed(password),
        is_admin=is_admin,
        is_verified=is_verified or is_admin,
        **profile,
    )
    _require_free_email(user.email)
    session().add(user)
    session().flush()
    if not user.is_verified:
        ask_for_verification(user.email, kind="an account's address")
    return user


def is_address(email: str) -> bool:
    """Whether this has the form of one e-mail address."""
    return _ADDRESS.fullmatch(email) is not None


def ask_for_verification(email: str, *, kind: str) -> None:
    """Queues the mail with the link that verifies an address; it is sent only if an account needs it.

    ``kind`` says what it is asked for (`mails.queue`): who asks before there is an account takes nothing from it.
    """
    mails.queue(
        email,
        "Please verify your e-mail address",
        "Somebody has given this address for an account at our events. If it was you, open this page within 24 hours to"
        "\nverify it; if not, ignore this mail.",
        page=VERIFY_PAGE,
        kind=kind,
    )


def authenticate(email: str, password: str) -> User:
    """The living account with this e-mail (without regard to case) and password.

    Raises `InvalidCredentials`, which does not tell a wrong password from an unknown or deleted account; a blocked
    account is told so, once its password was right.
    """
    user = session().scalar(select(User).where(func.lower(User.email) == email.strip().lower(), _living()))
    if not passwords.matches(password, user.password_hash if user else None) or user is None:
        raise InvalidCredentials("Invalid Credentials")
    if user.is_blocked:
        raise InvalidCredentials("Admin has marked this account as spam")
    return user


def set_password(email: str, password: str) -> None:
    """Gives the account with this e-mail another password. Raises `NotFound`, and `Invalid` for a short one."""
    user = session().scalar(select(User).where(func.lower(User.email) == email.strip().lower(), _living()))
    if user is None:
        raise NotFound(f"There is no account {email}.")
    require_long_enough(password)
    user.password_hash = passwords.hashed(password)
    session().flush()


def has_password(user_id: int, password: str) -> bool:
    """Whether this is the account's password."""
    return passwords.matches(password, session().scalar(select(User.password_hash).where(User.id == user_id)))


def update(user: User, data: dict[str, Any], *, fresh: bool) -> None:
    """Checks a change of profile. A new e-mail becomes unverified; a mail to it asks, one to the old address tells.

    Raises `NotFresh` for a new e-mail unless the caller's log-in is ``fresh``: with the address goes the way to a new
    password. Raises `Conflict` for an e-mail that is taken, and `Invalid` for a password.
    """
    email = data.get("email")
    if email is not None and email.lower() != user.email.lower():
        if not fresh:
            raise NotFresh()
        _require_free_email(email)
        user.is_verified = False
        told = f"{ANOTHER_ADDRESS}\n\n{NOT_YOU}"
        mails.queue(user.email, "Your e-mail address was changed", told, kind="another address")
        ask_for_verification(email, kind="an account's address")
    password = data.pop("password", None)
    if password is not None:
        raise Invalid(
            "The password cannot be changed here, since this request does not prove that you know the old one.",
            pointer="/data/attributes/password",
        )


def delete(user: User) -> None:
    """Hides an account. Raises `Conflict` while it has a role at an event or a running order for a coming event."""
    if session().scalar(select(UsersEventsRoles.id).where(UsersEventsRoles.user_id == user.id).limit(1)):
        raise Conflict("Users associated with events cannot be deleted. Give the roles up first.", pointer="/data")
    running = (
        select(Order.id)
        .join(Order.event)
        .where(Order.user_id == user.id, Order.status.in_(HOLDING), Event.ends_at > utcnow())
    )
    if session().scalar(running.limit(1)):
        raise Conflict("Users with orders for coming events cannot be deleted. Cancel the orders first.")
    user.deleted_at = utcnow()
    session().flush()


def require_living(user_id: int) -> None:
    """Raises `NotFound`, with a pointer to the relationship ``user``, unless the account is alive."""
    if session().scalar(select(User.id).where(User.id == user_id, _living())) is None:
        raise NotFound(f"User.id: {user_id} not found", pointer="/data/relationships/user/data")


def require_long_enough(password: str, *, pointer: str = "/data/attributes/password") -> None:
    """Raises `Invalid` for a password that is too short."""
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid(f"The password must have at least {SHORTEST_PASSWORD} characters.", pointer=pointer)


def _require_free_email(email: str) -> None:
    # A race past this check is caught by the unique index, with the same answer.
    if session().scalar(select(User.id).where(func.lower(User.email) == email.lower(), _living())):
        raise Conflict("Email already exists", pointer="/data/attributes/email")


def _living() -> Any:
    return User.deleted_at.is_(None)
