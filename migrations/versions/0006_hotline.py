"""The hotline: queue, handlings, presence, callers, callbacks, notes, views, blind index, closures."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_OPEN = sa.text("ended_at IS NULL")
_BOOKED = sa.text("state = 'prenotato'")
# As hotline/outcomes.yaml was; a test compares the two.
_OUTCOMES = (
    "informazioni",
    "richiesta_inviata",
    "altro_ufficio",
    "richiamo_fissato",
    "non_risponde",
    "interrotta",
    "consenso_negato",
    "emergenza",
    "fuori_tema",
    "restituita",
    "passata",
    "abbandonata",
)
_OUTCOME_LIST = ", ".join(f"'{code}'" for code in _OUTCOMES)


def _case(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["case_id"], ["case_record.id"], name=op.f(f"fk_{table}_case_id"), ondelete="CASCADE"
    )


def _account(table: str, cascade: bool = False) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id"], ["account.id"], name=op.f(f"fk_{table}_account_id"), ondelete="CASCADE" if cascade else None
    )


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "hotline_queue",
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("requested_at", sa.DateTime(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("passed_on", sa.Boolean(), nullable=False),
        _case("hotline_queue"),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_hotline_queue")),
    )
    op.create_index("ix_hotline_queue_order", "hotline_queue", ["urgent", "requested_at", "case_id"])
    op.create_table(
        "hotline_handling",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("requested_at", sa.DateTime()),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime()),
        sa.Column("outcome", sa.String(24)),
        sa.CheckConstraint("channel IN ('chat', 'telefono')", name=op.f("ck_hotline_handling_channel")),
        sa.CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name=op.f("ck_hotline_handling_outcome_at_end")),
        sa.CheckConstraint(
            f"outcome IS NULL OR outcome IN ({_OUTCOME_LIST})", name=op.f("ck_hotline_handling_outcome")
        ),
        _case("hotline_handling"),
        _account("hotline_handling"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hotline_handling")),
    )
    op.create_index(
        "uq_hotline_handling_open",
        "hotline_handling",
        ["case_id"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index("ix_hotline_handling_account", "hotline_handling", ["account_id", "ended_at"])
    op.create_index("ix_hotline_handling_case", "hotline_handling", ["case_id", "started_at"])
    op.create_table(
        "hotline_presence",
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        _account("hotline_presence", cascade=True),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_hotline_presence")),
    )
    op.create_index("ix_hotline_presence_seen_at", "hotline_presence", ["seen_at"])
    op.create_table(
        "hotline_caller",
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        _case("hotline_caller"),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_hotline_caller")),
    )
    op.create_table(
        "hotline_callback",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("starts_at", sa.DateTime(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "state IN ('prenotato', 'fatto', 'non_risponde', 'annullato')", name=op.f("ck_hotline_callback_state")
        ),
        _case("hotline_callback"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hotline_callback")),
    )
    for name, columns in (("place", ["starts_at", "place"]), ("case", ["case_id"])):
        op.create_index(
            f"uq_hotline_callback_{name}",
            "hotline_callback",
            columns,
            unique=True,
            sqlite_where=_BOOKED,
            postgresql_where=_BOOKED,
        )
    op.create_index("ix_hotline_callback_due", "hotline_callback", ["state", "starts_at", "id"])
    op.create_index("ix_hotline_callback_of_case", "hotline_callback", ["case_id", "created_at"])
    op.create_table(
        "hotline_note",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        _case("hotline_note"),
        _account("hotline_note"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hotline_note")),
    )
    op.create_index("ix_hotline_note_case", "hotline_note", ["case_id", "created_at"])
    op.create_table(
        "hotline_view",
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        _account("hotline_view", cascade=True),
        _case("hotline_view"),
        sa.PrimaryKeyConstraint("account_id", "case_id", name=op.f("pk_hotline_view")),
    )
    op.create_index("ix_hotline_view_recent", "hotline_view", ["account_id", "seen_at"])
    op.create_table(
        "hotline_search",
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("case_id", sa.String(32), nullable=False),
        _case("hotline_search"),
        sa.PrimaryKeyConstraint("token", "case_id", name=op.f("pk_hotline_search")),
    )
    op.create_index("ix_hotline_search_case_id", "hotline_search", ["case_id"])
    op.create_table(
        "hotline_indexed",
        sa.Column("data_id", sa.String(32), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["data_id"], ["referral_data.id"], name=op.f("fk_hotline_indexed_data_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("data_id", name=op.f("pk_hotline_indexed")),
    )
    op.create_table(
        "hotline_closure",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_hotline_closure")),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in (
        "hotline_closure",
        "hotline_indexed",
        "hotline_search",
        "hotline_view",
        "hotline_note",
        "hotline_callback",
        "hotline_caller",
        "hotline_presence",
        "hotline_handling",
        "hotline_queue",
    ):
        op.drop_table(table)
