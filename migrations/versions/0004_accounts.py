"""Accounts of the professionals: sessions, links, second factor, failed attempts."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "account",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("operator_id", sa.String(32)),
        sa.Column("territory", sa.String(200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("email_key", sa.String(64)),
        sa.Column("identity_sealed", sa.LargeBinary()),
        sa.Column("password_hash", sa.String(200)),
        sa.Column("totp_sealed", sa.LargeBinary()),
        sa.Column("totp_confirmed_at", sa.DateTime()),
        sa.Column("totp_last_step", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("last_login_at", sa.DateTime()),
        sa.Column("erased_at", sa.DateTime()),
        sa.CheckConstraint(
            "role IN ('medico', 'sportello', 'operatore', 'supervisore', 'amministratore')",
            name=op.f("ck_account_role"),
        ),
        sa.CheckConstraint("role <> 'operatore' OR operator_id IS NOT NULL", name=op.f("ck_account_operator")),
        sa.CheckConstraint("erased_at IS NULL OR NOT active", name=op.f("ck_account_erased_inactive")),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_account_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email_key", name=op.f("uq_account_email_key")),
    )
    op.create_index("ix_account_role", "account", ["role", "created_at", "id"])
    op.create_index("ix_account_operator_id", "account", ["operator_id"])
    op.create_table(
        "account_link",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime()),
        sa.CheckConstraint("purpose IN ('invito', 'reimposta', 'primo_avvio')", name=op.f("ck_account_link_purpose")),
        _of_account("account_link"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_account_link")),
    )
    op.create_index("ix_account_link_account_id", "account_link", ["account_id"])
    op.create_index("ix_account_link_expires_at", "account_link", ["expires_at"])
    op.create_table(
        "account_session",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("method", sa.String(16), nullable=False),
        sa.Column("device", sa.String(80), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("stage IN ('codice', 'attivazione', 'piena')", name=op.f("ck_account_session_stage")),
        sa.CheckConstraint("method IN ('password', 'oidc', 'invito')", name=op.f("ck_account_session_method")),
        _of_account("account_session"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_account_session_token_hash")),
    )
    op.create_index("ix_account_session_account_id", "account_session", ["account_id"])
    op.create_index("ix_account_session_expires_at", "account_session", ["expires_at"])
    op.create_table(
        "account_recovery_code",
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        _of_account("account_recovery_code"),
        sa.PrimaryKeyConstraint("account_id", "code_hash", name=op.f("pk_account_recovery_code")),
    )
    op.create_table(
        "account_external_identity",
        sa.Column("subject_hash", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        _of_account("account_external_identity"),
        sa.PrimaryKeyConstraint("subject_hash", name=op.f("pk_account_external_identity")),
    )
    op.create_index("ix_account_external_identity_account_id", "account_external_identity", ["account_id"])
    op.create_table(
        "access_failure",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(), nullable=False),
        sa.Column("locked_until", sa.DateTime()),
        sa.CheckConstraint("count > 0", name=op.f("ck_access_failure_count")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_access_failure")),
    )
    op.create_index("ix_access_failure_last_at", "access_failure", ["last_at"])


def _of_account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id"], ["account.id"], name=op.f(f"fk_{table}_account_id"), ondelete="CASCADE"
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in (
        "access_failure",
        "account_external_identity",
        "account_recovery_code",
        "account_session",
        "account_link",
        "account",
    ):
        op.drop_table(table)
