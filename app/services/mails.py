"""Mails: queued in the transaction of what they tell of, so that one exists exactly if the change does, and their way
out of the queue. Sending is not done here, and never inside a request (`app.mailing`)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql

from app.clock import utcnow
from app.database import session
from app.models import Mail, RecentMail
from app.models.mails import RESET_PAGE, VERIFY_PAGE
from app.services import account_tokens, invite_tokens
from app.services.addresses import by_email

QUEUED = "mails queued"
"""Set in the session's ``info`` when the transaction has queued a mail."""

PURPOSES = {VERIFY_PAGE: account_tokens.VERIFY, RESET_PAGE: account_tokens.RESET}
"""Pages that are opened with a token → what the token is for."""

MOST_ATTEMPTS = 12
LEASE = timedelta(minutes=5)
"""How long a mail belongs to who has taken it: longer than sending takes at its slowest."""

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=4)
LONGEST_ERROR = 500

PAUSE = timedelta(minutes=5)
"""How long a kind of mail is not queued again for the same address: nobody's mailbox is filled by who asks often."""

LONGEST_NAME = 80
"""More of a name is not told by mail. Anybody may choose one, and send it to whomever he likes."""


@dataclass(frozen=True)
class Letter:
    """A mail ready to be sent, for the ``attempts``-th time."""

    mail_id: int
    recipient: str
    subject: str
    text: str
    attempts: int


def queue(
    to: str,
    subject: str,
    text: str,
    *,
    page: str | None = None,
    kind: str | None = None,
    role_invite_id: int | None = None,
) -> bool:
    """A mail to one address, sent after the commit. ``page`` is the page of the web app that it leads to.

    Of a mail that can be asked for, ``kind`` says what it is about: the address gets the next one of the kind after
    `PAUSE`, and until then nothing is queued. Gives whether it was. Raises `ValueError` for an address with a line
    break.
    """
    mail = {"recipient": to, "subject": subject, "text": text, "page": page, "role_invite_id": role_invite_id}
    return queue_all([mail], kind=kind) > 0


def queue_all(rows: Sequence[dict[str, Any]], *, kind: str | None = None) -> int:
    """The same for several mails, in one statement: ``rows`` hold recipient, subject, text and page
    (and the invite's id, if it is a letter of one).

    Those to one address go together, or wait together. Gives how many were queued.
    """
    for row in rows:
        if "\n" in row["recipient"] or "\r" in row["recipient"]:
            raise ValueError("a mail's address must not hold a line break")
    due = [{**row, "subject": _one_line(row["subject"])} for row in (rows if kind is None else _not_recent(rows, kind))]
    if due:
        session().execute(insert(Mail), due)
        session().info[QUEUED] = True
    return len(due)


def name_of(text: str, *, longest: int = LONGEST_NAME) -> str:
    """Words that somebody has chosen (his name, an event's, a note), as a mail may hold them: one line, not long."""
    line = _one_line(text)
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def forget_recent() -> None:
    """Deletes what is remembered of mails that may be asked for again."""
    key = tuple_(RecentMail.recipient_hash, RecentMail.kind)
    # What somebody is writing at this moment is not old any more.
    old = select(RecentMail.recipient_hash, RecentMail.kind).where(RecentMail.queued_at < utcnow() - PAUSE)
    session().execute(delete(RecentMail).where(key.in_(old.with_for_update(skip_locked=True))))


def forget(address: str) -> int:
    """Deletes what waits to be sent to an address, and gives how many mails that were; and what is remembered of it."""
    session().execute(delete(RecentMail).where(RecentMail.recipient_hash == _hash(address)))
    gone = delete(Mail).where(func.lower(Mail.recipient) == address.lower()).returning(Mail.id)
    return len(session().scalars(gone).all())


def waiting() -> Sequence[Mail]:
    """All mails that have not been sent, the oldest first."""
    return session().scalars(select(Mail).order_by(Mail.id)).all()


def count_waiting() -> int:
    """How many `waiting` are."""
    return session().scalar(select(func.count()).select_from(Mail)) or 0


