"""Guards in the database: append-only journal, no state without its journal row, permitted moves only."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CHAINS = 16
GENESIS = "0" * 64
# A copy of referrals/states.py as it was; a test compares the two.
MOVES = (
    ("aperta", "inviata"),
    ("inviata", "presa_in_carico"),
    ("inviata", "rifiutata"),
    ("inviata", "scaduta"),
    ("presa_in_carico", "appuntamento_fissato"),
    ("appuntamento_fissato", "pip_sottoscritto"),
    ("pip_sottoscritto", "conclusa"),
    ("aperta", "annullata"),
    ("inviata", "annullata"),
    ("presa_in_carico", "annullata"),
    ("appuntamento_fissato", "annullata"),
    ("rifiutata", "riassegnata"),
    ("scaduta", "riassegnata"),
)

# (name, table, event, condition in which the change is refused, message)
GUARDS = (
    ("journal_no_update", "journal", "UPDATE", "TRUE", "the journal is append-only"),
    ("journal_no_delete", "journal", "DELETE", "TRUE", "the journal is append-only"),
    (
        "journal_head_forward",
        "journal_head",
        "UPDATE",
        "NEW.chain <> OLD.chain OR NEW.seq <> OLD.seq + 1",
        "the journal only grows, one row at a time",
    ),
    ("journal_head_no_delete", "journal_head", "DELETE", "TRUE", "the journal is append-only"),
    (
        "referral_born_open",
        "referral",
        "INSERT",
        "NEW.state <> 'aperta'",
        "a referral begins in state aperta",
    ),
    (
        "referral_move",
        "referral",
        "UPDATE",
        "NEW.id <> OLD.id OR NEW.code <> OLD.code OR "
        "((NEW.state <> OLD.state OR NEW.journal_id <> OLD.journal_id) AND ("
        "NEW.journal_id <= OLD.journal_id OR NOT EXISTS (SELECT 1 FROM referral_transition t "
        "WHERE t.source = OLD.state AND t.target = NEW.state)))",
        "this change of a referral is not permitted",
    ),
)


def upgrade() -> None:
    """Fill the fixed tables and create the triggers."""
    heads = sa.table("journal_head", sa.column("chain"), sa.column("seq"), sa.column("hash"))
    op.bulk_insert(heads, [{"chain": c, "seq": 0, "hash": GENESIS} for c in range(CHAINS)])
    # Going down to 0002 keeps the journal: coming back, each head is its chain's last row.
    op.execute(
        "UPDATE journal_head SET (seq, hash) = (SELECT j.seq, j.hash FROM journal j WHERE j.chain = journal_head.chain "
        "ORDER BY j.seq DESC LIMIT 1) WHERE chain IN (SELECT chain FROM journal)"
    )
    moves = sa.table("referral_transition", sa.column("source"), sa.column("target"))
    op.bulk_insert(moves, [{"source": s, "target": t} for s, t in MOVES])
    postgresql = op.get_bind().dialect.name == "postgresql"
    for name, table, event, condition, message in GUARDS:
        if postgresql:
            op.execute(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF {condition} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'check_violation'; "
                f"END IF; RETURN {'OLD' if event == 'DELETE' else 'NEW'}; END $$"
            )
            op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
        else:
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {condition} "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
    if postgresql:
        for table in ("journal", "journal_head"):
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION journal_no_update()"
            )


def downgrade() -> None:
    """Drop the triggers and empty the fixed tables. The journal itself goes with revision 0001."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        for table in ("journal", "journal_head"):
            op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
    for name, table, *_ in GUARDS:
        op.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if postgresql else ""))
        if postgresql:
            op.execute(f"DROP FUNCTION {name}()")
    op.execute("DELETE FROM referral_transition")
    op.execute("DELETE FROM journal_head")
