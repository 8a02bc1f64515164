"""${message}

One step, both ways, and kind to a running server:

* Import no models: this file must do the same when they have changed.
* Add columns that are NOT NULL in two moves (with a server default or nullable now, strict in the next release), so that
  the previous release keeps working on the new schema.
* Create indexes on large tables with ``postgresql_concurrently=True`` in ``with op.get_context().autocommit_block():``,
  after dropping it with ``if_exists=True``: an interrupted run leaves an invalid one that ``if_not_exists`` would keep.
* An ALTER that waits for a lock makes every query behind it wait: migrations/env.py sets a short lock_timeout. Let it
  fail and run it again at a quieter minute.
* Move data in a migration of its own, in batches.

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
Create Date: ${create_date}
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
