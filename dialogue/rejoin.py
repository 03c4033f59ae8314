"""The assistant takes the chat back from a person of the hotline."""

from __future__ import annotations

import datetime as dt
from contextlib import closing as ending
from typing import TYPE_CHECKING

from dialogue import closing, conversing
from dialogue.steps import order
from dialogue.turn import Message, Turn
from dialogue.understood import Understood

if TYPE_CHECKING:
    from cases.record import CaseRecord
    from dialogue.services import Services


def rejoin(record: CaseRecord, services: Services, now: dt.datetime, today: dt.date) -> list[Message]:
    """Say that the assistant is back and ask the open question again; the case is written.

    :param record: the case, already back in mode ``bot``.
    """
    with ending(Turn(record, Understood("check_eligibility"), services, now, today)) as turn:
        conversation = turn.conversation
        conversation.misunderstood = 0
        # What happened was told to the person who answered: it is not asked as if nothing were known.
        conversation.opened = conversation.opened or bool(turn.facts) or turn.referral is not None
        conversation.confirm = None
        turn.step = order.asked(turn)
        if conversation.question:
            conversation.asked.pop(conversation.question["fact"], None)
        turn.say("apertura.ripresa")
        # The person at the desk sent a referral: no interview begins now.
        if turn.referral_open and conversation.question is None:
            closing.offer(turn)
        else:
            closing.close(turn)
        conversation.last = {"id": None, "messages": turn.messages, "awaiting": conversation.question is not None}
        conversing.write(turn, "bot")
        return [shown(message) for message in turn.messages]


def shown(message: Message) -> Message:
    """A message as the gateway keeps it: what is custom is a card."""
    kept = {key: value for key, value in message.items() if key != "custom"}
    return kept | ({"card": message["custom"]} if "custom" in message else {})
