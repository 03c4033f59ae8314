"""The assistant takes the chat back from a person of the hotline."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from actions.dialogue import side_questions
from actions.dialogue.turn import Message, Turn
from actions.dialogue.understanding import Understood

if TYPE_CHECKING:
    from actions.services import Services
    from cases.record import CaseRecord


def rejoin(record: CaseRecord, services: Services, now: dt.datetime, today: dt.date) -> list[Message]:
    """Say that the assistant is back and ask the open question again; the case is written.

    :param record: the case, already back in mode ``bot``.
    """
    turn = Turn(record, Understood("check_eligibility"), services, now, today)
    turn.dialogue["misunderstood"] = 0
    turn.dialogue["confirm"] = None
    turn.say("apertura.ripresa")
    side_questions.come_back(turn)
    services.cases.update(record.id, now, "bot", dialogue=turn.dialogue, version=record.version)
    return [_plain(message) for message in turn.messages]


def _plain(message: Message) -> Message:
    shown = {key: value for key, value in message.items() if key != "custom"}
    return shown | ({"card": message["custom"]} if "custom" in message else {})
