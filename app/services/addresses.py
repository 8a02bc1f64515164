"""E-mail addresses: what is one, and whose it is."""

import re

from sqlalchemy import func, select

from app.database import session
from app.models import User

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


def is_address(email: str) -> bool:
    """Whether this has the form of one e-mail address."""
    return _ADDRESS.fullmatch(email) is not None


def by_email(email: str) -> User | None:
    """The living account with this address, blocked or not, without regard to case and to spaces around it."""
    statement = select(User).where(func.lower(User.email) == email.strip().lower(), User.deleted_at.is_(None))
    # As it is now, not as the session remembers it: tokens are sealed with what it holds.
    return session().scalar(statement.execution_options(populate_existing=True))
