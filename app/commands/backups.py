"""``backup`` and ``restore``."""

from pathlib import Path

import click
import flask_migrate
from flask import Flask
from sqlalchemy import inspect, text

from app import dumps
from app.clock import utcnow
from app.commands.opening import application
from app.config import Settings
from app.database import COMMAND, db, session, transaction
from app.models import Backup
from app.preflight import require_known_revision
from app.services import accounts, backups, cursors, integrity, occupancy

OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND usename IS NOT NULL"
)


@click.command("backup")
@click.argument("target", type=click.Path(path_type=Path), required=False)
@click.option(
    "--keep", type=click.IntRange(1), help="Delete older backups in the folder, but for so many of the newest."
)
def backup(target: Path | None, keep: int | None) -> None:
    """Write all data to TARGET, a file or an existing folder (DATA_DIR/backups), while the server runs or not.

    The secret key is not in it: without SECRET_KEY, keep a copy of DATA_DIR/secret_key with the backups.
    """
    with application() as app, app.app_context():
        settings: Settings = app.config["SETTINGS"]
        began = utcnow()
        if target is None or target.is_dir():
            folder = target or settings.data_dir / "backups"
            path = folder / dumps.name_at(began)
        elif keep is None:
            path = target
        else:
            raise click.UsageError(f"--keep is for a folder, and {target} is none.")
        dumps.require_version(int(session().scalar(text("SHOW server_version_num")) or 0) // 10_000)
        session().remove()
        size = dumps.write(_url(app), path)
        noted = inspect(db.engine).has_table(Backup.__tablename__)  # not before an upgrade that brings it
        if noted:
            with transaction(COMMAND):
                backups.note(started_at=began, finished_at=utcnow(), size=size, file_name=path.name)
        gone = dumps.prune(path.parent, keep) if keep is not None else []
    click.echo(f"{path} ({size} bytes)")
    for old in gone:
        click.echo(f"{old} is deleted.")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--replace", is_flag=True, help="Delete what the database holds.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(file: Path, replace: bool, yes: bool) -> None:
    """Put a backup into the database, which must be empty, and which nobody else may use meanwhile.

    One of an older release is upgraded. Ends with 'integrity', whose exit code it has.
    """
    dumps.require_whole(file)
    revision = dumps.revision_of(file)
    with application() as app, app.app_context():
        require_known_revision(revision)
        _require_nobody_else()
        holds = inspect(db.engine).get_table_names()
        if holds and not replace:
            raise dumps.CannotDump("The database is not empty: name another one, or use --replace.")
        if holds and not yes:
            click.confirm(f"Delete all that is in {db.engine.url!r}?", abort=True)
        dumps.restore(_url(app), file, replace=bool(holds))
        flask_migrate.upgrade()
        findings = _after()
    click.echo(f"{file} is restored. All devices at the door begin anew; everybody has to log in again.")
    for finding in findings:
        click.echo(finding.text)
    if findings:
        raise click.exceptions.Exit(1)
    click.echo("Everything adds up.")


def _url(app: Flask) -> str:
    settings: Settings = app.config["SETTINGS"]
    return settings.required_database_url()


def _require_nobody_else() -> None:
    others = session().scalar(OTHERS)
    session().remove()
    if others:
        raise dumps.CannotDump(
            f"{others} other connections use the database: stop the servers and commands that work with it first."
        )


def _after() -> list[integrity.Finding]:
    """What a restored database needs; gives what does not add up in it."""
    with transaction(COMMAND):
        accounts.end_all_tokens()  # what was ended since the backup would be good again
        cursors.expire_all()
    with transaction(COMMAND):
        occupancy.recount()  # an old release may have left it
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return integrity.report()
