"""Questions in the middle of the interview, answered from the rule data; then the open question again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import eligibility
from actions.dialogue import choices, intake, measure_names, questions, ranking, verdict, wording
from actions.dialogue.turn import Turn

DEFAULT_MEASURE = "dote_ritorno_al_lavoro"


def answer(turn: Turn) -> None:
    """Answer for the measure at hand and come back to where we were."""
    taken = intake.take(turn, turn.understood.facts)
    intake.report(turn, taken)
    turn.dialogue["misunderstood"] = 0
    intent = turn.understood.intent
    if intent == "ask_operator_near":
        from actions.dialogue import nearby

        if turn.phase == "invio" and turn.question == "operatore":
            turn.dialogue["draft"]["page"] = int(turn.dialogue["draft"].get("page", 0)) + 1
        elif not nearby.show(turn):
            return
    elif not _signpost(turn):
        measure = topic(turn)
        _ANSWERS[intent](turn, eligibility.describe(measure, turn.today, turn.audience))
    come_back(turn)


def say_about(turn: Turn, intent: str, measure: str) -> None:
    """Say what the rule data hold on one point of a measure.

    :raises KeyError: the intent is no side question.
    """
    _ANSWERS[intent](turn, eligibility.describe(measure, turn.today, turn.audience))


def come_back(turn: Turn) -> None:
    """The open question again, or the choices when there is none."""
    if turn.question is None and turn.phase in ("esito", "inviato"):
        choices.offer(turn)
    else:
        questions.ask_again(turn)


def topic(turn: Turn) -> str:
    """The measure a question is about: named, last spoken of, best so far, or the first one of this service."""
    named = measure_names.wanted(turn)
    known = turn.ruleset.measures
    if named in known:
        turn.dialogue["topic"] = named
        return str(named)
    if turn.dialogue["topic"] in known:
        return str(turn.dialogue["topic"])
    if turn.dialogue["result_seen"]:
        return str(ranking.best_first(turn.assess().to_dict()["assessments"])[0]["measure"])
    return DEFAULT_MEASURE


def _signpost(turn: Turn) -> bool:
    named = measure_names.wanted(turn)
    if named in turn.ruleset.measures:
        return False  # a right that the engine assesses says more than its signpost
    for item in eligibility.signposts(turn.facts, turn.today, turn.audience):
        if item["id"] == named:
            turn.say("misure.segnavia", titolo=item["title"], testo=item["text"])
            return True
    return False


def _status(turn: Turn, described: dict[str, Any]) -> str:
    window = described.get("window") or {}
    return turn.words(
        f"misure.stato_{described['status']}",
        fine=wording.date(window["to"]) if window.get("to") else "",
        inizio=wording.date(window["from"]) if window.get("from") else "",
    )


def _what_it_is(turn: Turn, described: dict[str, Any]) -> None:
    turn.say("misure.che_cos_e", misura=described["title"], testo=described.get("summary") or "")
    turn.say_text(_status(turn, described))


def _listed(key: str, name: str) -> Callable[[Turn, dict[str, Any]], None]:
    def say(turn: Turn, described: dict[str, Any]) -> None:
        items = [item.get("text") or item.get("title") for item in described.get(key) or []]
        if items:
            turn.say(f"misure.{name}", misura=described["title"], elenco=wording.bullets(items))
        else:
            turn.say(f"misure.{name}_niente", misura=described["title"])

    return say


def _services(turn: Turn, described: dict[str, Any]) -> None:
    items = [_service_line(item) for item in described.get("services") or []]
    if items:
        turn.say("misure.servizi", misura=described["title"], elenco=wording.bullets(items))
    else:
        turn.say("misure.servizi_niente", misura=described["title"])


def _service_line(item: dict[str, Any]) -> str:
    return item["title"] + (f" (al massimo {item['max_hours']} ore)" if item.get("max_hours") else "")


def _how(turn: Turn, described: dict[str, Any]) -> None:
    how = described.get("how_to_apply") or {}
    steps = [step["text"] if isinstance(step, dict) else step for step in how.get("steps") or []]
    parts = [part for part in (how.get("text"), wording.bullets(steps)) if part]
    if parts:
        turn.say("misure.come", misura=described["title"], testo="\n".join(parts))
    else:
        turn.say("misure.come_niente", misura=described["title"])
    if described["status"] != "aperta":
        turn.say_text(_status(turn, described))


def _dates(turn: Turn, described: dict[str, Any]) -> None:
    if turn.dialogue["result_seen"] and measure_names.wanted(turn) is None:
        verdict.say_today(turn)
        return
    means = described.get("status_text")
    turn.say("misure.date", misura=described["title"], testo=means or _status(turn, described))


def _contacts(turn: Turn, described: dict[str, Any]) -> None:
    contacts = described.get("contacts") or []
    lines = [
        ", ".join(str(contact[key]) for key in ("label", "phone", "email", "url", "note") if contact.get(key))
        for contact in contacts
    ]
    card = {
        "kind": "contatti",
        "title": described["title"],
        "items": [
            {key: contact[key] for key in ("label", "phone", "email", "url", "note") if contact.get(key)}
            for contact in contacts
        ],
    }
    if lines:
        told = turn.words("misure.contatti", misura=described["title"], elenco=wording.bullets(lines))
        turn.say_text(told, card=card)
    else:
        turn.say("misure.contatti_niente", misura=described["title"])
    turn.say("misure.contatti_aiuto", telefono=turn.services.help.phone, nota=turn.services.help.note)


def _network(turn: Turn, _described: dict[str, Any]) -> None:
    from actions.dialogue import network_projects

    network_projects.say(turn)


_ANSWERS: dict[str, Callable[[Turn, dict[str, Any]], None]] = {
    "ask_measure_info": _what_it_is,
    "ask_services": _services,
    "ask_amount": _listed("amounts", "importi"),
    "ask_documents": _listed("documents", "documenti"),
    "ask_how_to_apply": _how,
    "ask_deadline_or_open": _dates,
    "ask_contacts": _contacts,
    "ask_incompatibility": _listed("incompatibilities", "incompatibile"),
    "ask_network_project": _network,
}


def why(turn: Turn) -> None:
    """Why this very question is asked."""
    from actions.dialogue import consent, summary, takeaway

    fact = turn.question
    if fact == consent.HEALTH:
        turn.say("apertura.consenso_perche")
    elif fact in turn.ruleset.facts:
        turn.say("misure.perche_domanda", motivo=turn.ruleset.facts[fact].why[turn.audience])
    elif fact == summary.QUESTION:
        turn.say("misure.perche_riepilogo")
    elif takeaway.is_pending(turn):
        turn.say("misure.perche_recapito_foglio")
    elif fact is not None:
        turn.say(f"misure.perche_{fact}")
    elif turn.dialogue["result_seen"]:
        verdict.explain(turn)
        return
    else:
        turn.say("misure.perche_nessuna")
    come_back(turn)
