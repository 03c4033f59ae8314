"""Requests for consent: what a doctor prepared and the patient confirms by a link."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "consent_request",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("case_id", sa.String(32), nullable=True),
        sa.Column("sender_key", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('in_attesa', 'rifiutata', 'scaduta', 'ritirata')", name=op.f("ck_consent_request_state")
        ),
        sa.CheckConstraint("case_id IS NOT NULL OR state <> 'in_attesa'", name=op.f("ck_consent_request_orphan_ended")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_consent_request_case_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_request")),
    )
    op.create_index("ix_consent_request_sender", "consent_request", ["sender_key", "created_at", "id"])
    op.create_index("ix_consent_request_due", "consent_request", ["state", "expires_at"])
    op.create_index("ix_consent_request_case", "consent_request", ["case_id"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("consent_request")
