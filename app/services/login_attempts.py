"""How often a password may be tried for an account: counted before it is checked, in a table that all workers share.

What tells the owner from who guesses is where he comes from. A device that sends a token of an earlier log-in, or a
client address from which the account has logged in within `KNOWN_FOR`, is known, and has tries of its own; what is not
known has few, each address by itself and all of them together. A password that was right gives its try back, and one
more: at a door many share an account, and some of them mistype. Times are those of the hour, nothing is doubled.

An attempt that is being checked counts as wrong until it is judged. One transaction takes it, which ends before the
check begins, so that of two at once none slips through.
"""

import hashlib
import hmac
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql

from app.clock import utcnow
from app.database import session
from app.errors import AttemptsUndecided, TooManyAttempts
from app.models import LoginAttempt, LoginOrigin
from app.services import turns

WINDOW = timedelta(hours=1)
"""How long a wrong password from an unknown place counts."""

KNOWN_WINDOW = timedelta(minutes=30)
"""The same from a known place: who guesses there keeps nobody else out for long."""

KNOWN_FOR = timedelta(days=30)
"""How long the place of a log-in is known."""

SEEN_AGAIN = timedelta(days=1)
"""How often it is written down that it was seen."""

CHECKED_WITHIN = timedelta(seconds=10)
"""An attempt that is not judged by then never will be: its server was killed."""

KNOWN_TRIES, ALL_UNKNOWN_TRIES = 2, 4
"""Tries from a known place, and from all unknown ones together, for each that an unknown place has."""


@dataclass(frozen=True)
class Origin:
    """Where an attempt for an account comes from. ``address`` is the place that a success makes known; of a device
    with a token, ``name`` is another one."""

    account: str
    name: str
    address: str
    is_known: bool


@dataclass(frozen=True)
class _Budget:
    """So many wrong ones of these rows, within that time; whether one that was right allows another wrong one."""

    most: int
    window: timedelta
    rows: ColumnElement[bool]
    gives_back: bool = True


def origin_of(email: str, client: str, *, login: str | None, key: str) -> Origin:
    """The origin of an attempt for ``email`` from the client address ``client``; ``login`` is an earlier log-in to the
    same account, whose token was sent."""
    account = _sealed(key, email.strip().lower())
    address = _sealed(key, account, "address", client)
    if login is not None:
        return Origin(account, _sealed(key, account, "login", login), address, is_known=True)
    seen = select(LoginOrigin.origin).where(LoginOrigin.origin == address, LoginOrigin.seen_at > utcnow() - KNOWN_FOR)
    return Origin(account, address, address, is_known=session().scalar(seen) is not None)


def begin(origin: Origin, *, tries: int) -> int:
    """Takes one of the tries, and gives the id under which it is judged. Whoever calls commits before he checks.

    Raises `TooManyAttempts` with the time to wait; `AttemptsUndecided` while one that is being checked may still give
    its try back.
    """
    # By the account, so that whoever counts sees all that were counted before.
    turns.wait_for(f"log-in {origin.account}")
    now = utcnow()
    for budget in _budgets(origin, tries):
        _require_room(budget, now)
    attempt = LoginAttempt(account=origin.account, origin=origin.name, was_known=origin.is_known, made_at=now)
    session().add(attempt)
    session().flush()
    return attempt.id


def judge(attempt_id: int, origin: Origin, *, right: bool) -> None:
    """Says what came of an attempt. From where it was right, the account is known now."""
    session().execute(update(LoginAttempt).where(LoginAttempt.id == attempt_id).values(was_right=right))
    if right:
        _see(origin.address)


def withdraw(attempt_id: int) -> None:
    """Gives an attempt back: no password was guessed."""
    session().execute(delete(LoginAttempt).where(LoginAttempt.id == attempt_id))


def trust(email: str, client: str, *, key: str) -> None:
    """The owner has shown who he is in another way, by a mail: where he is, is known, and what was tried there is
    forgotten."""
    place = origin_of(email, client, login=None, key=key)
    session().execute(
        delete(LoginAttempt).where(LoginAttempt.account == place.account, LoginAttempt.origin == place.address)
    )
    _see(place.address)


def purge() -> int:
    """Deletes what counts no more, and places that have not been seen for long. Gives how many rows those were."""
    now = utcnow()
    old = (
        delete(LoginAttempt).where(LoginAttempt.made_at < now - WINDOW),
        delete(LoginOrigin).where(LoginOrigin.seen_at < now - KNOWN_FOR),
    )
    results: list[Any] = [session().execute(statement) for statement in old]
    return sum(result.rowcount for result in results)


def _budgets(origin: Origin, tries: int) -> list[_Budget]:
    here = (LoginAttempt.account == origin.account) & (LoginAttempt.origin == origin.name)
    if origin.is_known:
        return [_Budget(KNOWN_TRIES * tries, KNOWN_WINDOW, here)]
    unknown = (LoginAttempt.account == origin.account) & LoginAttempt.was_known.is_(False)
    return [_Budget(tries, WINDOW, here), _Budget(ALL_UNKNOWN_TRIES * tries, WINDOW, unknown, gives_back=False)]


def _require_room(budget: _Budget, now: datetime) -> None:
    is_lost = (LoginAttempt.made_at <= now - CHECKED_WITHIN) & LoginAttempt.was_right.is_(None)
    is_wrong = or_(LoginAttempt.was_right.is_(False), is_lost)
    statement = select(
        func.count().filter(is_wrong).label("wrong"),
        func.count().filter(LoginAttempt.was_right.is_(None), ~is_lost).label("open"),
        func.count().filter(LoginAttempt.was_right.is_(True)).label("right"),
        func.min(LoginAttempt.made_at).filter(is_wrong).label("oldest"),
    ).where(budget.rows, LoginAttempt.made_at > now - budget.window)
    found = session().execute(statement).one()
    used = found.wrong - found.right if budget.gives_back else found.wrong
    if used + found.open < budget.most:
        return
    if used < budget.most:
        raise AttemptsUndecided()
    raise TooManyAttempts(math.ceil((found.oldest + budget.window - now).total_seconds()))


def _see(address: str) -> None:
    seen = postgresql.insert(LoginOrigin).values(origin=address, seen_at=utcnow())
    session().execute(
        seen.on_conflict_do_update(
            index_elements=[LoginOrigin.origin],
            set_={"seen_at": seen.excluded.seen_at},
            where=LoginOrigin.seen_at < utcnow() - SEEN_AGAIN,
        )
    )


def _sealed(key: str, *parts: str) -> str:
    """A hash that nobody without the key can try addresses against."""
    return hmac.new(key.encode(), "\n".join(parts).encode(), hashlib.sha256).hexdigest()
