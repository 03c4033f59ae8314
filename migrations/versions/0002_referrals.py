"""Tables of the operators' directory and of referrals."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "idempotency_key",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("referral_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_idempotency_key")),
    )
    op.create_index(op.f("ix_idempotency_key_created_at"), "idempotency_key", ["created_at"], unique=False)
    op.create_table(
        "operator",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("albo_lavoro", sa.String(length=40), nullable=True),
        sa.Column("albo_formazione_sezione", sa.String(length=1), nullable=True),
        sa.Column("website", sa.String(length=300), nullable=True),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("webhook_url", sa.String(length=300), nullable=True),
        sa.Column("webhook_secret_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("capacity_url", sa.String(length=300), nullable=True),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("albo_formazione_sezione IN ('A', 'B')", name=op.f("ck_operator_albo_formazione")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator")),
    )
    op.create_table(
        "referral_transition",
        sa.Column("source", sa.String(length=24), nullable=False),
        sa.Column("target", sa.String(length=24), nullable=False),
        sa.PrimaryKeyConstraint("source", "target", name=op.f("pk_referral_transition")),
    )
    op.create_table(
        "mailbox",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_record.id"], name=op.f("fk_mailbox_case_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox")),
    )
    op.create_index("ix_mailbox_case", "mailbox", ["case_id"], unique=False)
    op.create_index("ix_mailbox_received", "mailbox", ["received_at", "id"], unique=False)
    op.create_table(
        "site",
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("operator_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("cap", sa.String(length=5), nullable=True),
        sa.Column("comune", sa.String(length=100), nullable=False),
        sa.Column("provincia", sa.String(length=2), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("hours", sa.String(length=300), nullable=True),
        sa.Column("languages", sa.String(length=100), nullable=False),
        sa.Column("accessibility", sa.String(length=200), nullable=False),
        sa.Column("service_areas", sa.String(length=300), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("capacity IS NULL OR capacity >= 0", name=op.f("ck_site_capacity")),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_site_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
    )
    op.create_index("ix_site_operator", "site", ["operator_id"], unique=False)
    op.create_index("ix_site_provincia", "site", ["provincia", "active"], unique=False)
    op.create_table(
        "referral",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("person_key", sa.String(length=64), nullable=True),
        sa.Column("operator_id", sa.String(length=32), nullable=False),
        sa.Column("site_id", sa.String(length=48), nullable=False),
        sa.Column("measure", sa.String(length=48), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("journal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("previous_id", sa.String(length=32), nullable=True),
        sa.Column("pin_seed", sa.String(length=20), nullable=False),
        sa.Column("pin_hash", sa.String(length=64), nullable=False),
        sa.Column("pin_failures", sa.Integer(), nullable=False),
        sa.Column("pin_locked_until", sa.DateTime(), nullable=True),
        sa.Column("contact_after_taking", sa.Boolean(), nullable=False),
        sa.Column("sender_key", sa.String(length=64), nullable=True),
        sa.Column("ruleset", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("remind_at", sa.DateTime(), nullable=True),
        sa.Column("expires_at", sa.DateTime(), nullable=True),
        sa.Column("follow_up_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "case_id IS NOT NULL OR state IN ('rifiutata', 'scaduta', 'conclusa', 'annullata', 'riassegnata')",
            name=op.f("ck_referral_orphan_closed"),
        ),
        sa.CheckConstraint(
            "state IN ('aperta', 'inviata', 'presa_in_carico', 'rifiutata', 'scaduta', 'appuntamento_fissato', 'pip_sottoscritto', 'conclusa', 'annullata', 'riassegnata')",
            name=op.f("ck_referral_state"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_record.id"], name=op.f("fk_referral_case_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["journal_id", "id", "state"],
            ["journal.id", "journal.subject", "journal.state"],
            name="fk_referral_journal",
        ),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_referral_operator_id")),
        sa.ForeignKeyConstraint(["previous_id"], ["referral.id"], name=op.f("fk_referral_previous_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_referral_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
        sa.UniqueConstraint("code", name=op.f("uq_referral_code")),
    )
    op.create_index("ix_referral_case", "referral", ["case_id", "created_at"], unique=False)
    op.create_index("ix_referral_due", "referral", ["state", "expires_at"], unique=False)
    op.create_index("ix_referral_follow_up", "referral", ["state", "follow_up_at"], unique=False)
    op.create_index("ix_referral_inbox", "referral", ["operator_id", "state", "created_at", "id"], unique=False)
    op.create_index(op.f("ix_referral_previous_id"), "referral", ["previous_id"], unique=False)
    op.create_index("ix_referral_remind", "referral", ["state", "remind_at"], unique=False)
    op.create_index(op.f("ix_referral_sender_key"), "referral", ["sender_key"], unique=False)
    op.create_index(op.f("ix_referral_site_id"), "referral", ["site_id"], unique=False)
    op.create_index(
        "uq_referral_open_case",
        "referral",
        ["case_id", "measure"],
        unique=True,
        sqlite_where=sa.text(
            "state IN ('aperta', 'inviata', 'presa_in_carico', 'appuntamento_fissato', 'pip_sottoscritto')"
        ),
        postgresql_where=sa.text(
            "state IN ('aperta', 'inviata', 'presa_in_carico', 'appuntamento_fissato', 'pip_sottoscritto')"
        ),
    )
    op.create_index(
        "uq_referral_open_person",
        "referral",
        ["person_key", "measure"],
        unique=True,
        sqlite_where=sa.text(
            "state IN ('aperta', 'inviata', 'presa_in_carico', 'appuntamento_fissato', 'pip_sottoscritto')"
        ),
        postgresql_where=sa.text(
            "state IN ('aperta', 'inviata', 'presa_in_carico', 'appuntamento_fissato', 'pip_sottoscritto')"
        ),
    )
    op.create_table(
        "site_service",
        sa.Column("site_id", sa.String(length=48), nullable=False),
        sa.Column("measure", sa.String(length=48), nullable=False),
        sa.Column("catalogue", sa.String(length=60), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_service_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "measure", name=op.f("pk_site_service")),
    )
    op.create_index("ix_site_service_measure", "site_service", ["measure"], unique=False)
    op.create_table(
        "appointment",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("referral_id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("starts_at", sa.DateTime(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("place IN ('sede', 'telefono', 'video')", name=op.f("ck_appointment_place")),
        sa.CheckConstraint(
            "status IN ('proposto', 'confermato', 'rifiutato', 'annullato')", name=op.f("ck_appointment_status")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_appointment_case_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_appointment_referral_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
    )
    op.create_index("ix_appointment_case", "appointment", ["case_id"], unique=False)
    op.create_index("ix_appointment_referral", "appointment", ["referral_id", "starts_at"], unique=False)
    op.create_table(
        "magic_link",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("operator_id", sa.String(length=32), nullable=True),
        sa.Column("referral_id", sa.String(length=32), nullable=True),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_magic_link_case_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_magic_link_operator_id")),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_magic_link_referral_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_magic_link")),
    )
    op.create_index("ix_magic_link_case", "magic_link", ["case_id"], unique=False)
    op.create_index("ix_magic_link_expires", "magic_link", ["expires_at"], unique=False)
    op.create_index("ix_magic_link_referral", "magic_link", ["referral_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("dedupe", sa.String(length=120), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("referral_id", sa.String(length=32), nullable=True),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=48), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("payload_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(), nullable=False),
        sa.Column("lease_by", sa.String(length=64), nullable=True),
        sa.Column("error", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("channel IN ('email', 'webhook')", name=op.f("ck_outbox_channel")),
        sa.CheckConstraint(
            "state IN ('in_attesa', 'in_corso', 'consegnato', 'superato', 'fallito')", name=op.f("ck_outbox_state")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_record.id"], name=op.f("fk_outbox_case_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_outbox_referral_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("dedupe", name=op.f("uq_outbox_dedupe")),
    )
    op.create_index("ix_outbox_case", "outbox", ["case_id"], unique=False)
    op.create_index("ix_outbox_due", "outbox", ["state", "next_at"], unique=False)
    op.create_index("ix_outbox_referral", "outbox", ["referral_id"], unique=False)
    op.create_table(
        "referral_data",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("referral_id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=48), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_referral_data_case_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_referral_data_referral_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_data")),
        sa.UniqueConstraint("referral_id", "kind", name=op.f("uq_referral_data_referral_id_kind")),
    )
    op.create_index("ix_referral_data_case", "referral_data", ["case_id"], unique=False)


def downgrade() -> None:
    """Take the schema back."""
    op.drop_index("ix_referral_data_case", table_name="referral_data")
    op.drop_table("referral_data")
    op.drop_index("ix_outbox_referral", table_name="outbox")
    op.drop_index("ix_outbox_due", table_name="outbox")
    op.drop_index("ix_outbox_case", table_name="outbox")
    op.drop_table("outbox")
    op.drop_index("ix_magic_link_referral", table_name="magic_link")
    op.drop_index("ix_magic_link_expires", table_name="magic_link")
    op.drop_index("ix_magic_link_case", table_name="magic_link")
    op.drop_table("magic_link")
    op.drop_index("ix_appointment_referral", table_name="appointment")
    op.drop_index("ix_appointment_case", table_name="appointment")
    op.drop_table("appointment")
    op.drop_index("ix_site_service_measure", table_name="site_service")
    op.drop_table("site_service")
    op.drop_index(
        "uq_referral_open_person",
        table_name="referral",
        sqlite_where=sa.text(
            "state IN ('aperta', 'inviata', 'presa_in_carico', 'appuntamento_fissato', 'pip_sottoscritto')"
        ),
        postgresql_where=sa.text(
            "state IN ('aperta', 'inviata', 'presa_in_carico', 'appuntamento_fissato', 'pip_sottoscritto')"
        ),
    )
    op.drop_index(
        "uq_referral_open_case",
        table_name="referral",
        sqlite_where=sa.text(
            "state IN ('aperta', 'inviata', 'presa_in_carico', 'appuntamento_fissato', 'pip_sottoscritto')"
        ),
        postgresql_where=sa.text(
            "state IN ('aperta', 'inviata', 'presa_in_carico', 'appuntamento_fissato', 'pip_sottoscritto')"
        ),
    )
    op.drop_index(op.f("ix_referral_site_id"), table_name="referral")
    op.drop_index(op.f("ix_referral_sender_key"), table_name="referral")
    op.drop_index("ix_referral_remind", table_name="referral")
    op.drop_index(op.f("ix_referral_previous_id"), table_name="referral")
    op.drop_index("ix_referral_inbox", table_name="referral")
    op.drop_index("ix_referral_follow_up", table_name="referral")
    op.drop_index("ix_referral_due", table_name="referral")
    op.drop_index("ix_referral_case", table_name="referral")
    op.drop_table("referral")
    op.drop_index("ix_site_provincia", table_name="site")
    op.drop_index("ix_site_operator", table_name="site")
    op.drop_table("site")
    op.drop_index("ix_mailbox_received", table_name="mailbox")
    op.drop_index("ix_mailbox_case", table_name="mailbox")
    op.drop_table("mailbox")
    op.drop_table("referral_transition")
    op.drop_table("operator")
    op.drop_index(op.f("ix_idempotency_key_created_at"), table_name="idempotency_key")
    op.drop_table("idempotency_key")
