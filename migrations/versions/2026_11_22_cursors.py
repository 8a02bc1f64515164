"""Attendees know the transaction that wrote them last, so that a device that comes back gets what has changed.

The database keeps ``ticket_holders.written_in`` by itself. A row that is changed past it, by a person's SQL or by the
release before this one, would never reach the devices at the door: nothing may be able to forget it.

Each step may run again, since the ones before are committed when an index is made beside a running server.

Revision ID: c7e19b3f5a42
Revises: 3c9e07b5a1d8
Create Date: 2026-11-22 04:40:00.000000+00:00
"""

from alembic import op

revision = "c7e19b3f5a42"
down_revision = "3c9e07b5a1d8"
branch_labels = None
depends_on = None

# No default of the column: it would give way to a value that is sent, as a row copied back from a backup has one.
WRITTEN = """
    CREATE OR REPLACE FUNCTION written_in_this_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.written_in := pg_current_xact_id()::text::bigint;
        RETURN NEW;
    END $$;

    CREATE OR REPLACE TRIGGER written_in_this_transaction
    BEFORE INSERT OR UPDATE ON ticket_holders
    FOR EACH ROW EXECUTE FUNCTION written_in_this_transaction();
"""

# What devices are told of a guest stands in his order, too: whether it admits him, and what his QR code says.
ORDERS = """
    CREATE OR REPLACE FUNCTION write_guests_of_order() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE ticket_holders SET written_in = NULL WHERE order_id = NEW.id;  -- their own trigger says in which
        RETURN NULL;
    END $$;

    CREATE OR REPLACE TRIGGER write_guests_of_order
    AFTER UPDATE OF status, identifier ON orders
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status OR OLD.identifier IS DISTINCT FROM NEW.identifier)
    EXECUTE FUNCTION write_guests_of_order();
"""

INDEX = "ix_ticket_holders_event_id_written_in"


def upgrade() -> None:
    # Nullable and without a default, so that no row is written anew: null is what no transaction has written since.
    op.execute("ALTER TABLE ticket_holders ADD COLUMN IF NOT EXISTS written_in bigint")
    op.execute(WRITTEN)
    op.execute("ALTER TABLE settings ADD COLUMN IF NOT EXISTS epoch text")
    # Cursors of a time before a downgrade must not be good any more: nobody took notes of what was written in between.
    op.execute("UPDATE settings SET epoch = gen_random_uuid()::text")
    with op.get_context().autocommit_block():
        # By itself: who writes orders and guests must not wait for a transaction that locks both tables.
        op.execute(ORDERS)
        # What an interrupted run has left is invalid: it has the name, and is never used.
        op.drop_index(INDEX, table_name="ticket_holders", postgresql_concurrently=True, if_exists=True)
        op.create_index(INDEX, "ticket_holders", ["event_id", "written_in", "id"], postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP TRIGGER IF EXISTS write_guests_of_order ON orders")
        op.execute("DROP FUNCTION IF EXISTS write_guests_of_order()")
        op.drop_index(INDEX, table_name="ticket_holders", postgresql_concurrently=True, if_exists=True)
    op.execute("DROP TRIGGER IF EXISTS written_in_this_transaction ON ticket_holders")
    op.execute("DROP FUNCTION IF EXISTS written_in_this_transaction()")
    op.execute("ALTER TABLE ticket_holders DROP COLUMN IF EXISTS written_in")
    op.execute("ALTER TABLE settings DROP COLUMN IF EXISTS epoch")
