"""Tables of the professionals' accounts.

Names and e-mail addresses are sealed under a key of the account's own; an address is found again by its keyed hash.
Passwords, links, session tokens and recovery codes are kept as hashes only.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from accounts.roles import ROLES
from cases.db import Base
from cases.models import HASH, ID
from referrals import models as _referrals  # noqa: F401  (tables referenced below)

_ROLE_LIST = ", ".join(f"'{role}'" for role in ROLES)


class AccountRow(Base):
    """A professional. Never deleted, so that what they did keeps its author: erasing empties the row instead."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint(f"role IN ({_ROLE_LIST})", name="role"),
        CheckConstraint("role <> 'operatore' OR operator_id IS NOT NULL", name="operator"),
        CheckConstraint("erased_at IS NULL OR NOT active", name="erased_inactive"),
        Index("ix_account_role", "role", "created_at", "id"),
        Index("ix_account_operator_id", "operator_id"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    role: Mapped[str] = mapped_column(String(16))
    operator_id: Mapped[str | None] = mapped_column(ForeignKey("operator.id"))
    territory: Mapped[str] = mapped_column(String(200), default="")
    active: Mapped[bool] = mapped_column(default=True)
    demo: Mapped[bool] = mapped_column(default=False)
    email_key: Mapped[str | None] = mapped_column(HASH, unique=True)
    identity_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]
    last_login_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]


class AccountLinkRow(Base):
    """An invitation or a password reset: used once, expiring, only the hash of its secret kept."""

    __tablename__ = "account_link"
    __table_args__ = (
        CheckConstraint("purpose IN ('invito', 'reimposta', 'primo_avvio')", name="purpose"),
        Index("ix_account_link_account_id", "account_id"),
    )

    token_hash: Mapped[str] = mapped_column(HASH, primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class AccountSessionRow(Base):
    """A browser in which somebody entered: with an account, or by an e-mail's link to one referral (``visita``).

    ``stage``: what is still asked before the doors open; ``strong_at``: when a second factor was last given.
    """

    __tablename__ = "account_session"
    __table_args__ = (
        CheckConstraint("stage IN ('codice', 'attivazione', 'piena', 'visita')", name="stage"),
        CheckConstraint("method IN ('password', 'oidc', 'invito', 'link')", name="method"),
        CheckConstraint("(account_id IS NULL) <> (referral_id IS NULL)", name="whose"),
        CheckConstraint("(referral_id IS NULL) = (operator_id IS NULL)", name="visited"),
        Index("ix_account_session_account_id", "account_id"),
        Index("ix_account_session_referral_id", "referral_id"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    token_hash: Mapped[str] = mapped_column(HASH, unique=True)
    account_id: Mapped[str | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    operator_id: Mapped[str | None] = mapped_column(ForeignKey("operator.id"))
    referral_id: Mapped[str | None] = mapped_column(ForeignKey("referral.id", ondelete="CASCADE"))
    stage: Mapped[str] = mapped_column(String(16))
    method: Mapped[str] = mapped_column(String(16))
    device: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    strong_at: Mapped[datetime | None]


class RecoveryCodeRow(Base):
    """A one-time code for who lost the telephone; keyed hash, removed when used."""

    __tablename__ = "account_recovery_code"

    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(HASH, primary_key=True)


class ExternalIdentityRow(Base):
    """A subject of an OpenID Connect provider that may enter as this account; the subject's keyed hash."""

    __tablename__ = "account_external_identity"
    __table_args__ = (Index("ix_account_external_identity_account_id", "account_id"),)

    subject_hash: Mapped[str] = mapped_column(HASH, primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
