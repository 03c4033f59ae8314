"""One table for every session of a professional, visits by an e-mail's link included; when the second factor was given.

Sessions are short: those open during the upgrade end, and their people enter again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table anew."""
    op.drop_table("account_session")
    _create(
        "stage IN ('codice', 'attivazione', 'piena', 'visita')",
        "method IN ('password', 'oidc', 'invito', 'link')",
        sa.Column("account_id", sa.String(32), nullable=True),
        sa.Column("operator_id", sa.String(32), nullable=True),
        sa.Column("referral_id", sa.String(32), nullable=True),
        sa.Column("strong_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("(account_id IS NULL) <> (referral_id IS NULL)", name=op.f("ck_account_session_whose")),
        sa.CheckConstraint("(referral_id IS NULL) = (operator_id IS NULL)", name=op.f("ck_account_session_visited")),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_account_session_operator_id")),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_account_session_referral_id"), ondelete="CASCADE"
        ),
    )
    op.create_index("ix_account_session_referral_id", "account_session", ["referral_id"])


def downgrade() -> None:
    """Make it as it was."""
    op.drop_table("account_session")
    _create(
        "stage IN ('codice', 'attivazione', 'piena')",
        "method IN ('password', 'oidc', 'invito')",
        sa.Column("account_id", sa.String(32), nullable=False),
    )


def _create(stages: str, methods: str, *more: sa.schema.SchemaItem) -> None:
    op.create_table(
        "account_session",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("method", sa.String(16), nullable=False),
        sa.Column("device", sa.String(80), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        *more,
        sa.CheckConstraint(stages, name=op.f("ck_account_session_stage")),
        sa.CheckConstraint(methods, name=op.f("ck_account_session_method")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_session_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_account_session_token_hash")),
    )
    op.create_index("ix_account_session_account_id", "account_session", ["account_id"])
    op.create_index("ix_account_session_expires_at", "account_session", ["expires_at"])
