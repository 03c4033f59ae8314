"""Indexes that the load of 200,000 referrals asked for (benchmarks/referrals.py).

The inbox without a state sorted all of an operator's referrals; the search for the attempt that followed another read
the whole table, because to the planner an index full of NULLs is worth nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the indexes."""
    op.create_index("ix_referral_newest", "referral", ["operator_id", "created_at", "id"])
    op.drop_index("ix_referral_previous_id", "referral")
    follows = sa.text("previous_id IS NOT NULL")
    op.create_index("ix_referral_previous", "referral", ["previous_id"], sqlite_where=follows, postgresql_where=follows)


def downgrade() -> None:
    """Put the old index back."""
    op.drop_index("ix_referral_previous", "referral")
    op.create_index("ix_referral_previous_id", "referral", ["previous_id"])
    op.drop_index("ix_referral_newest", "referral")
