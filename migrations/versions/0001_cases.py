"""Tables of cases, journal and statistics."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "case_record",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("dialogue_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("turn_count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("mode IN ('bot', 'person')", name=op.f("ck_case_record_mode")),
        sa.CheckConstraint("role IN ('cittadino', 'medico', 'sportello')", name=op.f("ck_case_record_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_record")),
    )
    op.create_index(op.f("ix_case_record_updated_at"), "case_record", ["updated_at"], unique=False)
    op.create_table(
        "journal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("chain", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("event", sa.String(length=48), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=True),
        sa.Column("reason", sa.String(length=48), nullable=True),
        sa.Column("detail", sa.String(length=2000), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "state IS NULL OR state <> 'annullata' OR actor = 'persona' OR reason IS NOT NULL",
            name=op.f("ck_journal_reason_of_cancellation"),
        ),
        sa.CheckConstraint(
            "state IS NULL OR state NOT IN ('rifiutata', 'scaduta') OR reason IS NOT NULL",
            name=op.f("ck_journal_reason_of_end"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
        sa.UniqueConstraint("chain", "seq", name=op.f("uq_journal_chain_seq")),
        sa.UniqueConstraint("id", "subject", "state", name="uq_journal_state"),
    )
    op.create_index("ix_journal_subject", "journal", ["subject", "id"], unique=False)
    op.create_table(
        "journal_head",
        sa.Column("chain", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_journal_head")),
    )
    op.create_table(
        "statistic",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("measure", sa.String(length=48), nullable=False),
        sa.Column("provincia", sa.String(length=2), nullable=False),
        sa.Column("outcome", sa.String(length=48), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("month", "event", "measure", "provincia", "outcome", name=op.f("pk_statistic")),
    )
    op.create_table(
        "assessment",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("ruleset", sa.String(length=64), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("result_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_assessment_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
    )
    op.create_index("ix_assessment_case_id", "assessment", ["case_id", "created_at"], unique=False)
    op.create_table(
        "case_token",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_case_token_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_case_token")),
    )
    op.create_index("ix_case_token_case_id", "case_token", ["case_id"], unique=False)
    op.create_index(op.f("ix_case_token_expires_at"), "case_token", ["expires_at"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("purpose IN ('salute', 'invio')", name=op.f("ck_consent_purpose")),
        sa.ForeignKeyConstraint(["case_id"], ["case_record.id"], name=op.f("fk_consent_case_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index("ix_consent_case_id", "consent", ["case_id"], unique=False)
    op.create_table(
        "turn",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("author IN ('persona', 'bot', 'operatore')", name=op.f("ck_turn_author")),
        sa.CheckConstraint("status IN ('done', 'pending', 'failed')", name=op.f("ck_turn_status")),
        sa.ForeignKeyConstraint(["case_id"], ["case_record.id"], name=op.f("fk_turn_case_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turn")),
        sa.UniqueConstraint("case_id", "key_hash", name=op.f("uq_turn_case_id_key_hash")),
        sa.UniqueConstraint("case_id", "seq", name=op.f("uq_turn_case_id_seq")),
    )
    op.create_index(
        "ix_turn_pending",
        "turn",
        ["case_id", "seq"],
        unique=False,
        postgresql_where=sa.text("status = 'pending'"),
        sqlite_where=sa.text("status = 'pending'"),
    )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_index(
        "ix_turn_pending",
        table_name="turn",
        postgresql_where=sa.text("status = 'pending'"),
        sqlite_where=sa.text("status = 'pending'"),
    )
    op.drop_table("turn")
    op.drop_index("ix_consent_case_id", table_name="consent")
    op.drop_table("consent")
    op.drop_index(op.f("ix_case_token_expires_at"), table_name="case_token")
    op.drop_index("ix_case_token_case_id", table_name="case_token")
    op.drop_table("case_token")
    op.drop_index("ix_assessment_case_id", table_name="assessment")
    op.drop_table("assessment")
    op.drop_table("statistic")
    op.drop_table("journal_head")
    op.drop_index("ix_journal_subject", table_name="journal")
    op.drop_table("journal")
    op.drop_index(op.f("ix_case_record_updated_at"), table_name="case_record")
    op.drop_table("case_record")
