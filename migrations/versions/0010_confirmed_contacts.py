"""Confirmed contacts: what is held until an address is confirmed, budgets, and where a conversation was begun."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, and the mark of a callback that somebody confirmed."""
    op.create_table(
        "case_origin",
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("network", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_case_origin_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_origin")),
    )
    op.create_index("ix_case_origin_created_at", "case_origin", ["created_at"])
    op.create_table(
        "budget_use",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_budget_use")),
    )
    op.create_index("ix_budget_use_expires_at", "budget_use", ["expires_at"])
    op.create_table(
        "contact_confirmation",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("contact_key", sa.String(64), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=True),
        sa.Column("expires_at", sa.DateTime(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_contact_confirmation_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_confirmation")),
        sa.UniqueConstraint("case_id", "contact_key", name=op.f("uq_contact_confirmation_case_id_contact_key")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_contact_confirmation_token_hash")),
    )
    op.create_table(
        "held_mail",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("confirmation_id", sa.String(32), nullable=False),
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("referral_id", sa.String(32), nullable=True),
        sa.Column("dedupe", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(48), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["confirmation_id"],
            ["contact_confirmation.id"],
            name=op.f("fk_held_mail_confirmation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_record.id"], name=op.f("fk_held_mail_case_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_held_mail_referral_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_mail")),
        sa.UniqueConstraint("dedupe", name=op.f("uq_held_mail_dedupe")),
    )
    op.create_index("ix_held_mail_confirmation", "held_mail", ["confirmation_id"])
    op.create_index("ix_held_mail_referral", "held_mail", ["referral_id"])
    op.create_index("ix_held_mail_case", "held_mail", ["case_id"])
    op.create_index("ix_held_mail_created_at", "held_mail", ["created_at"])
    # Callbacks promised until now were promised without asking: they stand.
    op.add_column("hotline_callback", sa.Column("confirmed", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    """Drop them. What was held is forgotten."""
    op.drop_column("hotline_callback", "confirmed")
    for table in ("held_mail", "contact_confirmation", "budget_use", "case_origin"):
        op.drop_table(table)
