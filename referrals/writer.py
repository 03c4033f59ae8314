"""Writing referrals inside the caller's transaction: a new one, or a move of an existing one.

Every write leaves a journal row, counts in the statistics and queues the messages it causes; the
database refuses a state that has no journal row.
"""

import hashlib
import hmac
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import journal, statistics
from cases.keys import Keyring
from referrals import channels, codes, encrypted_parts, states, workdays
from referrals.contact import Contact, Preferences, person_key
from referrals.directory_models import OperatorRow, ServiceRow, SiteRow
from referrals.errors import NotAllowed, ReasonRequired, ReferralNotFound, SiteNotFound
from referrals.locks import lock_in
from referrals.models import ReferralRow
from referrals.notices import Notices
from referrals.states import Actor, State
from settings.clock import ROME
from settings.config import get_settings

FOLLOW_UP_AFTER = timedelta(days=10)
NOTE_CHARS = 2000
#: How often a sender is told what changed.
GIORNO, SETTIMANA = "giorno", "settimana"


@dataclass(frozen=True)
class Draft:
    """All that a new referral needs. ``sender_email``: doctor or desk who wants to follow it, told of changes
    every ``sender_digest`` (``GIORNO`` or ``SETTIMANA``).
    """

    case_id: str
    site_id: str
    measure: str
    contact: Contact
    preferences: Preferences
    contact_after_taking: bool = False
    ruleset: str | None = None
    sender_email: str | None = None
    sender_digest: str = GIORNO


