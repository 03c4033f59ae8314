"""Buttons: what may be tapped as an answer, and what can be done next."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

from dialogue.turn import Button, Message, Turn
from eligibility import ranking

# Long lists of answers are asked in two steps, because nobody scrolls on a phone. fact -> the buttons of the first
# step: a group with its answers, or one answer that is plain enough by itself.
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
# Numbers where a plain "none" is a frequent answer.
NONE_IS_ZERO = ("invalidita_percento", "invalidita_inail_percento")
#: What happened, as the first minute offers it; the order is that of the buttons.
SITUATIONS = ("rientro_dopo_malattia", "in_malattia", "perso_lavoro", "sospeso", "cerca_lavoro_disabilita")
SHEET, MAIL, NO = "foglio", "email", "no"


def payload(intent: str, **values: Any) -> str:
    """The payload of a button."""
    return f"/{intent}" + (json.dumps(values, ensure_ascii=False) if values else "")


def inform(fact: str, given: Any) -> str:
    """The payload of a button that answers ``fact``."""
    return payload("inform", **{fact: given})


def reopen(fact: str) -> str:
    """The payload that asks a known fact again."""
    return payload("correct_answer", fact=fact)


def answers(turn: Turn, fact: str) -> list[Button]:
    """The buttons of a question, with a way out for who does not know."""
    described = turn.ruleset.facts[fact]
    found: list[Button] = []
    if described.type == "bool":
        found = [turn.button("si", inform(fact, True)), turn.button("no", inform(fact, False))]
    elif fact in GROUPS:
        found = _groups(turn, fact)
    elif described.type == "enum":
        found = [{"title": title, "payload": inform(fact, given)} for given, title in described.options.items()]
    elif fact in NONE_IS_ZERO:
        found = [turn.button("nessuna_invalidita", inform(fact, 0))]
    return [*found, turn.button("non_so", "/dont_know")]


def _groups(turn: Turn, fact: str) -> list[Button]:
    found = []
    for group, given in GROUPS[fact].items():
        if len(given) == 1:
            found.append(_answer(turn, fact, given[0]))
        else:
            title = turn.words(f"gruppi.{fact}_{group}")
            found.append({"title": title, "payload": payload("inform", gruppo=group)})
    return found


def of_group(turn: Turn, fact: str, group: str) -> list[Button]:
    """The answers of one kind; none where ``fact`` has no such kind."""
    return [_answer(turn, fact, given) for given in GROUPS.get(fact, {}).get(group, ())]


def _answer(turn: Turn, fact: str, given: str) -> Button:
    return {"title": turn.ruleset.facts[fact].options[given], "payload": inform(fact, given)}


def situations(turn: Turn) -> list[Button]:
    """What may have happened."""
    return [turn.button(f"situazione_{name}", payload("inform", situazione=name)) for name in SITUATIONS]


def sheet(turn: Turn) -> Button:
    """The button that leads to the result on paper."""
    return turn.button("foglio", payload("ask_explain_result", foglio=SHEET))


def next_steps(turn: Turn) -> list[Button]:
    """What can be done when no question is open."""
    found: list[Button] = []
    if turn.conversation.draft:
        found.append(turn.button("riprendi_richiesta", "/open_referral"))
    elif turn.referral_open:
        found += [turn.button("stato", "/referral_status"), turn.button("annulla", "/cancel_referral")]
    elif ranking.possible(turn.assess().to_dict()["assessments"]):
        found.append(turn.button("operatore", "/open_referral"))
    return [
        *found,
        turn.button("documenti", "/ask_documents"),
        turn.button("perche_risultato", "/ask_explain_result"),
        sheet(turn),
        turn.button("oggi", "/ask_deadline_or_open"),
        turn.button("altra_misura", "/check_eligibility"),
        turn.button("correggi", "/correct_answer"),
        turn.button("persona", "/ask_human"),
    ]


def other_measures(turn: Turn) -> list[Button]:
    """The measures that are not part of this conversation yet."""
    found: list[Button] = []
    for measure in turn.ruleset.measures:
        edition = turn.ruleset.edition(measure, turn.today)
        if measure not in turn.measures and edition.kind == "person":
            found.append({"title": edition.title, "payload": payload("check_eligibility", measure=measure)})
    return [*found, turn.button("no_grazie", "/deny")]


def typed(text: str, messages: list[Message]) -> str | None:
    """The payload of the visible button whose words were typed, None when they are those of none or of several.

    :param messages: what is on the screen: the latest turn's.
    """
    said = _plain(text)
    if not said:
        return None
    found = {
        button["payload"]
        for message in messages
        for button in message.get("buttons") or ()
        if _plain(button["title"]) == said
    }
    return found.pop() if len(found) == 1 else None


def _plain(text: str) -> str:
    """Letters and digits alone, without accents and capitals."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c if c.isalnum() else " " for c in folded if not unicodedata.combining(c)).split())
