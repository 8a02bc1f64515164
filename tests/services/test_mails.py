"""The queue of mails: written with the change, taken one by one, kept when they cannot be sent."""

from datetime import timedelta
from typing import Any

import pytest

from app.clock import utcnow
from app.models import Mail, RecentMail
from app.models.mails import RESET_PAGE, VERIFY_PAGE
from app.services import account_tokens, mails
from app.services.mails import LEASE, LONGEST_WAIT, MOST_ATTEMPTS, PAUSE, Letter
from tests.factories import make_user

KEY = "k" * 32
WEB = "https://events.example"
ADA = "ada@example.org"


def take(after: int = 0, *, everything: bool = False) -> Letter | None:
    return mails.take(after=after, everything=everything, frontend_url=WEB, key=KEY)


def test_a_mail_is_taken_in_turn_and_gone_once_it_is_sent(session: Any):
    for address in ("first@example.org", "second@example.org"):
        mails.queue(address, "Hello", "Text")
    first = take()
    assert first is not None
    assert (first.recipient, first.subject, first.text, first.attempts) == ("first@example.org", "Hello", "Text\n", 1)
    second = take(first.mail_id)
    assert second is not None
    assert second.recipient == "second@example.org"
    assert take() is None, "both belong to us"
    mails.sent(first)
    assert [mail.recipient for mail in mails.waiting()] == ["second@example.org"]
    assert mails.count_waiting() == 1
    mails.sent(first)  # somebody else has sent it meanwhile


def test_a_mail_belongs_to_who_has_taken_it_for_a_while(session: Any, monkeypatch: pytest.MonkeyPatch):
    mails.queue(ADA, "Hello", "Text")
    assert take() is not None
    assert take(everything=True) is None
    later = utcnow() + LEASE + timedelta(seconds=1)
    monkeypatch.setattr(mails, "utcnow", lambda: later)
    again = take()
    assert again is not None
    assert again.attempts == 2


