"""The database session, the base of all models, and the only function that commits."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import Engine, MetaData, Row, Select, text
from sqlalchemy.orm import DeclarativeBase, scoped_session
from sqlalchemy.orm import Session as PlainSession

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


def session() -> scoped_session[Session]:
    """The session of the current application context."""
    return db.session


SYSTEM = "system"
COMMAND = "command"
"""Who changes something: the server by itself, or a command of its operator. Others are named by `app.api`."""

# Until the transaction ends, so that a pooler may give the connection to somebody else after it.
_TELL = text("SELECT set_config('app.subject', :subject, true), set_config('app.request', :request_id, true)")


@contextmanager
def transaction(subject: str = SYSTEM, request_id: str = "") -> Iterator[None]:
    """Commits once at the end of the block, or rolls everything back on any exception, and raises it on.

    The audit entries of what is changed in it say who: ``subject``, in which request.
    """
    try:
        db.session.execute(_TELL, {"subject": subject, "request_id": request_id})
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise


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
    db.session.rollback()
    if isinstance(db.session.get_bind(), Engine):
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})
    try:
        yield
    finally:
        db.session.rollback()


def streamed(statement: Select[Any], *, batch: int = 500) -> Iterator[Row[Any]]:
    """The statement's rows from a server-side cursor, two batches in memory at a time: while one is worked on, the next
    is fetched beside it.

    In a session of its own, since a file is still being sent when its request's session has ended. It takes its
    connection when the first row is asked for, and gives it back after the last, or when the iterator is closed.
    """
    bind = db.session.get_bind()

    def rows() -> Iterator[Row[Any]]:
        # Parted last to first: nobody fetches any more when the session ends.
        with PlainSession(bind) as own, ThreadPoolExecutor(1, "streamed") as beside:
            batches = own.execute(statement, execution_options={"yield_per": batch}).partitions()
            coming = beside.submit(next, batches, ())
            while fetched := coming.result():
                coming = beside.submit(next, batches, ())
                yield from fetched

    return rows()
