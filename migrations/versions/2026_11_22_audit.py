"""Audit: who changed what, when, in which request; written by the database itself, and chained by seals.

The database writes the entries, so that nothing is forgotten: neither statements over many rows, nor SQL by hand, nor
what the release before this one does while it still runs (whose entries do not say who).

One call makes a table's changes known: ``SELECT audit_table('door_passes', '{state,gate_id}')`` in a later migration,
which may be called again with other columns; ``SELECT audit_table_no_more('door_passes')`` in its downgrade. No column
that people type into belongs in the list: entries stay for ever, and nobody's name may.

Each step may run again, since every table gets its triggers in a transaction of its own: who holds locks on two tables
that servers write to waits for a server that waits for him.

Revision ID: 6b1fd0c2e947
Revises: 1c8e5b7f2a94
Create Date: 2026-11-22 07:50:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "6b1fd0c2e947"
down_revision = "1c8e5b7f2a94"
branch_labels = None
depends_on = None

AUDITED = {
    "orders": "{status,amount,payment_mode,user_id,sold_by_id,amount_override_by_id,completed_at}",
    "ticket_holders": "{ticket_id,order_id,created_by_id,deleted_at}",
    "tickets": "{type,price,min_price,max_price,quantity,min_order,max_order,sales_starts_at,sales_ends_at,is_hidden,"
    "is_checkin_restricted,auto_checkin_enabled,deleted_at}",
    "movements": "{attendee_id,microlocation_id,direction,occurred_at,source,verdict,reason,is_inferred}",
    "amendments": "{movement_id,kind,replacement_id,repair_id}",
    "repairs": "{direction,since,until,movement_count,attendee_count,undone_at,undone_by_id}",
    "check_in_conflicts": "{attendee_id,first_id,second_id,suggestion,state,resolution,resolved_by_id,resolved_at}",
    "user_check_ins": "{station_id,station_type,ticket_holder_id,session_id,movement_id,deleted_at}",
    "users_events_roles": "{user_id,role_id}",
    "role_invites": "{role_id,status}",
    "microlocations": "{capacity,is_capacity_hard,deleted_at}",
}
"""Table → the columns that its entries tell; in `OTHERS` those whose rows are no event's by a column of their own."""

OTHERS = {
    "order_lines": "'{quantity,price}', keys => '{order_id,ticket_id}', "
    "event => '(SELECT event_id FROM orders WHERE id = r.order_id)'",
    "events": "'{state,privacy,starts_at,ends_at,timezone,closing_time,capacity,deleted_at}', event => 'r.id'",
    "users": "'{is_admin,is_super_admin,is_verified,is_blocked,deleted_at}', event => 'NULL', "
    """facts => '{"password_hash": "password_changed", "email": "email_changed"}'""",
}

