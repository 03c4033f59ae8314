"""The first words of a case."""

from __future__ import annotations

import copy
import datetime as dt
from typing import TYPE_CHECKING

import texts
from actions.dialogue import consent, counting
from actions.dialogue.turn import NEW_DIALOGUE, Message
from cases import statistics
from cases.db import writing

if TYPE_CHECKING:
    from cases.record import CaseRecord
    from cases.service import Cases


def opening(record: CaseRecord, cases: Cases, now: dt.datetime) -> list[Message]:
    """Say who is speaking and ask for the consent on health data; the dialogue of the case is stored.

    :param record: a case just opened.
    :param now: the instant, timezone-aware.
    """
    dialogue = copy.deepcopy(NEW_DIALOGUE)
    dialogue["question"] = {"fact": consent.HEALTH, "times": 1}
    dialogue["asked"][consent.HEALTH] = 1
    dialogue["counted"] = copy.deepcopy(counting.FIRST)
    with writing(cases.session_factory) as session:
        cases.update_in(session, record.id, now, "bot", dialogue=dialogue)
        statistics.count_in(session, now, "domanda", outcome=consent.HEALTH)
    role = record.role
    return [
        {"text": texts.say("apertura.benvenuto", role)},
        {
            "text": texts.say("apertura.chiedi_consenso", role),
            "buttons": [
                {"title": texts.say("pulsanti.consenso_si", role), "payload": "/affirm"},
                {"title": texts.say("pulsanti.consenso_no", role), "payload": "/deny"},
                {"title": texts.say("pulsanti.consenso_perche", role), "payload": "/ask_why"},
            ],
            "card": consent.health_card(role),
        },
    ]
