"""What must hold before a command works: the database answers, and its schema is the one this code was written for."""

from collections.abc import Iterable
from functools import cache

from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import Connection, NullPool, create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, ProgrammingError

from app.config import BadSetting
from app.database import db, session
from app.postgresql import DatabaseUnavailable

CONNECT_SECONDS = 5

_REVISIONS = text("SELECT version_num FROM alembic_version")


class SchemaMismatch(Exception):
    """The database's schema is older or newer than this code; the text is one sentence that says what to do."""


def require_answer(database_url: str, setting: str = "DATABASE_URL") -> None:
    """Raises `DatabaseUnavailable` when nobody answers there, `app.config.BadSetting` when it is no address."""
    try:
        url = make_url(database_url)
    except (ArgumentError, ValueError) as error:
        raise BadSetting(f"{setting} is not an address such as postgresql://user:password@host:5432/name.") from error
    try:
        engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": CONNECT_SECONDS})
        engine.connect().close()
    except DBAPIError as error:
        raise DatabaseUnavailable(f"The database {url!r} does not answer: {first_line(error)}.") from error


def require_known_schema() -> None:
    """Raises `SchemaMismatch` when the database of the current application was made by a newer release."""
    with db.engine.connect() as connection:
        actual = _actual_schema(connection)
    if mismatch := _newer("database", actual):
        raise mismatch


def require_known_revision(revision: str) -> None:
    """Raises `SchemaMismatch` when a backup with a schema of this revision was made by a newer release."""
    if mismatch := _newer("backup", {revision}):
        raise mismatch


def require_current_schema() -> None:
    """Raises `SchemaMismatch` when the database of the current application is behind this code, or ahead of it."""
    with db.engine.connect() as connection:
        mismatch = schema_mismatch(connection)
    if mismatch:
        raise mismatch


def schema_mismatch(connection: Connection) -> SchemaMismatch | None:
    """How the database's schema differs from the one that this code was written for, if it does. Two statements."""
    actual, (_, needed) = _actual_schema(connection), _known_revisions()
    if actual == needed:
        return None
    return _newer("database", actual) or SchemaMismatch(
        f"The database's schema is behind (it is {_listed(actual)}, this code needs {_listed(needed)}): run "
        "'python manage.py db upgrade'."
    )


def is_schema_sufficient() -> bool:
    """Whether this code can work on the schema of the current application's database, in one statement: it is the one
    it needs, or a newer release's, made while this one goes on running."""
    try:
        actual = set(session().scalars(_REVISIONS))
    except ProgrammingError:  # there is no such table
        return False
    known, heads = _known_revisions()
    return actual == heads or bool(actual - known)


def _newer(what: str, actual: set[str]) -> SchemaMismatch | None:
    known, heads = _known_revisions()
    if not actual - known:
        return None
    return SchemaMismatch(
        f"The {what} was made by a newer release (its schema is {_listed(actual)}, this code knows "
        f"{_listed(heads)}): install that release."
    )


def _actual_schema(connection: Connection) -> set[str]:
    # Alembic's own MigrationContext would log what it does, as if it migrated.
    if not inspect(connection).has_table("alembic_version"):
        return set()
    return set(connection.scalars(_REVISIONS))


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(current_app.extensions["migrate"].migrate.get_config())


@cache
def _known_revisions() -> tuple[frozenset[str], frozenset[str]]:
    """All that this code knows, and the newest; read from its files once."""
    scripts = _scripts()
    return frozenset(script.revision for script in scripts.walk_revisions()), frozenset(scripts.get_heads())


def first_line(error: DBAPIError) -> str:
    """What the database's driver says, without the advice in its further lines."""
    return str(error.orig).strip().partition("\n")[0].rstrip(".")


def _listed(revisions: Iterable[str]) -> str:
    return ", ".join(sorted(revisions)) or "empty"