# What is called for each table: it writes the table's own trigger function, so that no statement has to be planned at
# every change, and one that changes nothing of the list costs a comparison.
AUDIT_TABLE = """
    CREATE OR REPLACE FUNCTION audit_table(
        audited text, columns text[], facts jsonb DEFAULT '{}', event text DEFAULT 'r.event_id',
        keys text[] DEFAULT '{id}'
    ) RETURNS void LANGUAGE plpgsql AS $make$
    DECLARE
        others text := (SELECT coalesce(string_agg(format('%L, coalesce(r.%2$I, o.%2$I)', key, key), ', '), '')
                        FROM unnest(keys[2:]) AS key);
        told text := (SELECT string_agg(format('%L, r.%I', name, name), ', ') FROM unnest(keys[2:] || columns) AS name);
        was text := (SELECT string_agg(
            format('CASE WHEN o.%1$I IS DISTINCT FROM r.%1$I THEN jsonb_build_object(%1$L, o.%1$I) ELSE ''{}'' END',
                   name), ' || ') FROM unnest(columns) AS name);
        became text := replace(was, ', o.', ', r.') || (SELECT coalesce(string_agg(
            format(' || CASE WHEN o.%1$I IS DISTINCT FROM r.%1$I THEN jsonb_build_object(%2$L, true) ELSE ''{}'' END',
                   fact.key, fact.value), ''), '') FROM jsonb_each_text(facts) AS fact);
        same text := (SELECT string_agg(format('o.%1$I = r.%1$I', key), ' AND ') FROM unnest(keys) AS key);
        watched text[] := columns || ARRAY(SELECT jsonb_object_keys(facts));
    BEGIN
        EXECUTE format(
            $write$
            CREATE OR REPLACE FUNCTION %1$I() RETURNS trigger LANGUAGE plpgsql AS $body$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    INSERT INTO audit_entries (verb, noun, row_id, event_id, after)
                    SELECT 'insert', %2$L, r.%3$I, %4$s, jsonb_strip_nulls(jsonb_build_object(%5$s)) FROM new_rows r;
                ELSIF TG_OP = 'DELETE' THEN
                    INSERT INTO audit_entries (verb, noun, row_id, event_id, before)
                    SELECT 'delete', %2$L, r.%3$I, %4$s, jsonb_strip_nulls(jsonb_build_object(%5$s)) FROM old_rows r;
                ELSE
                    INSERT INTO audit_entries (verb, noun, row_id, event_id, before, after)
                    SELECT 'update', %2$L, coalesce(r.%3$I, o.%3$I), %4$s,
                           jsonb_build_object(%6$s) || %7$s, jsonb_build_object(%6$s) || %8$s
                    FROM new_rows r FULL JOIN old_rows o ON %9$s
                    WHERE (%10$s) IS DISTINCT FROM (%11$s);
                END IF;
                RETURN NULL;
            END $body$
            $write$,
            'audit_' || audited, audited, keys[1], event, told, others, was, became, same,
            (SELECT string_agg(format('o.%I', name), ', ') FROM unnest(keys || watched) AS name),
            (SELECT string_agg(format('r.%I', name), ', ') FROM unnest(keys || watched) AS name)
        );
        EXECUTE format(
            $write$
            CREATE OR REPLACE TRIGGER audit_insert AFTER INSERT ON %1$I REFERENCING NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION %2$I();
            CREATE OR REPLACE TRIGGER audit_update AFTER UPDATE ON %1$I
            REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION %2$I();
            CREATE OR REPLACE TRIGGER audit_delete AFTER DELETE ON %1$I REFERENCING OLD TABLE AS old_rows
            FOR EACH STATEMENT EXECUTE FUNCTION %2$I();
            $write$,
            audited, 'audit_' || audited
        );
    END $make$;

    CREATE OR REPLACE FUNCTION audit_table_no_more(audited text) RETURNS void LANGUAGE plpgsql AS $drop$
    BEGIN
        EXECUTE format('DROP FUNCTION IF EXISTS %I() CASCADE', 'audit_' || audited);  -- and the triggers with it
    END $drop$;
"""

APPEND_ONLY = """
    CREATE OR REPLACE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '%: rows are only ever added', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$;

    CREATE OR REPLACE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit();
    CREATE OR REPLACE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit();
"""


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column(
            "written_in",
            sa.BigInteger(),
            server_default=sa.text("((pg_current_xact_id())::text)::bigint"),
            nullable=False,
        ),
        sa.Column(
            "subject",
            sa.Text(),
            server_default=sa.text("NULLIF(current_setting('app.subject'::text, true), ''::text)"),
            nullable=True,
        ),
        sa.Column(
            "request_id",
            sa.Text(),
            server_default=sa.text("NULLIF(current_setting('app.request'::text, true), ''::text)"),
            nullable=True,
        ),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("noun", sa.Text(), nullable=False),
        sa.Column("row_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.Column("before", JSONB(), nullable=True),
        sa.Column("after", JSONB(), nullable=True),
        sa.CheckConstraint("verb IN ('insert', 'update', 'delete', 'erase')", name=op.f("ck_audit_entries_verb_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
        if_not_exists=True,
    )
    op.create_index("ix_audit_entries_event_id_id", "audit_entries", ["event_id", "id"], if_not_exists=True)
    op.create_index("ix_audit_entries_noun_row_id", "audit_entries", ["noun", "row_id"], if_not_exists=True)
    op.create_table(
        "audit_seals",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_seals")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_audit_seals_entry_id")),
        if_not_exists=True,
    )
    op.create_table(
        "audit_marks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("sealed_to", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("seen_to", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("seen_before", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_marks_the_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_marks")),
        if_not_exists=True,
    )
    op.execute("INSERT INTO audit_marks (id) VALUES (1) ON CONFLICT DO NOTHING")
    op.execute(APPEND_ONLY)
    op.execute(AUDIT_TABLE)
    with op.get_context().autocommit_block():
        for table, columns in AUDITED.items():
            op.execute(f"SELECT audit_table('{table}', '{columns}')")
        for table, arguments in OTHERS.items():
            op.execute(f"SELECT audit_table('{table}', {arguments})")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for table in (*AUDITED, *OTHERS):
            op.execute(f"DROP FUNCTION IF EXISTS audit_{table}() CASCADE")
    op.drop_table("audit_marks", if_exists=True)
    op.drop_table("audit_seals", if_exists=True)
    op.drop_table("audit_entries", if_exists=True)
    op.execute("DROP FUNCTION IF EXISTS refuse_change_of_audit()")
    op.execute("DROP FUNCTION IF EXISTS audit_table_no_more(text)")
    op.execute("DROP FUNCTION IF EXISTS audit_table(text, text[], jsonb, text, text[])")
