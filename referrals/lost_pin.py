"""A new PIN for who lost it: by a link that works once, sent to the contact on record, or by the hotline after questions.

Nobody learns from here whether a code exists, nor any contact datum. The old PIN stops working when the new one is made.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from cases import budgets
from cases.budgets import Budget, BudgetSpent
from cases.db import writing
from referrals import codes, links
from referrals.directory_models import OperatorRow, SiteRow
from referrals.errors import LinkInvalid, NotAllowed, ReferralNotFound
from referrals.models import ReferralRow
from referrals.service import Referrals
from referrals.states import Actor

KIND = "persona_pin"
#: Links asked for one referral in a day; identity questions answered for one referral in a day.
BY_REFERRAL = Budget("pin_perso", 3)
BY_QUESTIONS = Budget("pin_domande", 5)


class WrongAnswers(ValueError):
    """The answers are not those of the person of the referral. Which one was wrong is not said."""


class LostPin:
    """New PINs. Every method is one transaction."""

    def __init__(self, referrals: Referrals) -> None:
        self._referrals = referrals
        self._writer = referrals.writer
        self._keyring = referrals.keyring

    def ask(self, code: str, now: datetime) -> None:
        """The person lost the PIN: a link goes to their contact, or the hotline has to call. Says nothing either way."""
        try:
            with writing(self._referrals.session_factory) as session:
                row = self._writer.row_in(session, code, lock=True)
                if row.case_id is None:
                    return
                budgets.spend_in(session, self._keyring, BY_REFERRAL, row.id, now)
                token = links.create_in(session, links.PERSON_PIN, now, referral_id=row.id, case_id=row.case_id)
                entry = self._writer.note_in(session, row, "pin_chiesto", Actor.PERSONA, now)
                link = links.pin_url(self._writer.settings().public_url, token)
                self._writer.notices.person.tell_in(session, row, KIND, now, cause=str(entry), link=link, entry=entry)
        except (ReferralNotFound, BudgetSpent):
            return

    def redeem(self, token: str, now: datetime) -> tuple[str, str]:
        """Use the link: code and new PIN. Raises ``LinkInvalid``."""
        with writing(self._referrals.session_factory) as session:
            link = links.redeem_in(session, token, (links.PERSON_PIN,), now)
            row = session.get(ReferralRow, link.referral_id or "", with_for_update=True)
            if row is None or row.case_id is None:
                raise LinkInvalid("link")
            return row.code, self._renew_in(session, row, Actor.PERSONA, now)

    def reissue(self, code: str, name: str, place: str, actor: str, now: datetime) -> str:
        """A colleague of the hotline asked who it is: the new PIN, to be read to the person. Journalled, also when wrong.

        :param name: as the person says it.
        :param place: the operator, or the comune of its site, as the person says it.
        :raises WrongAnswers: they do not fit, the code is unknown, or too many answers were tried today.
        :raises NotAllowed: the person's data were erased.
        """
        try:
            with writing(self._referrals.session_factory) as session:
                row = self._writer.row_in(session, code, lock=True)
                budgets.spend_in(session, self._keyring, BY_QUESTIONS, row.id, now)
                if row.case_id is None:
                    raise NotAllowed("the person's data were erased")
                right = self._fits_in(session, row, name, place)
                if right:
                    return self._renew_in(session, row, actor, now)
                self._writer.note_in(session, row, "pin_risposte_sbagliate", actor, now)
        except (ReferralNotFound, BudgetSpent):
            pass
        raise WrongAnswers

    def _fits_in(self, session: Session, row: ReferralRow, name: str, place: str) -> bool:
        contact, _ = self._writer.notices.person.reached_in(session, row)
        site = session.get_one(SiteRow, row.site_id)
        operator = session.get_one(OperatorRow, row.operator_id).name
        said, wanted = _words(name), _words(contact.nome if contact else "")
        where = _words(place)
        return bool(said and said == wanted and where and any(where <= _words(p) for p in (site.comune, operator)))

    def _renew_in(self, session: Session, row: ReferralRow, actor: str, now: datetime) -> str:
        row.pin_seed = codes.new_code()
        pin = self._writer.pin(row.pin_seed)
        row.pin_hash = codes.pin_hash(self._keyring.secret("pin"), row.code, pin)
        row.pin_failures, row.pin_locked_until = 0, None
        row.updated_at = now
        self._writer.note_in(session, row, "pin_nuovo", actor, now)
        return pin


def _words(text: str) -> frozenset[str]:
    return frozenset("".join(c if c.isalnum() else " " for c in text.casefold()).split())
