"""The database session, the base of all models, and the only function that commits."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from select import POLLIN, poll
from typing import Any, NamedTuple

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from psycopg2 import InterfaceError
from psycopg2.extensions import STATUS_READY
from sqlalchemy import Connection, Engine, Executable, MetaData, event
from sqlalchemy.exc import DataError, DBAPIError, DisconnectionError
from sqlalchemy.orm import DeclarativeBase, scoped_session
from sqlalchemy.orm import Session as PlainSession
from sqlalchemy.pool import ConnectionPoolEntry, Pool

from app import messages

# Named constraints can be dropped again by a downgrade; the default names differ between create_all and migrations.
NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """What every model stands on."""

    metadata = MetaData(naming_convention=NAMING)

    @classmethod
    def called(cls) -> str:
        """What people call a row: the class's name in words, «Door pass»."""
        return _in_words(cls.__name__)


@cache
def _in_words(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).capitalize()


REPLICA = "replica"
"""The bind of a copy that may be slightly old, where there is one (`app.replica`)."""


class RoutedSession(Session):
    """A session that reads from the replica while `reading_from_replica` says so."""

    def get_bind(self, mapper: Any = None, clause: Any = None, bind: Any = None, **kwargs: Any) -> Any:
        """The engine of a statement."""
        if bind is None and self.info.get(REPLICA):
            return db.engines[REPLICA]
        return super().get_bind(mapper, clause, bind, **kwargs)


# expire_on_commit=False: the answer is rendered before the commit, nothing is read again after it.
db = SQLAlchemy(model_class=Base, session_options={"class_": RoutedSession, "expire_on_commit": False})


@event.listens_for(Pool, "checkout")
def _require_silence(connection: Any, _record: object, _proxy: object) -> None:
    """Lets the pool open another connection for one that the server has ended: a restarted database must not cost a
    request.

    An idle connection has nothing to say. Where there is something to read, it was closed, or reset, or the kernel's
    keepalives have given it up, or the server has told why it ends it; and if it was but a notice, a connection is
    opened for nothing. It costs a system call, and no round trip as SQLAlchemy's ``pool_pre_ping`` does, which takes
    as long as an answer to a statement, for each request. What that notices and this does not: for up to 20 seconds
    after a machine has vanished without a word (`app.config`), the ping waits for the kernel to give up and then
    connects anew, while here the first statement waits for it, and the answer is 503.
    """
    try:
        watched = poll()
        watched.register(connection.fileno(), POLLIN)  # errors and hang-ups are told in any case
    except InterfaceError:  # closed on this side
        raise DisconnectionError from None
    if watched.poll(0):
        raise DisconnectionError


_READS = "only reads"
"""Where a session keeps that it needs no transaction, and a connection that it has none."""


def only_read() -> None:
    """From now on the session sends each statement by itself, until it comes to a `transaction` or a `snapshot`.

    To begin and to end a transaction are two messages to PostgreSQL, which are of no use to who only reads: in READ
    COMMITTED each statement sees what is committed when it begins, whether in one transaction with others or not.
    """
    db.session.info[_READS] = True


@event.listens_for(RoutedSession, "after_begin")
def _send_each_by_itself(reader: PlainSession, _transaction: object, connection: Connection) -> None:
    """Not by SQLAlchemy's isolation level AUTOCOMMIT, which costs more messages than it saves: PostgreSQL is told the
    level before and after. A connection whose transaction somebody else has begun stays as it is."""
    if reader.info.get(_READS):
        driver: Any = connection.connection.dbapi_connection
        if driver.status == STATUS_READY:
            driver.autocommit = connection.info[_READS] = True


@event.listens_for(RoutedSession, "before_flush")
def _require_transaction(writer: PlainSession, _context: object, _rows: object) -> None:
    """What only reads has nothing to undo a write with, and nobody to name for it in the audit."""
    if writer.info.get(_READS) and (writer.new or writer.deleted or any(map(writer.is_modified, writer.dirty))):
        raise RuntimeError("a request that only reads has changed something")


@event.listens_for(Pool, "checkin")
def _give_back_as_it_was(driver: Any, record: ConnectionPoolEntry) -> None:
    if record.info.pop(_READS, False) and driver is not None:  # there is none any more when it was given up
        driver.autocommit = False


def session() -> scoped_session[Session]:
    """The session of the current application context."""
    return db.session


