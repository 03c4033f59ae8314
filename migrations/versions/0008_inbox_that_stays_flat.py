"""An inbox whose cost does not grow: counts kept by triggers, and an index of what expires first.

The journal's actor becomes longer: ``operatore:<operator id>:<account id>`` names the person of the operator too.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ADD = (
    "INSERT INTO referral_count (operator_id, state, chain, n) "
    "VALUES ({row}.operator_id, {row}.state, (SELECT chain FROM journal WHERE id = {row}.journal_id), {step}) "
    "ON CONFLICT (operator_id, state, chain) DO UPDATE SET n = referral_count.n + {step}"
)
_PLUS, _MINUS = _ADD.format(row="NEW", step="1"), _ADD.format(row="OLD", step="-1")
_CHANGED = "NEW.state <> OLD.state OR NEW.operator_id <> OLD.operator_id"
# (name, event, condition, statements)
_TRIGGERS = (
    ("referral_count_new", "INSERT", None, (_PLUS,)),
    ("referral_count_moved", "UPDATE", _CHANGED, (_MINUS, _PLUS)),
    ("referral_count_gone", "DELETE", None, (_MINUS,)),
)


def upgrade() -> None:
    """Make the counts from what is there, and keep them."""
    _actor(64, 96)
    op.create_table(
        "referral_count",
        sa.Column("operator_id", sa.String(32), sa.ForeignKey("operator.id", name="fk_referral_count_operator_id")),
        sa.Column("state", sa.String(24)),
        sa.Column("chain", sa.Integer(), autoincrement=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "state", "chain", name="pk_referral_count"),
    )
    op.execute(
        "INSERT INTO referral_count (operator_id, state, chain, n) SELECT r.operator_id, r.state, j.chain, count(*) "
        "FROM referral r JOIN journal j ON j.id = r.journal_id GROUP BY r.operator_id, r.state, j.chain"
    )
    waiting = sa.text("state = 'inviata'")
    op.create_index(
        "ix_referral_expiring",
        "referral",
        ["operator_id", "expires_at", "id"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    for name, event, condition, statements in _TRIGGERS:
        when = f"WHEN ({condition})" if condition else ""
        body = "; ".join(statements) + ";"
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$"
            )
            op.execute(f"CREATE TRIGGER {name} AFTER {event} ON referral FOR EACH ROW {when} EXECUTE FUNCTION {name}()")
        else:
            op.execute(f"CREATE TRIGGER {name} AFTER {event} ON referral FOR EACH ROW {when} BEGIN {body} END")


def downgrade() -> None:
    """Back to counting when asked."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for name, *_ in _TRIGGERS:
        op.execute(f"DROP TRIGGER {name}" + (" ON referral" if postgresql else ""))
        if postgresql:
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_index("ix_referral_expiring", "referral")
    op.drop_table("referral_count")
    _actor(96, 64)


def _actor(before: int, after: int) -> None:
    if op.get_bind().dialect.name == "postgresql":
        # Never cuts a name: what is longer makes the downgrade fail, for the journal does not change.
        op.execute(f"ALTER TABLE journal ALTER COLUMN actor TYPE VARCHAR({after})")
        return
    # SQLite keeps any length; only the declaration changes. Rebuilding the table would lift its guards meanwhile.
    op.execute("PRAGMA writable_schema = ON")
    declared = sa.text(
        "UPDATE sqlite_master SET sql = replace(sql, :before, :after) WHERE type = 'table' AND name = 'journal'"
    )
    op.execute(declared.bindparams(before=f"actor VARCHAR({before})", after=f"actor VARCHAR({after})"))
    op.execute("PRAGMA writable_schema = OFF")
