"""Runs the migrations on the application's database, one process at a time, never waiting long for a lock."""

from alembic import context
from alembic.autogenerate import comparators
from alembic.operations.ops import CreateCheckConstraintOp, DropConstraintOp
from flask import current_app
from sqlalchemy import CheckConstraint, text
from sqlalchemy.sql.elements import conv

from app import models  # noqa: F401  (defines the tables that `db check` compares with)
from app.database import Base

ONE_AT_A_TIME = 4_721_600_001
"""Key of the advisory lock: two servers that start together must not migrate together."""

LOCK_TIMEOUT = "5s"
"""Behind an ALTER that waits for a lock every query waits too, so it gives up soon; run it again."""


@comparators.dispatch_for("table")
def compare_check_constraints(autogen_context, modify_ops, schema, table_name, in_database, in_models) -> None:
    """Lets `db check` and `db migrate` see CHECK constraints, which Alembic leaves out; they are told apart by name."""
    if in_database is None or in_models is None:
        return
    checks = autogen_context.inspector.get_check_constraints(table_name, schema=schema)
    stored = {check["name"]: check["sqltext"] for check in checks}
    wanted = {str(check.name): check for check in in_models.constraints if isinstance(check, CheckConstraint)}
    for name in sorted(wanted.keys() - stored.keys()):
        modify_ops.ops.append(CreateCheckConstraintOp.from_constraint(wanted[name]))
    for name in sorted(stored.keys() - wanted.keys()):
        superfluous = CheckConstraint(stored[name], name=conv(name))
        in_database.append_constraint(superfluous)
        modify_ops.ops.append(DropConstraintOp.from_constraint(superfluous))


def run() -> None:
    """Migrates in one transaction for each step."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = 0; SET statement_timeout = 0"))
        connection.execute(text(f"SELECT pg_advisory_lock({ONE_AT_A_TIME})"))
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.commit()
        try:
            context.configure(
                connection=connection,
                target_metadata=Base.metadata,
                compare_type=True,
                compare_server_default=True,
                transaction_per_migration=True,
            )
            with context.begin_transaction():
                context.run_migrations()
        finally:
            connection.rollback()
            connection.execute(text(f"SELECT pg_advisory_unlock({ONE_AT_A_TIME})"))
            connection.execute(text("RESET ALL"))
            connection.commit()


if context.is_offline_mode():
    raise SystemExit("Migrations run on a database; the offline mode (--sql) is not offered.")
run()