def test_waits_grow_and_end(session: Any, monkeypatch: pytest.MonkeyPatch):
    mails.queue(ADA, "Hello", "Text")
    now = utcnow()
    waits = []
    for attempt in range(1, MOST_ATTEMPTS + 1):
        monkeypatch.setattr(mails, "utcnow", lambda now=now: now)
        letter = take()
        assert letter is not None
        assert mails.failed(letter, f"error {attempt}") == (attempt == MOST_ATTEMPTS)
        [mail] = mails.waiting()
        assert (mail.attempts, mail.last_error) == (attempt, f"error {attempt}")
        waits.append(mail.not_before - now)
        now = mail.not_before
    assert waits[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT
    monkeypatch.setattr(mails, "utcnow", lambda: now + timedelta(days=9))
    assert take() is None
    once_more = take(everything=True)
    assert once_more is not None
    assert mails.failed(once_more, "x" * 10_000 + "\x00"), "given up again"
    mails.failed(Letter(10**9, ADA, "", "", 1), "of a mail that is gone")


def test_what_is_hopeless_is_given_up_at_once(session: Any, monkeypatch: pytest.MonkeyPatch):
    mails.queue(ADA, "Hello", "Text")
    letter = take()
    assert letter is not None
    assert mails.failed(letter, "no such address", for_good=True)
    assert mails.waiting()[0].attempts == MOST_ATTEMPTS
    later = utcnow() + timedelta(days=9)
    monkeypatch.setattr(mails, "utcnow", lambda: later)
    assert take() is None
    assert take(everything=True) is not None


def test_a_page_of_the_web_app(session: Any):
    mails.queue(ADA, "Hello", "Your order:", page="/orders/x/view")
    letter = take()
    assert letter is not None
    assert letter.text == f"Your order:\n\n{WEB}/orders/x/view\n"


@pytest.mark.parametrize(
    ("page", "purpose"), [(RESET_PAGE, account_tokens.RESET), (VERIFY_PAGE, account_tokens.VERIFY)]
)
def test_a_page_with_a_token(session: Any, page: str, purpose: str):
    user = make_user(session, email="Ada@example.org")
    mails.queue(ADA, "Hello", "Open this:", page=page)
    assert not any("token" in (mail.text + (mail.page or "")) for mail in mails.waiting()), "it is not stored"
    letter = take()
    assert letter is not None
    address, token = letter.text.strip().split("\n\n")[1].split("?token=")
    assert address == WEB + page
    assert account_tokens.redeem(token, purpose, key=KEY) is user


@pytest.mark.parametrize("page", [RESET_PAGE, VERIFY_PAGE])
@pytest.mark.parametrize("fate", [None, {"is_blocked": True}, {"deleted_at": utcnow()}, {"is_verified": True}])
def test_a_token_for_nobody_is_dropped(session: Any, page: str, fate: dict[str, Any] | None):
    if fate is not None:
        make_user(session, email=ADA, **fate)
    mails.queue(ADA, "Hello", "Open this:", page=page)
    mails.queue("next@example.org", "Hello", "Text")
    letter = take()
    assert letter is not None
    is_sent = page == RESET_PAGE and fate == {"is_verified": True}
    assert letter.recipient == (ADA if is_sent else "next@example.org")
    assert len(mails.waiting()) == (2 if is_sent else 1)


@pytest.mark.parametrize("asked", ["KATE@Example.org", "\u212aate@example.org"])
def test_a_token_goes_to_the_accounts_own_address(session: Any, asked: str):
    """The Kelvin sign has the small letter k: its owner must not get Kate's link."""
    make_user(session, email="kate@example.org")
    mails.queue(asked, "Hello", "Open this:", page=RESET_PAGE)
    letter = take()
    assert letter is not None
    assert letter.recipient == "kate@example.org"


def test_subjects_are_one_line(session: Any):
    mails.queue(ADA, " An\nevent\r\nwith \u2028 a\tname\x01 ", "Text")
    assert mails.waiting()[0].subject == "An event with a name"


@pytest.mark.parametrize("address", ["ada@example.org\nBcc: eve@example.org", "ada@example.org\r"])
def test_an_address_with_a_line_break_is_refused(session: Any, address: str):
    with pytest.raises(ValueError, match="line break"):
        mails.queue(address, "Hello", "Text")
    assert mails.waiting() == []


def test_a_kind_of_mail_waits_before_it_is_queued_again(session: Any, monkeypatch: pytest.MonkeyPatch):
    now = utcnow()
    monkeypatch.setattr(mails, "utcnow", lambda: now)

    def asked(to: str, kind: str | None) -> bool:
        return mails.queue(to, "Hello", "Text", kind=kind)

    assert [asked(ADA, "a") for _ in range(3)] == [True, False, False]
    assert not asked(" ADA@example.org", "a")
    assert asked(ADA, "b")
    assert asked("grace@example.org", "a")
    assert asked(ADA, None)
    assert len(mails.waiting()) == 4
    now += PAUSE
    assert not asked(ADA, "a")
    now += timedelta(seconds=1)
    assert [asked(ADA, "a"), asked(ADA, "a")] == [True, False]
    assert not any("@" in row.recipient_hash for row in session.query(RecentMail))


def test_mails_to_one_address_go_together(session: Any):
    rows = [{"recipient": to, "subject": "S", "text": "T", "page": None} for to in (ADA, "grace@example.org", ADA)]
    assert mails.queue_all(rows[1:2], kind="a") == 1
    assert mails.queue_all(rows, kind="a") == 2
    assert [mail.recipient for mail in mails.waiting()] == ["grace@example.org", ADA, ADA]
    assert mails.queue_all([], kind="a") == 0


def test_what_is_remembered_is_forgotten(session: Any, monkeypatch: pytest.MonkeyPatch):
    now = utcnow()
    monkeypatch.setattr(mails, "utcnow", lambda: now)
    mails.queue(ADA, "Hello", "Text", kind="old")
    now += PAUSE + timedelta(seconds=1)
    mails.queue(ADA, "Hello", "Text", kind="new")
    mails.forget_recent()
    assert [row.kind for row in session.query(RecentMail)] == ["new"]


def test_a_name_is_one_line_and_not_long():
    assert mails.name_of(" Ada\n\nLovelace\u2028\x01") == "Ada Lovelace"
    assert mails.name_of("x" * 80) == "x" * 80
    cut = mails.name_of("Your account is locked.\n" * 900)
    assert len(cut) == 80
    assert "\n" not in cut
    assert cut.endswith("…")
    assert len(mails.name_of("x " * 500, longest=200)) <= 200


def test_many_are_one_statement(session: Any, count_queries: Any):
    rows = [{"recipient": f"g{n}@example.org", "subject": "S", "text": "T", "page": None} for n in range(100)]
    with count_queries() as statements:
        mails.queue_all(rows)
        mails.queue_all([])
    assert len(statements) == 1
    assert session.query(Mail).count() == 100
    assert session().info[mails.QUEUED]
