"""Visits by an e-mail's link, of operators in which nobody has an account: one referral, and a session like any other.

As soon as somebody of the operator has an account a link opens nothing by itself: it leads to the log-in and its second
factor, and visits that were open end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts import sessions
from accounts.models import AccountRow, AccountSessionRow, ExternalIdentityRow
from accounts.stores import AccountStores
from cases.db import writing
from referrals.models import ReferralRow


@dataclass(frozen=True)
class Visit:
    """Whose page is visited: one referral of one operator."""

    session_id: str
    operator_id: str
    code: str


class Visits:
    """Opens, finds and ends visits. Every method is one transaction."""

    def __init__(self, stores: AccountStores) -> None:
        self._stores = stores

    def has_account(self, operator_id: str) -> bool:
        """Whether somebody of an operator can enter with an account."""
        with self._stores.session_factory() as session:
            return self._has_account_in(session, operator_id)

    def begin(self, operator_id: str, code: str, device: str, now: datetime) -> str | None:
        """Start a visit to a referral; returns the token for the cookie, None where the operator has accounts.

        :raises LookupError: no such referral of this operator.
        """
        with writing(self._stores.session_factory) as session:
            if self._has_account_in(session, operator_id):
                return None
            query = select(ReferralRow.id).where(ReferralRow.code == code, ReferralRow.operator_id == operator_id)
            referral_id = session.scalar(query)
            if referral_id is None:
                raise LookupError(code)
            return sessions.open_visit_in(session, operator_id, referral_id, device, now, self._stores.lives)

    def current(self, token: str | None, now: datetime) -> Visit | None:
        """The visit of a cookie's token, None if it ended. Notes that it is in use."""
        if not token:
            return None
        with self._stores.session_factory() as session:
            row = sessions.find_visit_in(session, token, now, self._stores.lives)
            if row is None or self._has_account_in(session, str(row.operator_id)):
                return None
            code = session.scalar(select(ReferralRow.code).where(ReferralRow.id == row.referral_id))
        if sessions.wants_touch(row, now):
            with writing(self._stores.session_factory) as session:
                sessions.touch_in(session, row.id, now)
        return Visit(row.id, str(row.operator_id), str(code))

    def leave(self, token: str | None, now: datetime) -> None:
        """End the visit of a cookie."""
        visit = self.current(token, now)
        if visit is not None:
            self.end(visit.session_id)

    def end(self, session_id: str) -> bool:
        """End a visit, whoever's it is; False if there was none."""
        with writing(self._stores.session_factory) as session:
            row = session.get(AccountSessionRow, session_id)
            if row is None or row.stage != sessions.VISIT:
                return False
            session.delete(row)
            return True

    def _has_account_in(self, session: Session, operator_id: str) -> bool:
        linked = select(ExternalIdentityRow.account_id)
        query = select(AccountRow.id).where(
            AccountRow.operator_id == operator_id,
            AccountRow.active,
            AccountRow.erased_at.is_(None),
            AccountRow.password_hash.is_not(None) | AccountRow.id.in_(linked),
            AccountRow.demo.is_(False),  # everybody knows the password of the demonstration's people
        )
        return session.scalar(query.limit(1)) is not None
