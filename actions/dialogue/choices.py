"""What can be done next when no question is open."""

from __future__ import annotations

import json

from actions.dialogue import ranking, second_attempt, takeaway
from actions.dialogue.turn import Button, Turn


def buttons(turn: Turn) -> list[Button]:
    """The choices of the moment."""
    found: list[Button] = []
    if second_attempt.is_open(turn):
        found += [turn.button("stato", "/referral_status"), turn.button("annulla", "/cancel_referral")]
    elif ranking.possible(turn.assess().to_dict()["assessments"]):
        found.append(turn.button("operatore", "/open_referral"))
    return [
        *found,
        turn.button("documenti", "/ask_documents"),
        turn.button("perche_risultato", "/ask_explain_result"),
        takeaway.offer_button(turn),
        turn.button("oggi", "/ask_deadline_or_open"),
        turn.button("altra_misura", "/check_eligibility"),
        turn.button("correggi", "/correct_answer"),
        turn.button("persona", "/ask_human"),
    ]


def offer(turn: Turn) -> None:
    """Name what can be done next, as buttons."""
    turn.say("esito.che_cosa_fare", variant=len(turn.dialogue["trail"]), buttons=buttons(turn))


def other_measures(turn: Turn) -> None:
    """Offer the measures that are not part of this conversation yet."""
    found: list[Button] = []
    for measure in turn.ruleset.measures:
        edition = turn.ruleset.edition(measure, turn.today)
        if measure not in turn.measures and edition.kind == "person":
            payload = "/check_eligibility" + json.dumps({"measure": measure})
            found.append({"title": edition.title, "payload": payload})
    turn.say("esito.altre_misure_quale", buttons=[*found, turn.button("no_grazie", "/deny")])
