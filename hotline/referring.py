"""A referral that a colleague opens for the person they are speaking with: everything in one transaction."""

import datetime as dt
from collections.abc import Callable

from sqlalchemy.orm import Session

from accounts.account import Account
from cases import journal
from cases.db import writing
from hotline import caller
from hotline.caller import Caller
from hotline.models import HandlingRow
from hotline.service import Hotline
from referrals import allowance
from referrals.models import ReferralRow
from referrals.on_behalf import Agreed, Wish
from referrals.service import Referrals
from referrals.views import Opened
from referrals.writer import Draft

#: Told in the same transaction: the session, the colleague's handling of the case, what was opened.
Told = Callable[[Session, HandlingRow, Opened], None]


class Referring:
    """Opens referrals on the person's behalf."""

    def __init__(self, hotline: Hotline, referrals: Referrals) -> None:
        self._hotline = hotline
        self._referrals = referrals
        self._keyring = hotline.keyring

    def open(
        self,
        case_id: str,
        account: Account,
        wish: Wish,
        agreed: Agreed,
        contact_after_taking: bool,
        key: str,
        now: dt.datetime,
        told: Told,
    ) -> Opened:
        """Consent, referral, messages, name and number, and what ``told`` writes: all of it or nothing.

        The same ``key`` gives the same code and PIN, and writes nothing again.

        :raises NotYours, CaseNotFound: the colleague does not have the case in hand.
        :raises ContactError, ContactWrong, SiteNotFound, ConsentMissing, AlreadyOpen, IdempotencyConflict, BudgetSpent:
            as :meth:`referrals.service.Referrals.open` and :func:`hotline.caller.note_in`.
        """
        contact = wish.contact.checked()
        request = [case_id, wish.site_id, wish.measure, contact.to_dict(), agreed.text, agreed.version]
        one_open_only = self._referrals.one_open_only(case_id, wish.measure)
        with one_open_only, writing(self._referrals.session_factory) as session:
            handling = self._hotline.handlings.own_in(session, case_id, account)
            earlier = self._referrals.claim_key_in(session, f"{case_id}:sportello:{key}", request, now)
            if isinstance(earlier, ReferralRow):
                return self._referrals.opened_in(session, earlier)
            allowance.spend_in(session, self._keyring, case_id, wish.site_id, contact, now)
            journal.append_in(
                session,
                self._keyring,
                at=now,
                actor=account.actor,
                subject=case_id,
                event="consenso_chiesto",
                detail={"purpose": "invio", "version": agreed.version, "canale": handling.channel, "risposta": True},
            )
            self._referrals.consent_in(session, case_id, agreed.text, agreed.version, now)
            draft = Draft(
                case_id, wish.site_id, wish.measure, contact, wish.preferences, contact_after_taking, wish.ruleset
            )
            row = self._referrals.writer.create_in(session, draft, now, referral_id=earlier)
            opened = self._referrals.opened_in(session, row)
            known = Caller(contact.nome, contact.telefono, wish.preferences.may_leave_message)
            caller.note_in(session, self._keyring, case_id, known, now)
            journal.append_in(
                session, self._keyring, at=now, actor=account.actor, subject=case_id, event="sportello_recapito"
            )
            told(session, handling, opened)
            return opened
