"""Network projects that operators prepare, and the referred persons in them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "network_project",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("operator_id", sa.String(32), nullable=False),
        sa.Column("measure", sa.String(48), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_network_project_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_project")),
    )
    op.create_index("ix_network_project_operator", "network_project", ["operator_id", "updated_at", "id"])
    op.create_table(
        "network_project_person",
        sa.Column("referral_id", sa.String(32), nullable=False),
        sa.Column("project_id", sa.String(32), nullable=False),
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["referral_id"],
            ["referral.id"],
            name=op.f("fk_network_project_person_referral_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["network_project.id"],
            name=op.f("fk_network_project_person_project_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case_record.id"],
            name=op.f("fk_network_project_person_case_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("referral_id", name=op.f("pk_network_project_person")),
    )
    op.create_index("ix_network_project_person_project", "network_project_person", ["project_id", "added_at"])
    op.create_index("ix_network_project_person_case", "network_project_person", ["case_id"])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("network_project_person")
    op.drop_table("network_project")
