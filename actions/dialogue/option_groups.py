"""Long lists of answers in two steps: first a few kinds, then the answers of one kind. Nobody scrolls on a phone."""

from __future__ import annotations

import json

from actions.dialogue.turn import Button, Turn

# fact -> the buttons of the first step: a group with its answers, or one answer that is plain enough by itself.
GROUPS: dict[str, dict[str, tuple[str, ...]]] = {
    "occupazione": {
        "dipendente": (
            "dipendente_tempo_indeterminato",
            "dipendente_tempo_determinato",
            "apprendista",
            "somministrazione",
            "intermittente",
            "socio_lavoratore_cooperativa",
            "pubblico_impiego",
        ),
        "sospeso": ("sospeso_cig",),
        "non_lavora": ("disoccupato", "inoccupato"),
        "in_proprio": ("autonomo", "collaboratore"),
    },
    "ammortizzatore": {
        "nessuno": ("nessuno",),
        "naspi": ("naspi",),
        "cassa": ("cigo", "cigs", "cigd"),
        "mobilita": ("mobilita", "mobilita_deroga"),
        "disoccupazione": ("disoccupazione_ordinaria", "disoccupazione_requisiti_ridotti"),
        "altro": ("altro",),
    },
}


def first_step(turn: Turn, fact: str) -> list[Button]:
    """The kinds of answer to ``fact``."""
    found = []
    for group, answers in GROUPS[fact].items():
        if len(answers) == 1:
            found.append(_answer(turn, fact, answers[0]))
        else:
            payload = "/inform" + json.dumps({"gruppo": group})
            found.append({"title": turn.words(f"gruppi.{fact}_{group}"), "payload": payload})
    return found


def open_group(turn: Turn) -> bool:
    """Show the answers of the kind that was chosen; False when the message chose none of the open question."""
    fact, chosen = turn.question or "", turn.understood.choices.get("gruppo")
    answers = GROUPS.get(fact, {}).get(str(chosen), ())
    if not answers:
        return False
    buttons = [_answer(turn, fact, given) for given in answers]
    turn.dialogue["misunderstood"] = 0
    turn.say(f"gruppi.{fact}_quale", buttons=[*buttons, turn.button("non_so", "/dont_know")])
    return True


def _answer(turn: Turn, fact: str, given: str) -> Button:
    payload = "/inform" + json.dumps({fact: given}, ensure_ascii=False)
    return {"title": turn.ruleset.facts[fact].options[given], "payload": payload}
