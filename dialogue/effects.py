"""What a turn does in the world: consents, referrals, calls, e-mails. Each is applied in the turn's one transaction."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cases import consents
from hotline import queue
from hotline.caller import Caller
from hotline.errors import SlotTaken
from referrals import confirmations, links, words
from referrals.appointments import Appointments
from referrals.confirmations import Outgoing
from referrals.contact import Contact
from referrals.models import HeldMailRow, OutboxRow
from referrals.person import PersonSide
from referrals.states import State
from referrals.views import Opened

if TYPE_CHECKING:
    from dialogue.turn import Turn

_PERSON = "persona"
SHEET_MAIL = "persona_foglio"
#: What became of an e-mail: it goes now; its address was asked to confirm first; it was asked too often today.
GOES, ASKED, TOO_MANY = "parte", "chiesta", "troppe"


@dataclass(frozen=True)
class GrantConsent:
    """The person agreed to ``text`` for ``purpose`` (``salute`` or ``invio``)."""

    purpose: str
    text: str
    version: str

    def apply_in(self, session: Session, turn: Turn) -> None:
        """Keep the exact words with their version."""
        keyring = turn.services.cases.keyring
        consents.grant_in(session, keyring, turn.record.id, self.purpose, self.text, self.version, turn.now)


@dataclass(frozen=True)
class WithdrawConsent:
    """The person takes a consent back."""

    purpose: str

    def apply_in(self, session: Session, turn: Turn) -> bool:
        """End it; False if none was in force."""
        return consents.withdraw_in(session, turn.services.cases.keyring, turn.record.id, self.purpose, turn.now)


@dataclass(frozen=True)
class OpenReferral:
    """The last yes of a referral. ``key``: the same key gives the same code and PIN."""

    site_id: str
    measure: str
    contact: Contact
    consent_text: str
    consent_version: str
    key: str
    again: str | None = None  # the code of a referral that ended without help: then this is another attempt

    def apply_in(self, session: Session, turn: Turn) -> Opened:
        """Open it; raises ``AlreadyOpen``, ``SiteNotFound``, ``ContactError``, ``BudgetSpent``."""
        referrals = turn.referrals
        if self.again is not None:
            return self._another_attempt_in(session, turn)
        with referrals.one_open_only(turn.record.id, self.measure), session.begin_nested():
            return referrals.open_in(
                session,
                turn.record.id,
                self.site_id,
                self.measure,
                self.contact,
                self.consent_text,
                self.consent_version,
                self.key,
                turn.now,
                ruleset=turn.ruleset.version,
            )

    def _another_attempt_in(self, session: Session, turn: Turn) -> Opened:
        assert self.again is not None  # noqa: S101 (asked by the caller)
        referrals = turn.referrals
        person = PersonSide(referrals)
        before = person.contact(self.again)
        with referrals.one_open_only(turn.record.id, self.measure), session.begin_nested():
            opened = person.reassign_in(
                session, self.again, self.site_id, self.consent_text, self.consent_version, self.key, turn.now
            )
        if before is not None and before[0].checked() != self.contact.checked():
            person.change_contact_in(session, opened.code, self.contact, turn.now)
        return opened


@dataclass(frozen=True)
class CancelReferral:
    """The person withdraws a referral; the operator is told by the outbox."""

    code: str

    def apply_in(self, session: Session, turn: Turn) -> None:
        """Cancel it; raises ``ReferralError`` when it is too late."""
        turn.referrals.transition_in(session, self.code, State.ANNULLATA, _PERSON, turn.now)


@dataclass(frozen=True)
class AnswerMeeting:
    """The person says yes or no to a time that the operator offered; the operator is told."""

    code: str
    meeting: str
    accepted: bool

    def apply_in(self, session: Session, turn: Turn) -> None:
        """Note the answer; raises ``ReferralError`` when the offer does not stand any more."""
        Appointments(turn.referrals).answer_in(session, self.code, self.meeting, self.accepted, turn.now)


@dataclass(frozen=True)
class BookCallback:
    """A promise to call at an hour that the person chose."""

    at: dt.datetime
    caller: Caller

    def apply_in(self, session: Session, turn: Turn) -> None:
        """Book it; raises ``SlotTaken``, ``ContactWrong``, ``BudgetSpent``."""
        try:
            with session.begin_nested():
                turn.callbacks.book_in(session, turn.record.id, self.at, self.caller, _PERSON, turn.now)
        except IntegrityError:
            raise SlotTaken from None


@dataclass(frozen=True)
class CancelCallback:
    """The person wants no call any more."""

    def apply_in(self, session: Session, turn: Turn) -> bool:
        """Take the promise back; False if there was none."""
        return turn.callbacks.cancel_in(session, turn.record.id, _PERSON, turn.now)


@dataclass(frozen=True)
class SendSheet:
    """An e-mail with a link to the result: neutral words, nothing about the person in it.

    ``address``: where to, already checked. ``number``: which e-mail of this conversation it is; the same number twice is
    one e-mail.
    """

    address: str
    number: int

    def apply_in(self, session: Session, turn: Turn) -> str:
        """Put the e-mail with its link into the outbox, or hold it until its address is confirmed.

        Both go with the case when it is erased. Returns :data:`GOES`, :data:`ASKED` or :data:`TOO_MANY`.
        """
        case_id, keyring = turn.record.id, turn.services.cases.keyring
        dedupe = f"{SHEET_MAIL}:{case_id}:{self.number}"
        known = [
            session.scalar(select(table.dedupe).where(table.dedupe == dedupe)) for table in (OutboxRow, HeldMailRow)
        ]
        if not any(known):
            token = links.create_in(session, links.RESULT, turn.now, case_id=case_id)
            public_url = str(turn.services.referrals.writer.settings().public_url)
            link = links.result_url(public_url, token)
            subject, text = words.mail(SHEET_MAIL, link=link, days=links.days(links.RESULT))
            mail = Outgoing(dedupe, SHEET_MAIL, self.address, subject, text)
            confirmations.enqueue_in(session, keyring, public_url, case_id, mail, turn.now)
        if confirmations.is_confirmed_in(session, keyring, case_id, self.address):
            return GOES
        return ASKED if confirmations.is_asked_in(session, keyring, case_id, self.address, turn.now) else TOO_MANY


@dataclass(frozen=True)
class AskPerson:
    """Let the hotline see that a person is wanted, or needed at once."""

    asked_at: dt.datetime
    urgent: bool = False

    def apply_in(self, session: Session, turn: Turn) -> None:
        """Put the case into the queue; who waits already keeps the place."""
        queue.ask_in(session, turn.record.id, self.asked_at, urgent=self.urgent)
