"""What the person can do with a referral besides cancelling: change data, choose again, say how it went.

Callers have already let the person in (code and PIN, or the conversation's own session).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.db import writing
from cases.errors import CaseNotFound
from cases.service import Cases
from referrals import allowance, calls, channels, confirmations, encrypted_parts, outbox, views
from referrals.contact import Contact, Preferences
from referrals.directory import Directory, SiteMatch
from referrals.errors import NotAllowed
from referrals.models import ReferralRow
from referrals.service import Referrals
from referrals.states import OPEN, Actor, State, find
from referrals.views import Opened, Referral
from referrals.writer import GIORNO, Draft
from settings.clock import ROME


class PersonSide:
    """The person's side of referrals."""

    def __init__(self, referrals: Referrals) -> None:
        self._referrals = referrals
        self._writer = referrals.writer
        self._keyring = referrals.keyring

    def contact(self, code: str) -> tuple[Contact, Preferences] | None:
        """Contact data and preferences as the person gave them; None once erased."""
        with self._referrals.session_factory() as session:
            row = self._writer.row_in(session, code)
            contact = encrypted_parts.read_in(session, self._keyring, row, encrypted_parts.CONTACT)
            preferences = encrypted_parts.read_in(session, self._keyring, row, encrypted_parts.PREFERENCES)
        return None if contact is None else (Contact(**contact), Preferences(**(preferences or {})))

    def plan(self, code: str) -> dict[str, Any] | None:
        """The signed plan as the operator recorded it; None before, or once erased."""
        with self._referrals.session_factory() as session:
            row = self._writer.row_in(session, code)
            plan: dict[str, Any] | None = encrypted_parts.read_in(session, self._keyring, row, encrypted_parts.PLAN)
        return plan

    def change_contact(
        self, code: str, contact: Contact, now: datetime, preferences: Preferences | None = None
    ) -> Referral:
        """Replace contact data (and preferences); the operator is told that they changed, not how.

        Raises ``ContactError``, ``NotAllowed`` when the referral is closed, ``ReferralNotFound``.
        """
        with writing(self._referrals.session_factory) as session:
            return self.change_contact_in(session, code, contact, now, preferences)

    def change_contact_in(
        self, session: Session, code: str, contact: Contact, now: datetime, preferences: Preferences | None = None
    ) -> Referral:
        """As :meth:`change_contact`, in the caller's transaction."""
        contact = contact.checked()
        row = self._open_row_in(session, code)
        channels.check(contact, preferences or self._writer.notices.person.reached_in(session, row)[1])
        encrypted_parts.write_in(session, self._keyring, row, encrypted_parts.CONTACT, contact.to_dict(), now)
        if preferences is not None:
            encrypted_parts.write_in(
                session, self._keyring, row, encrypted_parts.PREFERENCES, preferences.to_dict(), now
            )
        row.updated_at = now
        entry = self._writer.note_in(session, row, "recapiti_cambiati", Actor.PERSONA, now)
        if row.state not in (State.APERTA, State.INVIATA):
            self._writer.notices.operator_in(session, row, "operatore_recapiti", now, cause=str(entry))
        return views.referral_in(session, row)

    def follow_up(self, code: str, called: bool, now: datetime) -> Referral:
        """Record the answer to "did anyone call you?". A "no" reminds the operator and is journalled."""
        with writing(self._referrals.session_factory) as session:
            row = self._open_row_in(session, code)
            encrypted_parts.write_in(session, self._keyring, row, encrypted_parts.FOLLOW_UP, {"called": called}, now)
            detail = {"called": called}
            entry = self._writer.note_in(session, row, "risposta_dieci_giorni", Actor.PERSONA, now, detail)
            if not called and row.state == State.PRESA_IN_CARICO:
                self._writer.notices.operator_in(session, row, "operatore_richiamare", now, cause=str(entry))
            return views.referral_in(session, row)

    def proposals(self, code: str, now: datetime, limit: int = 3) -> list[SiteMatch]:
        """Sites to try next: near the person, same measure, operators not tried yet."""
        with self._referrals.session_factory() as session:
            row = self._writer.row_in(session, code)
            site = views.referral_in(session, row).site
            comune: str | None = site.comune
            provincia: str | None = site.provincia
            if row.case_id:
                try:
                    facts = Cases(self._referrals.session_factory, self._keyring).get_in(session, row.case_id).facts
                except CaseNotFound:
                    facts = {}
                if facts.get("comune") or facts.get("provincia"):
                    comune, provincia = facts.get("comune"), facts.get("provincia")
            return Directory(self._referrals.session_factory).nearest_in(
                session,
                comune,
                provincia,
                row.measure,
                limit,
                now.astimezone(ROME).date(),
                row.case_id,
                exclude_operators=self._tried(session, row),
            )

    def reassign(
        self,
        code: str,
        site_id: str,
        consent_text: str,
        consent_version: str,
        idempotency_key: str,
        now: datetime,
        actor: str = Actor.PERSONA,
    ) -> Opened:
        """A new attempt with another site after a refusal or an expiry; contact data are carried over.

        The new referral has its own code; the PIN stays the same. Consent is asked anew because
        somebody else will receive the data. Raises as :meth:`referrals.service.Referrals.open`.
        """
        before = self._referrals.get(code)
        one_open_only = self._referrals.one_open_only(before.case_id or "", before.measure)
        with one_open_only, writing(self._referrals.session_factory) as session:
            return self.reassign_in(session, code, site_id, consent_text, consent_version, idempotency_key, now, actor)

    def reassign_in(
        self,
        session: Session,
        code: str,
        site_id: str,
        consent_text: str,
        consent_version: str,
        idempotency_key: str,
        now: datetime,
        actor: str = Actor.PERSONA,
    ) -> Opened:
        """As :meth:`reassign`, in the caller's transaction, which stands inside ``Referrals.one_open_only``."""
        request: list[Any] = ["reassign", code, site_id, consent_text, consent_version]
        earlier = self._referrals.claim_key_in(session, idempotency_key, request, now)
        if isinstance(earlier, ReferralRow):
            return self._referrals.opened_in(session, earlier)
        old = self._writer.row_in(session, code, lock=True)
        if old.case_id is None or find(old.state, State.RIASSEGNATA) is None:
            raise NotAllowed(f"a referral in state {old.state} cannot be tried again")
        contact = encrypted_parts.read_in(session, self._keyring, old, encrypted_parts.CONTACT)
        preferences = encrypted_parts.read_in(session, self._keyring, old, encrypted_parts.PREFERENCES)
        sender = encrypted_parts.read_in(session, self._keyring, old, encrypted_parts.SENDER)
        if contact is None:
            raise CaseNotFound(old.case_id)
        if actor == Actor.PERSONA:
            allowance.spend_in(session, self._keyring, old.case_id, site_id, Contact(**contact), now)
        self._referrals.consent_in(session, old.case_id, consent_text, consent_version, now)
        self._writer.move_in(session, old, State.RIASSEGNATA, actor, now)
        draft = Draft(
            case_id=old.case_id,
            site_id=site_id,
            measure=old.measure,
            contact=Contact(**contact),
            preferences=Preferences(**(preferences or {})),
            contact_after_taking=old.contact_after_taking,
            ruleset=old.ruleset,
            sender_email=(sender or {}).get("email"),
            sender_digest=(sender or {}).get("digest", GIORNO),
        )
        row = self._writer.create_in(session, draft, now, actor, referral_id=earlier, previous=old)
        outbox.overtake_in(session, old.id, "persona_altro_operatore")
        calls.overtake_in(session, old.id, now)
        confirmations.drop_in(session, old.id, "persona_altro_operatore")
        return self._referrals.opened_in(session, row)

    def _open_row_in(self, session: Session, code: str) -> ReferralRow:
        row = self._writer.row_in(session, code, lock=True)
        if row.state not in OPEN:
            raise NotAllowed(f"a referral in state {row.state} does not change any more")
        return row

    @staticmethod
    def _tried(session: Session, row: ReferralRow) -> tuple[str, ...]:
        query = select(ReferralRow.operator_id).where(
            ReferralRow.case_id == row.case_id, ReferralRow.measure == row.measure
        )
        return tuple(sorted({row.operator_id, *session.scalars(query)}))
