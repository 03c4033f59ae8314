"""What the gateway writes to and reads from the conversation's turns."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import dialogue
from cases import turns as turn_rows
from cases.db import writing
from cases.models import CaseRow
from cases.record import CaseRecord, Turn
from cases.service import Cases
from web.chat.bot_client import BotMessage, BotReply
from web.chat.messages import from_bot, readable
from web.chat.messages import title_of as _title_of
from web.chat.payloads import RETRY
from web.words import words

if TYPE_CHECKING:
    from referrals.service import Referrals
    from referrals.views import Referral

OUTAGE = "outage"
SILENCE = "silence"
# Too long a reading is the message's own fault, seen once: it never meets an engine again.
_QUARANTINED = frozenset({"stopped", "timeout"})
_NO_TITLE = "Risposta scelta"
# How far back the button that was pressed is looked for: a conversation may be long, and the search is in every turn.
_TURNS_WITH_BUTTONS = 20


def title_of(payload: str, turns: Iterable[Turn]) -> str:
    """The words of the button that was pressed, for the transcript."""
    return _title_of(payload, turns) or _NO_TITLE


def take(
    cases: Cases, case_id: str, text: str | None, payload: str | None, key: str, now: dt.datetime
) -> tuple[CaseRecord, Turn, list[Turn]]:
    """Store what the person sent, in one transaction.

    :param text: the words typed, or None with a ``payload``.
    :param key: the same key gives the turn it made the first time.
    :returns: the case before the message, the message's turn, and the turns that wait for an answer.
    :raises CaseNotFound: erased in the meantime.
    """
    with writing(cases.session_factory) as session:
        record = cases.get_in(session, case_id)
        cipher = cases.keyring.cipher(case_id)
        body: dict[str, Any] = {"text": text}
        if payload is not None:
            latest = itertools.islice(turn_rows.newest_first_in(session, cipher, case_id), _TURNS_WITH_BUTTONS)
            body = {"text": title_of(payload, latest), "payload": payload}
        # The light in which the message is to be read, should it have to be read again later.
        body |= {"asked": dialogue.open_question(record), "result_shown": dialogue.result_shown(record)}
        turn = turn_rows.add_in(session, cipher, case_id, "persona", body, now, f"persona:{key}", "pending")
        waiting = []
        if turn.status == "pending":
            waiting = [*turn_rows.pending_in(session, cipher, case_id, before=turn.seq), turn]
    return record, turn, waiting


def body_of(message: dict[str, Any]) -> dict[str, Any]:
    """A turn's body from a message of ``dialogue`` (``text``, ``buttons``, ``card``)."""
    return from_bot(BotMessage.model_validate({**message, "custom": message.get("card")}))


@dataclass(frozen=True)
class Kept:
    """A conversation after its answers were stored: the answers, the case and its newest referral."""

    turns: list[Turn]
    record: CaseRecord
    referral: Referral | None


def keep_reply(cases: Cases, referrals: Referrals, turn: Turn, reply: BotReply, now: dt.datetime) -> Kept:
    """Store the answers to ``turn`` and close it, in one transaction: both happen or neither does.

    If a person took the chat over while the engine was thinking, the answers are dropped: one voice at a time.

    :raises CaseNotFound: erased in the meantime.
    """
    understood = reply.understood.model_dump(mode="json")
    drafts = [
        turn_rows.Draft(
            "bot", from_bot(message) | {"reply_to": turn.id, "understood": understood}, f"risposta:{turn.id}:{index}"
        )
        for index, message in enumerate(reply.messages)
    ]
    with writing(cases.session_factory) as session:
        record = cases.get_in(session, turn.case_id, lock=True)
        referral = referrals.newest_in(session, turn.case_id)
        kept: list[Turn] = []
        if record.mode != "person":
            kept = turn_rows.append_in(session, cases.keyring.cipher(turn.case_id), turn.case_id, drafts, now)
        turn_rows.close_in(session, turn.id)
    return Kept(kept, record, referral)


def _person_in_charge(session: Session, case_id: str) -> bool:
    query = select(CaseRow.mode).where(CaseRow.id == case_id).with_for_update()
    return session.scalar(query) == "person"


def _failures(cases: Cases, turn: Turn) -> list[str | None]:
    """What went wrong with a message so far, try after try."""
    return [
        later.body.get("failure")
        for later in cases.turns(turn.case_id, after=turn.seq)
        if later.body.get("reply_to") == turn.id
    ]


def is_suspect(cases: Cases, turn: Turn) -> bool:
    """Whether the engine fell silent over this message: it may have been the message that hung it."""
    return SILENCE in _failures(cases, turn)


def keep_apology(services: Any, turn: Turn, reason: str, max_tries: int, now: dt.datetime) -> tuple[Turn | None, bool]:
    """Say sorry with the telephone number and leave ``turn`` waiting; after ``max_tries`` give it up.

    A message that took too long to be read is given up at once: it must not hold an engine up a second time.

    :param reason: what went wrong with this very message; :data:`OUTAGE` when parts of the product are down (then a
        message waits as long as it takes), :data:`SILENCE` when they are and no answer came in time: it may have been
        this message that hung the engine, so the second time it is given up.
    :returns: the turn that was said (None if a person has taken over meanwhile), and whether the message still waits.
    """
    cases: Cases = services.cases
    settings = services.settings
    failures = _failures(cases, turn)
    values = {"phone": settings.help_phone, "note": settings.help_phone_note}
    body: dict[str, Any] = {"reply_to": turn.id, "failure": reason}
    give_up = reason in _QUARANTINED or (
        SILENCE in failures
        if reason == SILENCE
        else reason != OUTAGE and sum(failure not in (None, OUTAGE, SILENCE) for failure in failures) >= max_tries - 1
    )
    if give_up:
        body["text"] = words()["given_up"].format(**values)
    else:
        body["text"] = words()["apology"].format(**values)
        body["buttons"] = [{"title": words()["apology_retry"], "payload": RETRY}]
    cipher = cases.keyring.cipher(turn.case_id)
    with writing(cases.session_factory) as session:
        if _person_in_charge(session, turn.case_id):
            turn_rows.close_in(session, turn.id)
            return None, False
        said = turn_rows.add_in(session, cipher, turn.case_id, "bot", body, now)
        if give_up:
            turn_rows.close_in(session, turn.id, status="failed")
    return said, not give_up


def finish(cases: Cases, waiting: list[Turn]) -> None:
    """A person answers now: nothing waits for the assistant any more."""
    for turn in waiting:
        cases.finish_turn(turn.id)


def tells_erasure(reply: BotReply) -> bool:
    """Whether the answer says that the case was just erased."""
    return any((message.custom or {}).get("erased") for message in reply.messages)


def unstored(reply: BotReply, now: dt.datetime) -> list[dict[str, Any]]:
    """The answers to show once, when there is no case left to keep them in."""
    return [
        {"id": uuid.uuid4().hex, "author": "bot", "at": now.isoformat(), **from_bot(message)}
        for message in reply.messages
    ]


def readable_export(cases: Cases, case_id: str) -> dict[str, Any]:
    """The export with the gateway's own notes left out of the turns."""
    export = cases.export(case_id)
    export["turns"] = [readable(turn) for turn in export["turns"]]
    return export