SYSTEM = "system"
COMMAND = "command"
"""Who changes something: the server by itself, or a command of its operator. Others are named by `app.api`."""

# Until the transaction ends, so that a pooler may give the connection to somebody else after it. Not by set_config(),
# whose rows nobody reads: SET takes half the processor's time (measured: 0.04 ms of 0.08).
_TELL = "SET LOCAL app.subject = %(subject)s; SET LOCAL app.request = %(request_id)s; "

_LAST = "done last"
"""Where the session of a `transaction` keeps what is to be done at its end."""

_DIVISION_BY_ZERO = "22012"


class Closing(NamedTuple):
    """A statement that can be sent in one message with the COMMIT. Where it cannot do what it is for, it divides by
    zero: nobody looks at what it gives before all is committed."""

    statement: Executable
    parameters: Mapping[str, Any]


class _Last(NamedTuple):
    work: Callable[[], None]
    closing: Closing | None


@contextmanager
def transaction(subject: str = SYSTEM, request_id: str = "") -> Iterator[None]:
    """Commits once at the end of the block, or rolls everything back on any exception, and raises it on.

    The audit entries of what is changed in it say who: ``subject``, in which request. What the block has left for
    `at_last` is done after it, and whatever that raises rolls everything back, too.
    """
    if db.session.info.pop(_READS, False):
        db.session.commit()  # nothing, but the connection is given back; a rollback would forget what was read
    last: list[_Last] = []
    db.session.info[_LAST] = last
    try:
        with messages.sent_first(db.session.connection(), _TELL, {"subject": subject, "request_id": request_id}):
            yield
            is_over = _finish(last)
            try:
                db.session.commit()
            except DBAPIError:  # of a connection that was lost: who was told of a failure would do the same again
                if not is_over:
                    raise
                db.session.rollback()  # of nothing; who listens for commits hears of none, and looks again by himself
    except BaseException:
        db.session.rollback()
        raise
    finally:
        del db.session.info[_LAST]  # of one try only: the next one, after a rollback, brings its own


def at_last(work: Callable[[], None], *, closing: Closing | None = None) -> None:
    """Has ``work`` done once, when the block of the `transaction` is through, immediately before its commit.

    It is for locks that others wait for, on what the answer does not tell: by then the answer is rendered, and kept for
    who sends the same again. Several are done in the order in which they were given; who takes locks in more than one
    must take them in one order all the same. What it raises is raised by the transaction.

    ``closing`` does the same as ``work``, or fails: then ``work`` is done. Of the last one it is sent in one message
    with the COMMIT. Others wait for the locks that it takes; in two messages they would also wait until this thread's
    turn comes to send the second.

    Outside of a `transaction` it is done at once: nobody knows when its end would be, and what is refused must be
    refused all the same.
    """
    last: list[_Last] | None = db.session.info.get(_LAST)
    if last is None:
        work()
    else:
        last.append(_Last(work, closing))


def _finish(last: Sequence[_Last]) -> bool:
    """Does all of it, and gives whether everything is committed with that."""
    for each in last:
        if each.closing is not None and each is last[-1] and _is_committed_with(each.closing):
            return True
        each.work()
    return False


def _is_committed_with(closing: Closing) -> bool:
    """Whether a statement has done what it is for, and all is committed; else it is as if it had not been sent."""
    if not isinstance(db.session.get_bind(), Engine):  # a transaction that somebody else has begun is his to commit
        return False
    db.session.flush()
    connection = db.session.connection()
    try:
        connection.execute(*closing, execution_options={messages.COMMITTED_WITH: True})
    except DataError as error:
        if getattr(error.orig, "pgcode", None) != _DIVISION_BY_ZERO:
            raise
        connection.exec_driver_sql(messages.UNDO)
        return False
    return True


@contextmanager
def reading_from_replica() -> Iterator[None]:
    """Within the block the session reads from the replica."""
    db.session.info[REPLICA] = True
    try:
        yield
    finally:
        del db.session.info[REPLICA]


@contextmanager
def snapshot() -> Iterator[None]:
    """All that is read in the block is of one moment, whatever others commit meanwhile; nothing can be written.

    What was read before it is read anew. A session on a connection whose transaction somebody else has begun reads as
    he does.
    """
    db.session.info.pop(_READS, None)
    db.session.rollback()
    if isinstance(db.session.get_bind(), Engine):
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})
    try:
        yield
    finally:
        db.session.rollback()
