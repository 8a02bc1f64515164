"""Sessions whose changes are taken back."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy.orm import Session, scoped_session

from app.database import db


@contextmanager
def rolled_back(app: Flask) -> Iterator[scoped_session[Session]]:
    """A session in a transaction that is rolled back, whatever is committed in it.

    A fixture of a whole file may make in it what is dear; then each test's session goes on from there, and is undone.
    """
    with app.app_context():
        engines, before = db.engines, db.engines[None]
        with before.engine.connect() as connection:
            outer = connection.begin()
            engines[None] = connection  # type: ignore[assignment]  # Flask-SQLAlchemy ignores a bind= on the session
            try:
                yield db.session
            finally:
                db.session.remove()
                engines[None] = before
                outer.rollback()


@contextmanager
def undone() -> Iterator[scoped_session[Session]]:
    """The session of the `rolled_back` around it; afterwards everything is as it was before, in the session, too."""
    db.session.commit()
    savepoint = db.engines[None].begin_nested()  # type: ignore[attr-defined]  # a connection
    try:
        yield db.session
    finally:
        db.session.rollback()
        savepoint.rollback()
        db.session.expire_all()
