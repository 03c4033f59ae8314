"""What the hotline and the assistant do together, each as one transaction."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

import dialogue
import texts
from accounts.account import Account
from cases import turns
from cases.record import CaseRecord
from cases.service import Cases
from dialogue import desk
from dialogue import services as dialogue_services
from hotline.handling import CHAT, Handling
from hotline.models import HandlingRow
from hotline.referring import Referring
from referrals.on_behalf import Agreed, Wish
from referrals.views import Opened
from web.chat import store
from web.services import Services


def dialogue_of(services: Services, cases: Cases | None = None) -> dialogue_services.Services:
    """What the dialogue may read and do, on the same stores as the pages.

    :param cases: in place of the process's, to take part in a transaction (``Cases.joining``).
    """
    return dialogue_services.Services(
        cases or services.cases,
        services.directory,
        services.referrals,
        dialogue_services.help_desk(services.settings),
    )


def give_back(
    services: Services, case_id: str, account: Account, outcome: str, note: str, now: dt.datetime, today: dt.date
) -> Handling:
    """A colleague lets a case go; in a chat the assistant is back and asks its open question again.

    :raises NotYours, CaseNotFound, KeyError: as :meth:`hotline.handling.Handlings.give_back`.
    """

    def resume(session: Session, record: CaseRecord) -> None:
        cases = services.cases.joining(session)
        said = dialogue.rejoin(record, dialogue_of(services, cases), now, today)
        drafts = [turns.Draft("bot", store.body_of(message)) for message in said]
        turns.append_in(session, services.cases.keyring.cipher(case_id), case_id, drafts, now)

    return services.hotline.handlings.give_back(case_id, account, outcome, note, now, resume)


def refer(
    services: Services,
    record: CaseRecord,
    account: Account,
    wish: Wish,
    agreed: Agreed,
    contact_after_taking: bool,
    key: str,
    now: dt.datetime,
    today: dt.date,
) -> Opened:
    """A colleague opens a referral for the person; the assistant knows of it, and in a chat the receipt is shown.

    :raises NotYours, CaseNotFound, ContactError, ContactWrong, SiteNotFound, AlreadyOpen, IdempotencyConflict: as
        :meth:`hotline.referring.Referring.open`.
    """

    def told(session: Session, handling: HandlingRow, opened: Opened) -> None:
        cases = services.cases.joining(session)
        stores = dialogue_of(services, cases)
        fresh = cases.get(record.id)
        desk.note_referral(fresh, stores, opened.code, opened.operator, account.actor, now, today)
        if handling.channel == CHAT:
            cipher = services.cases.keyring.cipher(record.id)
            key_of_turn = f"sportello:segnalazione:{opened.code}"
            turns.add_in(session, cipher, record.id, "operatore", _receipt(record, opened), now, key_of_turn)

    referring = Referring(services.hotline, services.referrals)
    return referring.open(record.id, account, wish, agreed, contact_after_taking, key, now, told)


def _receipt(record: CaseRecord, opened: Opened) -> dict[str, object]:
    words = texts.say("invio.fatta", record.role, operatore=opened.operator, codice=opened.code, pin=opened.pin)
    card = {
        "kind": "segnalazione",
        "code": opened.code,
        "pin": opened.pin,
        "state": str(opened.state),
        "operator": opened.operator,
        "phone": opened.site.phone,
    }
    return {"text": words, "card": card}
