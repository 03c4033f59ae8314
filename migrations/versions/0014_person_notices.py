"""What people are told of their referral: notices, calls that the hotline owes, text messages in the outbox.

Events of before are marked so: nobody can say what became of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_STATES = "'inviata', 'presa_in_carico', 'rifiutata', 'scaduta', 'appuntamento_fissato', 'annullata', 'conclusa'"
_KINDS = (
    "CASE j.state WHEN 'inviata' THEN 'persona_inviata' WHEN 'presa_in_carico' THEN 'persona_presa_in_carico' "
    "WHEN 'appuntamento_fissato' THEN 'persona_appuntamento' WHEN 'annullata' THEN 'persona_annullata' "
    "WHEN 'conclusa' THEN 'persona_conclusa' ELSE 'persona_altro_operatore' END"
)


def upgrade() -> None:
    """Create the tables, let the outbox hold text messages, note what happened before."""
    op.create_table(
        "call_task",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("referral_id", sa.String(32), nullable=False),
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(48), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('aperta', 'fatta', 'non_raggiunta', 'superata')", name=op.f("ck_call_task_state")
        ),
        sa.CheckConstraint("(state = 'aperta') = (closed_at IS NULL)", name=op.f("ck_call_task_closed")),
        sa.ForeignKeyConstraint(["case_id"], ["case_record.id"], name=op.f("fk_call_task_case_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_call_task_referral_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_task")),
    )
    is_open = sa.text("state = 'aperta'")
    op.create_index(
        "uq_call_task_open", "call_task", ["referral_id"], unique=True, sqlite_where=is_open, postgresql_where=is_open
    )
    op.create_index("ix_call_task_due", "call_task", ["state", "due_at"])
    op.create_index("ix_call_task_case", "call_task", ["case_id"])
    op.create_table(
        "call_attempt",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("task_id", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor", sa.String(96), nullable=False),
        sa.Column("outcome", sa.String(24), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('parlato', 'messaggio', 'nessuna_risposta', 'numero_sbagliato')",
            name=op.f("ck_call_attempt_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["call_task.id"], name=op.f("fk_call_attempt_task_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_attempt")),
    )
    op.create_index("ix_call_attempt_task", "call_attempt", ["task_id", "at"])
    op.create_table(
        "person_notice",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("dedupe", sa.String(120), nullable=False),
        sa.Column("referral_id", sa.String(32), nullable=False),
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(48), nullable=False),
        sa.Column("journal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("failed", sa.String(16), nullable=True),
        sa.Column("task_id", sa.String(32), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "channel IN ('email', 'sms', 'telefonata', 'nessuno', 'irraggiungibile', 'prima')",
            name=op.f("ck_person_notice_channel"),
        ),
        sa.CheckConstraint("(channel = 'telefonata') = (task_id IS NOT NULL)", name=op.f("ck_person_notice_call")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_person_notice_case_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_person_notice_referral_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["call_task.id"], name=op.f("fk_person_notice_task_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_notice")),
        sa.UniqueConstraint("dedupe", name=op.f("uq_person_notice_dedupe")),
    )
    op.create_index("ix_person_notice_referral", "person_notice", ["referral_id", "created_at"])
    op.create_index("ix_person_notice_case", "person_notice", ["case_id"])
    op.create_index("ix_person_notice_journal", "person_notice", ["journal_id"])
    op.create_index("ix_person_notice_undelivered", "person_notice", ["channel", "delivered_at"])
    made = "md5('n' || j.id)" if op.get_bind().dialect.name == "postgresql" else "lower(hex(randomblob(16)))"
    op.execute(
        "INSERT INTO person_notice (id, dedupe, referral_id, case_id, kind, journal_id, channel, created_at) "  # noqa: S608
        f"SELECT {made}, 'prima:' || j.id, r.id, r.case_id, {_KINDS}, j.id, 'prima', j.at "
        "FROM journal j JOIN referral r ON r.id = j.subject "
        f"WHERE r.case_id IS NOT NULL AND j.state IN ({_STATES}) AND j.actor NOT LIKE 'persona%'"
    )
    _outbox("'email', 'sms', 'webhook'")


def downgrade() -> None:
    """Drop them. Text messages that are still waiting are forgotten."""
    op.execute("DELETE FROM outbox WHERE channel = 'sms'")
    _outbox("'email', 'webhook'")
    for table in ("person_notice", "call_attempt", "call_task"):
        op.drop_table(table)


def _outbox(channels: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_outbox_channel"), "outbox")
        op.create_check_constraint(op.f("ck_outbox_channel"), "outbox", f"channel IN ({channels})")
        return
    with op.batch_alter_table("outbox", copy_from=_outbox_table(channels), recreate="always"):
        pass


def _outbox_table(channels: str) -> sa.Table:
    """The outbox as it is, with another list of channels: SQLite changes a check only by making the table anew."""
    return sa.Table(
        "outbox",
        sa.MetaData(),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("dedupe", sa.String(120), nullable=False),
        sa.Column("case_id", sa.String(32), nullable=True),
        sa.Column("referral_id", sa.String(32), nullable=True),
        sa.Column("scope", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(48), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("payload_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(), nullable=False),
        sa.Column("lease_by", sa.String(64), nullable=True),
        sa.Column("error", sa.String(64), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(f"channel IN ({channels})", name=op.f("ck_outbox_channel")),
        sa.CheckConstraint(
            "state IN ('in_attesa', 'in_corso', 'consegnato', 'superato', 'fallito')", name=op.f("ck_outbox_state")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_record.id"], name=op.f("fk_outbox_case_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_outbox_referral_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("dedupe", name=op.f("uq_outbox_dedupe")),
        sa.Index("ix_outbox_case", "case_id"),
        sa.Index("ix_outbox_due", "state", "next_at"),
        sa.Index("ix_outbox_referral", "referral_id"),
    )
