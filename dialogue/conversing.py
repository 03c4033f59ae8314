"""One message from beginning to end: read the case, hear, ask once, write once."""

from __future__ import annotations

import datetime as dt
from contextlib import closing as ending
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import texts
from cases.errors import CaseNotFound, StaleCase
from dialogue import closing, counting, routing
from dialogue.turn import Message, Turn
from dialogue.understood import Understood

if TYPE_CHECKING:
    from dialogue.services import Services

_ATTEMPTS = 3
TOPICS = tuple(routing.TABLE)


@dataclass(frozen=True)
class Reply:
    """What a turn says. ``awaiting``: a question is open, so the next message may be its answer."""

    messages: list[Message]
    awaiting: bool


def handle(
    case_id: str,
    topic: str,
    understood: Understood,
    message_id: str | None,
    services: Services,
    now: dt.datetime,
    today: dt.date,
) -> Reply:
    """Answer one message.

    The same ``message_id`` twice in a row gives the same answer and changes nothing: the engine may retry.

    :param topic: a key of :data:`dialogue.routing.TABLE`.
    :raises cases.errors.StaleCase: the case kept changing under our hands.
    """
    for attempt in range(_ATTEMPTS):
        try:
            return _attempt(case_id, topic, understood, message_id, services, now, today)
        except StaleCase:
            if attempt + 1 == _ATTEMPTS:
                raise
        except CaseNotFound:
            message = {"text": texts.say("riservatezza.cancellato"), "custom": {"erased": True}}
            return Reply([message], awaiting=False)
    raise AssertionError("unreachable")


def _attempt(
    case_id: str,
    topic: str,
    understood: Understood,
    message_id: str | None,
    services: Services,
    now: dt.datetime,
    today: dt.date,
) -> Reply:
    session = services.cases.session_factory()
    try:
        record = services.cases.get_in(session, case_id)
    except BaseException:
        session.close()
        raise
    with ending(Turn(record, understood, services, now, today, session)) as turn:
        last: dict[str, Any] = turn.conversation.last or {}
        if message_id is not None and last.get("id") == message_id:
            return Reply(last["messages"], last["awaiting"])
        if record.mode == "person":
            return Reply([{"text": texts.say("fraintesi.modo_persona", record.role)}], awaiting=False)
        routing.hear(turn, topic)
        closing.close(turn)
        if turn.erased:
            return Reply(turn.messages, awaiting=False)
        awaiting = turn.conversation.question is not None
        turn.conversation.last = {"id": message_id, "messages": turn.messages, "awaiting": awaiting}
        write(turn, "bot")
        return Reply(turn.messages, awaiting)


def write(turn: Turn, actor: str) -> None:
    """Make everything the turn did stay: effects, facts, what is remembered, the counts, in one transaction.

    :raises cases.errors.StaleCase: the case changed meanwhile.
    """
    session = turn.begin_writing()
    counting.count_in(session, turn)
    turn.services.cases.update_in(
        session,
        turn.record.id,
        turn.now,
        actor,
        facts=turn.changed_facts(),
        forget=turn.forgotten_facts(),
        dialogue=turn.conversation.to_dict(),
        version=turn.record.version,
    )
    if turn.shown is not None:
        turn.services.cases.record_assessment_in(session, turn.record.id, turn.shown, turn.today, turn.now)
    turn.commit()
