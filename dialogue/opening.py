"""The first words of a case: who speaks, and what happened."""

from __future__ import annotations

import copy
import datetime as dt
from typing import TYPE_CHECKING

import texts
from cases import statistics
from cases.db import writing
from dialogue import counting, offers
from dialogue.conversation import Conversation
from dialogue.turn import Message

if TYPE_CHECKING:
    from cases.record import CaseRecord
    from cases.service import Cases


def opening(record: CaseRecord, cases: Cases, now: dt.datetime) -> list[Message]:
    """Say who is speaking and ask what happened; the conversation of the case is stored.

    :param record: a case just opened.
    :param now: the instant, timezone-aware.
    """
    role = record.role
    messages: list[Message] = [
        {"text": texts.say("apertura.benvenuto", role)},
        {
            "text": texts.say("apertura.che_cosa", role),
            "buttons": [
                {
                    "title": texts.say(f"pulsanti.situazione_{name}", role),
                    "payload": offers.payload("inform", situazione=name),
                }
                for name in offers.SITUATIONS
            ],
        },
    ]
    conversation = Conversation(
        question={"step": "situation", "fact": counting.OPENING, "times": 1},
        asked={counting.OPENING: 1},
        counted=copy.deepcopy(counting.FIRST),
        last={"id": None, "messages": messages, "awaiting": True},
    )
    with writing(cases.session_factory) as session:
        cases.update_in(session, record.id, now, "bot", dialogue=conversation.to_dict())
        statistics.count_in(session, now, "domanda", outcome=counting.OPENING)
    return messages
