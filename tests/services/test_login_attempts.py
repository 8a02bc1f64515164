"""Which passwords are checked at all: what counts, for how long, and for whom."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.clock import utcnow
from app.errors import AttemptsUndecided, TooManyAttempts
from app.models import LoginAttempt, LoginOrigin
from app.services import login_attempts
from app.services.login_attempts import (
    ALL_UNKNOWN_TRIES,
    CHECKED_WITHIN,
    KNOWN_FOR,
    KNOWN_TRIES,
    KNOWN_WINDOW,
    WINDOW,
    Origin,
)

KEY = "k" * 32
TRIES = 3
ADA, HOME, ABROAD = "ada@example.org", "198.51.100.7", "203.0.113.9"


def origin(email: str = ADA, client: str = HOME, login: str | None = None) -> Origin:
    return login_attempts.origin_of(email, client, login=login, key=KEY)


def attempt(where: Origin, *, right: bool = False) -> None:
    login_attempts.judge(login_attempts.begin(where, tries=TRIES), where, right=right)


def use_up(where: Origin) -> int:
    """How many wrong ones are checked before the rest is refused."""
    for number in range(100):
        try:
            attempt(where)
        except TooManyAttempts:
            return number
    raise AssertionError("nobody is refused")


def pass_by(session: Any, time: timedelta) -> None:
    """Everything is that much older."""
    session.execute(update(LoginAttempt).values(made_at=LoginAttempt.made_at - time))
    session.execute(update(LoginOrigin).values(seen_at=LoginOrigin.seen_at - time))


def test_an_unknown_place_has_few_tries_and_waits_an_hour(session: Any):
    assert use_up(origin()) == TRIES
    with pytest.raises(TooManyAttempts) as refused:
        login_attempts.begin(origin(), tries=TRIES)
    assert WINDOW.total_seconds() - 60 < refused.value.retry_after_seconds <= WINDOW.total_seconds()
    pass_by(session, timedelta(seconds=refused.value.retry_after_seconds))
    assert use_up(origin()) == TRIES


def test_all_unknown_places_together_have_few(session: Any):
    found = sum(use_up(origin(client=f"203.0.113.{number}")) for number in range(20))
    assert found == ALL_UNKNOWN_TRIES * TRIES
    assert use_up(origin("grace@example.org")) == TRIES, "of another account"


def test_addresses_are_one_account_however_they_are_written(session: Any):
    assert use_up(origin(" ADA@example.org")) == TRIES
    assert use_up(origin("ada@EXAMPLE.org ")) == 0


def test_where_an_account_has_logged_in_it_has_tries_of_its_own(session: Any):
    attempt(origin(), right=True)
    assert origin().is_known
    assert not origin(client=ABROAD).is_known
    assert not origin("grace@example.org").is_known
    assert use_up(origin(client=ABROAD)) == TRIES
    assert use_up(origin()) == KNOWN_TRIES * TRIES + 1
    with pytest.raises(TooManyAttempts) as refused:
        login_attempts.begin(origin(), tries=TRIES)
    assert refused.value.retry_after_seconds <= KNOWN_WINDOW.total_seconds()
    pass_by(session, KNOWN_WINDOW)
    assert use_up(origin()) == KNOWN_TRIES * TRIES
    assert use_up(origin(client="192.0.2.1")) == TRIES


def test_a_device_with_a_token_has_tries_of_its_own(session: Any):
    attempt(origin(), right=True)
    use_up(origin())
    assert use_up(origin(login="a")) == KNOWN_TRIES * TRIES
    assert use_up(origin(login="b")) == KNOWN_TRIES * TRIES


def test_who_is_right_gives_his_try_back_and_one_more(session: Any):
    for _ in range(5 * TRIES):
        attempt(origin(), right=True)
        attempt(origin())
    for _ in range(2 * TRIES):
        attempt(origin(), right=True)
    assert use_up(origin()) == (KNOWN_TRIES + 2) * TRIES


def test_a_place_is_known_for_some_time(session: Any):
    attempt(origin(), right=True)
    pass_by(session, KNOWN_FOR - timedelta(minutes=1))
    assert origin().is_known
    attempt(origin(), right=True)
    pass_by(session, KNOWN_FOR - timedelta(minutes=1))
    assert origin().is_known, "it was seen again"
    pass_by(session, timedelta(minutes=2))
    assert not origin().is_known


def test_what_is_being_checked_counts_until_it_is_judged(session: Any):
    for _ in range(TRIES):
        last = login_attempts.begin(origin(), tries=TRIES)
    with pytest.raises(AttemptsUndecided) as refused:
        login_attempts.begin(origin(), tries=TRIES)
    assert refused.value.retry_after_seconds == 1
    login_attempts.judge(last, origin(), right=True)
    attempt(origin(), right=True)
    for _ in range(TRIES):
        login_attempts.begin(origin(client=ABROAD), tries=TRIES)
    pass_by(session, CHECKED_WITHIN)
    with pytest.raises(TooManyAttempts) as refused:
        login_attempts.begin(origin(client=ABROAD), tries=TRIES)
    assert not isinstance(refused.value, AttemptsUndecided), "nobody will judge them: their server was killed"


def test_who_reads_the_mails_may_try_again(session: Any):
    use_up(origin())
    use_up(origin(client=ABROAD))
    login_attempts.trust(ADA, HOME, key=KEY)
    assert origin().is_known
    assert use_up(origin()) == KNOWN_TRIES * TRIES
    assert use_up(origin(client=ABROAD)) == 0


def test_nobody_reads_addresses_in_the_tables(session: Any):
    attempt(origin(), right=True)
    stored = [session.query(LoginAttempt).one(), session.query(LoginOrigin).one()]
    told = [str(value) for row in stored for value in vars(row).values()]
    assert not [text for text in told if "ada" in text or HOME in text]
    assert origin().account != login_attempts.origin_of(ADA, HOME, login=None, key="x" * 32).account


def test_what_is_old_is_forgotten(session: Any):
    attempt(origin(), right=True)
    pass_by(session, KNOWN_FOR)
    attempt(origin("grace@example.org"), right=True)
    assert login_attempts.purge() == 2
    assert login_attempts.purge() == 0
    assert session.query(LoginAttempt).one().made_at > utcnow() - WINDOW
    assert session.query(LoginOrigin).count() == 1
