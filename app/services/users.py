"""Accounts: sign-up, log-in, profile."""

import re
from typing import Any

from sqlalchemy import func, select

from app.clock import utcnow
from app.database import session
from app.errors import Conflict, Invalid, InvalidCredentials, NotFound
from app.models import Event, Order, User, UsersEventsRoles
from app.models.orders import HOLDING
from app.services import passwords

SHORTEST_PASSWORD = 8
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


def create_account(
    *, email: str, password: str, is_admin: bool = False, is_verified: bool = False, **profile: Any
) -> User:
    """A new account. Raises `Invalid` for a short password and `Conflict` for an e-mail that is taken."""
    if not _ADDRESS.fullmatch(email.strip()):
        raise Invalid(f"{email} is no e-mail address.", pointer="/data/attributes/email")
    _require_long_enough(password)
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
    return user


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
    _require_long_enough(password)
    user.password_hash = passwords.hashed(password)
    session().flush()


def has_password(user_id: int, password: str) -> bool:
    """Whether this is the account's password."""
    return passwords.matches(password, session().scalar(select(User.password_hash).where(User.id == user_id)))


def update(user: User, data: dict[str, Any]) -> None:
    """Checks a change of profile; a new e-mail becomes unverified.

    Raises `Conflict` for an e-mail that is taken, and `Invalid` for a password.
    """
    email = data.get("email")
    if email is not None and email.lower() != user.email.lower():
        _require_free_email(email)
        user.is_verified = False
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


def _require_long_enough(password: str) -> None:
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid(
            f"The password must have at least {SHORTEST_PASSWORD} characters.", pointer="/data/attributes/password"
        )


def _require_free_email(email: str) -> None:
    # A race past this check is caught by the unique index, with the same answer.
    if session().scalar(select(User.id).where(func.lower(User.email) == email.lower(), _living())):
        raise Conflict("Email already exists", pointer="/data/attributes/email")


def _living() -> Any:
    return User.deleted_at.is_(None)
