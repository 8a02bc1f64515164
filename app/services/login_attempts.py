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

from sqlalchemy import ColumnElement, Select, bindparam, delete, func, insert, or_, select, update
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


_attempts: Any = LoginAttempt.__table__
_origins: Any = LoginOrigin.__table__


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
    """So many wrong ones of what is counted, within that time; whether one that was right allows another wrong one."""

    most: int
    window: timedelta
    counted: Select[Any]
    gives_back: bool = True


def _counted(rows: ColumnElement[bool]) -> Select[Any]:
    """How many of these rows of an account, younger than ``since``, were wrong, are open, and were right; and when the
    first wrong one was. What is open since before ``lost`` was never judged, and counts as wrong."""
    is_lost = (_attempts.c.made_at <= bindparam("lost")) & _attempts.c.was_right.is_(None)
    is_wrong = or_(_attempts.c.was_right.is_(False), is_lost)
    counted: Select[Any] = select(
        func.count().filter(is_wrong).label("wrong"),
        func.count().filter(_attempts.c.was_right.is_(None), ~is_lost).label("open"),
        func.count().filter(_attempts.c.was_right.is_(True)).label("right"),
        func.min(_attempts.c.made_at).filter(is_wrong).label("oldest"),
    )
    return counted.where(_attempts.c.account == bindparam("account"), rows, _attempts.c.made_at > bindparam("since"))


# Made once, of columns. Made anew for each log-in, they took 4 ms of processor time more, as much as all else that a
# log-in does beside argon2 (measured).
_FROM_HERE = _counted(_attempts.c.origin == bindparam("origin"))
_FROM_UNKNOWN = _counted(_attempts.c.was_known.is_(False))
_IS_SEEN = select(_origins.c.origin).where(
    _origins.c.origin == bindparam("address"), _origins.c.seen_at > bindparam("since")
)
_TAKE = insert(_attempts).returning(_attempts.c.id)
_JUDGE = update(_attempts).where(_attempts.c.id == bindparam("attempt")).values(was_right=bindparam("is_right"))
_SEEN = postgresql.insert(_origins).values(origin=bindparam("address"), seen_at=bindparam("now"))
_SEE = _SEEN.on_conflict_do_update(
    index_elements=[_origins.c.origin],
    set_={"seen_at": _SEEN.excluded.seen_at},
    where=_origins.c.seen_at < bindparam("long_ago"),
)


def origin_of(email: str, client: str, *, login: str | None, key: str) -> Origin:
    """The origin of an attempt for ``email`` from the client address ``client``; ``login`` is an earlier log-in to the
    same account, whose token was sent."""
    account = _sealed(key, email.strip().lower())
    address = _sealed(key, account, "address", client)
    if login is not None:
        return Origin(account, _sealed(key, account, "login", login), address, is_known=True)
    seen = session().scalar(_IS_SEEN, {"address": address, "since": utcnow() - KNOWN_FOR})
    return Origin(account, address, address, is_known=seen is not None)


def begin(origin: Origin, *, tries: int) -> int:
    """Takes one of the tries, and gives the id under which it is judged. Whoever calls commits before he checks.

    Raises `TooManyAttempts` with the time to wait; `AttemptsUndecided` while one that is being checked may still give
    its try back.
    """
    # By the account, so that whoever counts sees all that were counted before.
    turns.wait_for(f"log-in {origin.account}")
    now = utcnow()
    for budget in _budgets(origin, tries):
        _require_room(budget, origin, now)
    facts = {"account": origin.account, "origin": origin.name, "was_known": origin.is_known, "made_at": now}
    return session().execute(_TAKE, facts).scalar_one()


def judge(attempt_id: int, origin: Origin, *, right: bool) -> None:
    """Says what came of an attempt. From where it was right, the account is known now."""
    session().execute(_JUDGE, {"attempt": attempt_id, "is_right": right})
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
    if origin.is_known:
        return [_Budget(KNOWN_TRIES * tries, KNOWN_WINDOW, _FROM_HERE)]
    return [
        _Budget(tries, WINDOW, _FROM_HERE),
        _Budget(ALL_UNKNOWN_TRIES * tries, WINDOW, _FROM_UNKNOWN, gives_back=False),
    ]


def _require_room(budget: _Budget, origin: Origin, now: datetime) -> None:
    whose = {"account": origin.account, "origin": origin.name}
    when = {"lost": now - CHECKED_WITHIN, "since": now - budget.window}
    found = session().execute(budget.counted, whose | when).one()
    used = found.wrong - found.right if budget.gives_back else found.wrong
    if used + found.open < budget.most:
        return
    if used < budget.most:
        raise AttemptsUndecided()
    raise TooManyAttempts(math.ceil((found.oldest + budget.window - now).total_seconds()))


def _see(address: str) -> None:
    now = utcnow()
    session().execute(_SEE, {"address": address, "now": now, "long_ago": now - SEEN_AGAIN})


def _sealed(key: str, *parts: str) -> str:
    """A hash that nobody without the key can try addresses against."""
    return hmac.new(key.encode(), "\n".join(parts).encode(), hashlib.sha256).hexdigest()
