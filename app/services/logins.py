"""Log-ins that end before their tokens do: one of them, or all of an account."""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql

from app.clock import utcnow
from app.database import session
from app.models import EndedLogin, User


def end(login: str, *, longest_life: timedelta) -> None:
    """From now on none of the log-in's tokens is good. It is remembered until the last of them would have expired,
    which is after ``longest_life`` at the latest."""
    ended = postgresql.insert(EndedLogin).values(login=login, until=utcnow() + longest_life)
    session().execute(ended.on_conflict_do_nothing(index_elements=[EndedLogin.login]))


def end_all(user_id: int) -> None:
    """From now on none of the account's tokens is good. A changed password and a blocked account do the same (the
    trigger ``end_tokens`` of the table, whoever writes it)."""
    session().execute(update(User).where(User.id == user_id).values(token_epoch=User.token_epoch + 1))


def purge() -> int:
    """Deletes what is remembered of log-ins whose tokens have expired anyway. Gives how many they were."""
    result: Any = session().execute(delete(EndedLogin).where(EndedLogin.until < utcnow()))
    return int(result.rowcount)
