"""The e-mail with the link to the paper: one neutral message, nothing about the person in it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sqlalchemy import select

from cases.db import writing
from referrals import links, outbox, words
from referrals.models import OutboxRow

if TYPE_CHECKING:
    from actions.services import Services

KIND = "persona_foglio"


def send(services: Services, case_id: str, address: str, number: int, now: dt.datetime) -> None:
    """Put the e-mail into the outbox, together with the link that it carries.

    Both go with the case when it is erased. The same ``number`` twice is one e-mail: a turn may be tried again.

    :param address: where to, already checked.
    :param number: which e-mail of this conversation it is.
    """
    dedupe = f"{KIND}:{case_id}:{number}"
    keyring = services.cases.keyring
    with writing(services.cases.session_factory) as session:
        if session.scalar(select(OutboxRow.id).where(OutboxRow.dedupe == dedupe)) is not None:
            return
        token = links.create_in(session, links.RESULT, now, case_id=case_id)
        public_url = services.referrals.writer.settings().public_url
        subject, text = words.mail(KIND, link=links.result_url(public_url, token), days=links.days(links.RESULT))
        outbox.enqueue_in(
            session,
            keyring,
            dedupe=dedupe,
            kind=KIND,
            channel="email",
            payload={"to": address, "subject": subject, "text": text},
            now=now,
            case_id=case_id,
        )