class Writer:
    """Writes referrals. Holds no session: every method takes one and leaves the commit to its caller."""

    def __init__(self, keyring: Keyring, settings: Callable[[], Any] = get_settings) -> None:
        self.keyring = keyring
        self.settings = settings
        self.notices = Notices(keyring, settings)

    def create_in(
        self,
        session: Session,
        draft: Draft,
        now: datetime,
        actor: str = Actor.PERSONA,
        referral_id: str | None = None,
        previous: ReferralRow | None = None,
    ) -> ReferralRow:
        """A new referral in state ``aperta``; ``previous``: the attempt it follows.

        Raises ``SiteNotFound`` when the site is closed, has no e-mail, or does not offer the measure
        that day.
        """
        channels.check(draft.contact, draft.preferences)
        site = self.site_in(session, draft.site_id, draft.measure, now)
        referral_id = referral_id or uuid.uuid4().hex
        code = codes.new_code()
        seed = previous.pin_seed if previous else code
        journal_id = journal.append_in(
            session,
            self.keyring,
            at=now,
            actor=actor,
            subject=referral_id,
            chain_of=draft.case_id,
            event="segnalazione",
            state=State.APERTA,
            detail={"measure": draft.measure, "site": site.id, "previous": previous and previous.id},
        )
        row = ReferralRow(
            id=referral_id,
            code=code,
            case_id=draft.case_id,
            person_key=person_key(self.keyring.secret("person"), draft.contact),
            operator_id=site.operator_id,
            site_id=site.id,
            measure=draft.measure,
            state=State.APERTA,
            journal_id=journal_id,
            attempt=previous.attempt + 1 if previous else 1,
            previous_id=previous.id if previous else None,
            pin_seed=seed,
            pin_hash=codes.pin_hash(self.keyring.secret("pin"), code, self.pin(seed)),
            pin_failures=0,
            contact_after_taking=draft.contact_after_taking,
            ruleset=draft.ruleset,
            sender_key=self.sender_key(draft.sender_email),
            created_at=now,
            updated_at=now,
        )
        session.add(row)
        session.flush()
        parts = {
            encrypted_parts.CONTACT: draft.contact.to_dict(),
            encrypted_parts.PREFERENCES: draft.preferences.to_dict(),
        }
        if draft.sender_email:
            parts[encrypted_parts.SENDER] = {"email": draft.sender_email, "digest": draft.sender_digest}
        for kind, value in parts.items():
            encrypted_parts.write_in(session, self.keyring, row, kind, value, now)
        self._count(session, row, now)
        self.notices.changed_in(session, row, None, actor, now)
        return row

    def move_in(
        self,
        session: Session,
        row: ReferralRow,
        to: str,
        actor: str,
        now: datetime,
        reason: str | None = None,
        detail: dict[str, Any] | None = None,
    ) -> None:
        """Move a locked row. ``reason``: one of ``states.REASONS``, or free text, which is sealed.

        Raises ``NotAllowed`` and ``ReasonRequired`` as the table of :mod:`referrals.states` says.
        """
        self.check_owner(row, actor)
        kind = states.kind_of(actor)
        move = states.find(row.state, to)
        if move is None or kind not in move.actors:
            raise NotAllowed(f"{kind} may not move a referral from {row.state} to {to}")
        reason = (reason or "").strip() or None
        if kind in move.needs_reason and reason is None:
            raise ReasonRequired(to)
        coded = reason if reason is None or reason in states.REASONS else "altro"
        previous = row.state
        row.journal_id = journal.append_in(
            session,
            self.keyring,
            at=now,
            actor=actor,
            subject=row.id,
            chain_of=row.case_id,
            event="segnalazione",
            state=State(to),
            reason=coded,
            detail=detail,
        )
        row.state = State(to)
        row.updated_at = now
        self._set_deadlines(row, now)
        session.flush()
        if reason and coded != reason and row.case_id:
            note = encrypted_parts.note_kind(row.journal_id)
            encrypted_parts.write_in(session, self.keyring, row, note, reason[:NOTE_CHARS], now)
        self._count(session, row, now)
        self._count_how(session, row, coded, detail or {}, now)
        self.notices.changed_in(session, row, previous, actor, now)

    def note_in(
        self,
        session: Session,
        row: ReferralRow,
        event: str,
        actor: str,
        now: datetime,
        detail: dict[str, Any] | None = None,
    ) -> int:
        """Journal something that changes no state (a view, a reminder); returns the row's id."""
        return journal.append_in(
            session,
            self.keyring,
            at=now,
            actor=actor,
            subject=row.id,
            chain_of=row.case_id,
            event=event,
            detail=detail,
        )

    @staticmethod
    def row_in(session: Session, code: str, lock: bool = False) -> ReferralRow:
        """The row of a code, however typed. Raises ``ReferralNotFound``."""
        canonical = codes.normalise(code)
        named = ReferralRow.code == canonical
        row = None
        if canonical:
            row = lock_in(session, named) if lock else session.scalars(select(ReferralRow).where(named)).one_or_none()
        if row is None:
            raise ReferralNotFound("code")
        return row

    @staticmethod
    def check_owner(row: ReferralRow, actor: str) -> None:
        """Raise ``NotAllowed`` if ``actor`` is an operator and the referral is another's."""
        operator_id = states.operator_of(actor)
        if operator_id is not None and operator_id != row.operator_id:
            raise NotAllowed("this referral belongs to another operator")

    def pin(self, seed: str) -> str:
        """The PIN of the referral (or chain of attempts) that began with the code ``seed``."""
        return codes.pin_for(self.keyring.secret("pin"), seed)

    def sender_key(self, email: str | None) -> str | None:
        """Keyed hash of a sender's address, None without one."""
        if not email:
            return None
        return hmac.new(self.keyring.secret("sender"), email.lower().encode(), hashlib.sha256).hexdigest()

    def _set_deadlines(self, row: ReferralRow, now: datetime) -> None:
        settings = self.settings()
        if row.state == State.INVIATA:
            row.sent_at = now
            row.remind_at = workdays.add(now, settings.referral_reminder_days)
            row.expires_at = workdays.add(now, settings.referral_expiry_days)
            row.follow_up_at = now + FOLLOW_UP_AFTER
        else:
            row.remind_at = None
        if row.state not in (State.INVIATA, State.PRESA_IN_CARICO):
            row.follow_up_at = None

    @staticmethod
    def site_in(session: Session, site_id: str, measure: str, now: datetime) -> SiteRow:
        """The site, if it can be sent a referral for the measure that day. Raises ``SiteNotFound``."""
        site = session.get(SiteRow, site_id)
        if (
            site is None
            or not site.active
            or not site.email
            or not session.get_one(OperatorRow, site.operator_id).active
        ):
            raise SiteNotFound(site_id)
        service = session.get(ServiceRow, (site_id, measure))
        today = now.astimezone(ROME).date()
        if service is None or not ((service.valid_from or today) <= today <= (service.valid_to or today)):
            raise SiteNotFound(site_id)
        return site

    @staticmethod
    def _count(session: Session, row: ReferralRow, now: datetime) -> None:
        provincia = session.get_one(SiteRow, row.site_id).provincia
        statistics.count_in(session, now, "segnalazione", row.measure, provincia, row.state)

    @staticmethod
    def _count_how(
        session: Session, row: ReferralRow, reason: str | None, detail: dict[str, Any], now: datetime
    ) -> None:
        """Count also how it went: every entry into these states has one outcome, so that the outcomes add up to it."""
        if row.state == State.PRESA_IN_CARICO and row.sent_at is not None:
            days = workdays.between(row.sent_at, now)
            statistics.count_in(session, now, "presa_in_carico_tempo", outcome=statistics.wait_class(days))
        elif row.state == State.RIFIUTATA:
            statistics.count_in(session, now, "rifiuto", outcome=reason or "altro")
        elif row.state == State.CONCLUSA:
            statistics.count_in(session, now, "esito", outcome=detail.get("outcome", "non_indicato"))
