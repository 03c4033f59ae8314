"""Who writes in another language hears, in that language, what this is and how to go on without writing."""

from __future__ import annotations

import texts
from dialogue.turn import Turn


def answer(turn: Turn, language: str) -> bool:
    """Say it once for each language, with buttons that work; False for a language we have no words for."""
    told = texts.in_language(language)
    if told is None:
        return False
    conversation = turn.conversation
    if language not in conversation.languages:
        conversation.languages.append(language)
    buttons = [
        {"title": told["persona"], "payload": "/ask_human"},
        {"title": told["comincia"], "payload": "/check_eligibility"},
    ]
    turn.say_text(told["testo"].format(telefono=turn.services.help.phone, orario=turn.services.help.hours), buttons)
    turn.quiet = True
    return True
