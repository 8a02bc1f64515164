"""E-mail addresses: what is one, and whose it is."""

import re

from sqlalchemy import bindparam, func, select

from app.database import session
from app.models import User

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")

# As it is now, not as the session remembers it: tokens are sealed with what it holds.
_BY_EMAIL = (
    select(User)
    .where(func.lower(User.email) == bindparam("email"), User.deleted_at.is_(None))
    .execution_options(populate_existing=True)
)


def is_address(email: str) -> bool:
    """Whether this has the form of one e-mail address."""
    return _ADDRESS.fullmatch(email) is not None


def by_email(email: str) -> User | None:
    """The living account with this address, blocked or not, without regard to case and to spaces around it."""
    return session().scalar(_BY_EMAIL, {"email": email.strip().lower()})
