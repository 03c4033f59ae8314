"""Erased cases that the dialogue engines still have to forget."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "to_forget",
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_to_forget")),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("to_forget")