def take(*, after: int, everything: bool, frontend_url: str, key: str) -> Letter | None:
    """The next mail (by id, ``after`` that one) that is due, ready to be sent; None when there is no more.

    ``everything`` takes also those that have failed and wait for a later try, or for none. The mail is ours for
    `LEASE`; whoever dies over it leaves it to the next. One with a token goes to the account's own address, and is
    dropped when there is no account (any more); so is an invite that nobody can accept any more.
    """
    while (mail := _next(after, everything)) is not None:
        mail.attempts += 1
        mail.not_before = utcnow() + LEASE
        mail.last_error = None
        letter = _letter(mail, frontend_url, key)
        if letter is None:
            session().delete(mail)
        session().flush()
        if letter is not None:
            return letter
        after = mail.id
    return None


def sent(letter: Letter) -> None:
    """Takes a mail out of the queue: neither links nor addresses stay in the database."""
    session().execute(delete(Mail).where(Mail.id == letter.mail_id))


def failed(letter: Letter, error: str, *, for_good: bool = False) -> bool:
    """Keeps the words of the error, and lets the mail wait, longer each time; ``for_good`` gives it up at once.

    Whether it is given up now.
    """
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(letter.attempts - 1, MOST_ATTEMPTS))
    attempts = max(letter.attempts, MOST_ATTEMPTS) if for_good else letter.attempts
    kept = {"last_error": error[:LONGEST_ERROR].replace("\x00", ""), "not_before": utcnow() + wait}
    session().execute(update(Mail).where(Mail.id == letter.mail_id).values(kept | {"attempts": attempts}))
    return attempts >= MOST_ATTEMPTS


def _not_recent(rows: Sequence[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """The rows whose addresses were sent nothing of the kind lately; from now on they were."""
    if not rows:
        return []
    now = utcnow()
    # Sorted: two who write the same ones must not wait for each other.
    hashes = sorted({_hash(row["recipient"]) for row in rows})
    noted = postgresql.insert(RecentMail).values(
        [{"recipient_hash": value, "kind": kind, "queued_at": now} for value in hashes]
    )
    noted = noted.on_conflict_do_update(
        index_elements=[RecentMail.recipient_hash, RecentMail.kind],
        set_={"queued_at": noted.excluded.queued_at},
        where=RecentMail.queued_at < now - PAUSE,
    )
    due = set(session().scalars(noted.returning(RecentMail.recipient_hash)))
    return [row for row in rows if _hash(row["recipient"]) in due]


def _hash(address: str) -> str:
    return hashlib.sha256(address.strip().lower().encode()).hexdigest()


def _next(after: int, everything: bool) -> Mail | None:
    now = utcnow()
    due = _is_due(now)
    if everything:
        # Not what somebody is sending at this moment: that has no error, and its lease is not over.
        due = or_(Mail.last_error.is_not(None), Mail.not_before <= now)
    statement = select(Mail).where(Mail.id > after, due).order_by(Mail.id).limit(1)
    return session().scalar(statement.with_for_update(skip_locked=True).execution_options(populate_existing=True))


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(Mail.not_before <= now, Mail.attempts < MOST_ATTEMPTS)


def _letter(mail: Mail, frontend_url: str, key: str) -> Letter | None:
    """The mail with its link; None when it needs a token that nobody is to get."""
    recipient, link = mail.recipient, f"{frontend_url}{mail.page}"
    if mail.page in PURPOSES:
        user = by_email(mail.recipient)
        if user is None or user.is_blocked or (mail.page == VERIFY_PAGE and user.is_verified):
            return None
        # To the account's address, not to the one that was asked for: other letters may have the same small ones (the
        # Kelvin sign's is «k»), and be somebody else's mailbox.
        recipient = user.email
        link += f"?token={account_tokens.issue(user, PURPOSES[mail.page], key=key)}"
    if mail.role_invite_id is not None:
        token = invite_tokens.issue(mail.role_invite_id)
        if token is None:
            return None
        link += f"?token={token}"
    text = f"{mail.text}\n\n{link}\n" if mail.page else f"{mail.text}\n"
    return Letter(mail.id, recipient, mail.subject, text, mail.attempts)


def _one_line(text: str) -> str:
    """A subject as a header may hold it: an event's name may hold anything."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
