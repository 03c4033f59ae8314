"""Entering through an OpenID Connect provider (SPID and CIE reach us through one).

The token only says who somebody is. Whether they have an account, and with which role, is ours alone: an identity enters
as the account it was linked to, or, the first time, as the account with the e-mail address that the provider vouches for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from accounts import links, people
from accounts.account import Account
from accounts.admission import Admission, Entered
from accounts.errors import NotLinked
from accounts.models import AccountLinkRow, AccountRow, ExternalIdentityRow
from accounts.stores import AccountStores
from accounts.tokens import keyed_hash
from cases.db import writing


@dataclass(frozen=True)
class Claims:
    """What a validated ID token says. ``strong``: the provider itself already asked two factors."""

    issuer: str
    subject: str
    email: str | None
    email_verified: bool
    strong: bool


class Identities:
    """Links between external identities and accounts."""

    def __init__(self, stores: AccountStores, admission: Admission) -> None:
        self._stores = stores
        self._admission = admission

    def enter(self, claims: Claims, device: str, now: datetime) -> Entered:
        """Begin a session for whoever the provider vouches for. Raises ``NotLinked``."""
        key = keyed_hash(self._stores.keyring, "subject", f"{claims.issuer}\n{claims.subject}")
        with writing(self._stores.session_factory) as session:
            row = self._linked_in(session, key) or self._link_in(session, key, claims, now)
            if row is None or not self._admission.welcomes(row):
                raise NotLinked
            return self._admission.begin_in(session, row, "oidc", device, now, strong=claims.strong)

    def count(self, account_id: str) -> int:
        """How many external identities enter as this account."""
        with self._stores.session_factory() as session:
            query = select(ExternalIdentityRow.subject_hash).where(ExternalIdentityRow.account_id == account_id)
            return len(session.scalars(query).all())

    def unlink(self, account: Account, now: datetime) -> None:
        """Stop letting external identities in as this account."""
        with writing(self._stores.session_factory) as session:
            session.execute(delete(ExternalIdentityRow).where(ExternalIdentityRow.account_id == account.id))
            people.note_in(session, self._stores.keyring, account.id, "identita_scollegata", account.actor, now)

    def _linked_in(self, session: Session, key: str) -> AccountRow | None:
        query = (
            select(AccountRow)
            .join(ExternalIdentityRow, ExternalIdentityRow.account_id == AccountRow.id)
            .where(ExternalIdentityRow.subject_hash == key)
        )
        return session.scalars(query).one_or_none()

    def _link_in(self, session: Session, key: str, claims: Claims, now: datetime) -> AccountRow | None:
        # An address that the provider did not check is only a claim: anybody could write a colleague's.
        if not claims.email or not claims.email_verified:
            return None
        row = people.by_email_in(session, self._stores.keyring, claims.email)
        if row is None or not self._admission.welcomes(row):
            return None
        session.add(ExternalIdentityRow(subject_hash=key, account_id=row.id, created_at=now))
        session.execute(
            delete(AccountLinkRow).where(
                AccountLinkRow.account_id == row.id, AccountLinkRow.purpose == links.INVITATION
            )
        )
        session.flush()
        people.note_in(session, self._stores.keyring, row.id, "identita_collegata", f"{row.role}:{row.id}", now)
        return row
