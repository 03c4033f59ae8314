"""When housekeeping last ended well, for the alert on the age of the last backup."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "maintenance",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("done_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_maintenance")),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("maintenance")
