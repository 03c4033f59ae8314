"""The e-mail with the link to the paper: one neutral message, nothing about the person in it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sqlalchemy import select

from cases.db import writing
from referrals import confirmations, links, words
from referrals.confirmations import Outgoing
from referrals.models import HeldMailRow, OutboxRow

if TYPE_CHECKING:
    from actions.services import Services

KIND = "persona_foglio"


#: What became of an e-mail: it goes now; its address was asked to confirm first; it was asked too often today.
GOES, ASKED, TOO_MANY = "parte", "chiesta", "troppe"


def send(services: Services, case_id: str, address: str, number: int, now: dt.datetime) -> str:
    """Put the e-mail into the outbox, together with the link that it carries; returns what became of it.

    Both go with the case when it is erased. The same ``number`` twice is one e-mail: a turn may be tried again.

    :param address: where to, already checked.
    :param number: which e-mail of this conversation it is.
    """
    dedupe = f"{KIND}:{case_id}:{number}"
    keyring = services.cases.keyring
    with writing(services.cases.session_factory) as session:
        known = [
            session.scalar(select(table.dedupe).where(table.dedupe == dedupe)) for table in (OutboxRow, HeldMailRow)
        ]
        if not any(known):
            token = links.create_in(session, links.RESULT, now, case_id=case_id)
            public_url = str(services.referrals.writer.settings().public_url)
            subject, text = words.mail(KIND, link=links.result_url(public_url, token), days=links.days(links.RESULT))
            mail = Outgoing(dedupe, KIND, address, subject, text)
            confirmations.enqueue_in(session, keyring, public_url, case_id, mail, now)
        if confirmations.is_confirmed_in(session, keyring, case_id, address):
            return GOES
        return ASKED if confirmations.is_asked_in(session, keyring, case_id, address, now) else TOO_MANY
