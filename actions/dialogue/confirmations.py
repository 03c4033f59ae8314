"""Steps that wait for a yes: starting again, erasing, cancelling a referral, reading one out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actions.dialogue.turn import Turn


def ask(turn: Turn, step: str, text: str, yes: str = "si", no: str = "no", **values: Any) -> None:
    """Ask to confirm ``step`` with the text of key ``text``; ``yes`` and ``no`` are names of buttons."""
    turn.dialogue["confirm"] = step
    turn.say(text, buttons=[turn.button(yes, "/affirm"), turn.button(no, "/deny")], **values)


def answer(turn: Turn) -> bool:
    """Carry out or drop the step that was waiting; False when none was, or the message is no yes and no no."""
    from actions.dialogue import questions, takeaway

    step = turn.dialogue.get("confirm")
    if not step:
        return False
    turn.dialogue["confirm"] = None
    said = turn.understood.choices.get("conferma")
    if said is None and turn.understood.intent in ("affirm", "deny"):
        said = turn.understood.intent == "affirm"
    if said is None:
        return False
    if said:
        steps()[step](turn)
        return True
    if step == "mail_sheet" and takeaway.declined(turn):
        return True
    turn.say("colloquio.riparti_no")
    if turn.question is None:
        from actions.dialogue import choices

        choices.offer(turn)
    else:
        questions.ask_again(turn)
    return True


def steps() -> dict[str, Callable[[Turn], None]]:
    """What each confirmed step does."""
    from actions.dialogue import corrections, privacy, referral_after, referral_flow, takeaway

    return {
        "restart": corrections.restart_confirmed,
        "delete_data": privacy.erase_confirmed,
        "withdraw_health": privacy.withdraw_confirmed,
        "cancel_referral": referral_after.cancel_confirmed,
        "referral_status": referral_after.status,
        "open_referral": referral_flow.start,
        "mail_sheet": takeaway.send_confirmed,
    }
