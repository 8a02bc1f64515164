"""Accounts: sign-up, profile, end. Log-in and passwords are in `app.services.accounts`."""

from typing import Any

from sqlalchemy import ColumnElement, select

from app.clock import utcnow
from app.database import session
from app.errors import Conflict, Invalid, NotFound, NotFresh
from app.models import Event, Order, User, UsersEventsRoles
from app.models.orders import HOLDING
from app.services import accounts, mails, passwords
from app.services.addresses import by_email, is_address

EMAIL_TAKEN = "Email already exists. Log in with it, or send another one."

ANOTHER_ADDRESS = "Your account at our events has another e-mail address now; this one is no longer used."


def create_account(
    *, email: str, password: str, is_admin: bool = False, is_verified: bool = False, **profile: Any
) -> User:
    """A new account; unless it is verified, a mail asks whether the address is its owner's.

    Raises `Invalid` for a short password and `Conflict` for an e-mail that is taken.
    """
    if not is_address(email.strip()):
        raise Invalid(
            f"{email} is no e-mail address. Send one such as ada@example.org.", pointer="/data/attributes/email"
        )
    accounts.require_long_enough(password)
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
        accounts.ask_for_verification(user.email, kind="an account's address")
    return user


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
        told = f"{ANOTHER_ADDRESS}\n\n{accounts.NOT_YOU}"
        mails.queue(user.email, "Your e-mail address was changed", told, kind="another address")
        accounts.ask_for_verification(email, kind="an account's address")
    password = data.pop("password", None)
    if password is not None:
        raise Invalid(
            "The password cannot be changed here, since this request does not prove that you know the old one. "
            "Use /v1/auth/change-password.",
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


def find(user_id: int | None, *, seen: ColumnElement[bool]) -> User | None:
    """The account, if it fulfils ``seen``."""
    return session().scalar(select(User).where(User.id == user_id, seen))


def require_living(user_id: int) -> None:
    """Raises `NotFound`, with a pointer to the relationship ``user``, unless the account is alive."""
    if session().scalar(select(User.id).where(User.id == user_id, User.deleted_at.is_(None))) is None:
        raise NotFound.of("User.id", user_id, pointer="/data/relationships/user/data")


def _require_free_email(email: str) -> None:
    # A race past this check is caught by the unique index, with the same answer.
    if by_email(email) is not None:
        raise Conflict(EMAIL_TAKEN, pointer="/data/attributes/email")
