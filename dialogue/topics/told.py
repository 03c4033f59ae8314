"""What was told and answers nothing that is open."""

from __future__ import annotations

from dialogue import consents, deeds, draft_reading, words
from dialogue.intake import Intake
from dialogue.turn import Turn


def answer(turn: Turn, taken: Intake) -> None:
    """New facts change the result; a yes or a no without a question is courtesy; anything else was not understood."""
    understood, conversation = turn.understood, turn.conversation
    agreed = understood.choices.get("consenso_salute")
    if isinstance(agreed, bool):  # a change of mind, at any moment
        (consents.grant_health if agreed else consents.refuse_health)(turn)
    elif taken.anything:
        conversation.misunderstood = 0
        if taken.same and not taken.taken and conversation.result_seen:
            turn.say("esito.gia_considerato", dati=words.pairs(turn, taken.same))
    elif understood.intent == "affirm" and turn.referral_open and turn.referral is not None:
        turn.say("invio.gia_inviata", codice=turn.referral.code)
    elif conversation.question is None and understood.intent in ("affirm", "deny", "dont_know"):
        turn.say("cortesia.niente_di_aperto")
    elif not turn.messages:
        turn.missed = True


def names_operator(turn: Turn) -> bool:
    """Begin a referral to an operator of the list just shown, if the message chooses one; the list is good for one turn."""
    conversation = turn.conversation
    shown, conversation.nearby = conversation.nearby, None
    if not shown or conversation.draft or conversation.question is not None:
        return False
    if turn.understood.choices.get("operatore") is None:
        chosen = None if turn.understood.is_button else draft_reading.spoken_choice(turn.understood.text, shown)
        if chosen is None:
            return False
        turn.choose("operatore", chosen)
    deeds.open_referral(turn)
    return True
