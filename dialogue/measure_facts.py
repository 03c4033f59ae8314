"""What the rule data hold on one point of a measure, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import eligibility
from dialogue import measure_names, network_projects, outcome, words
from dialogue.turn import Turn
from texts.dates import long_date


def say_about(turn: Turn, intent: str, measure: str) -> None:
    """Say what the rule data hold on one point of a measure.

    :raises KeyError: the intent is no question about a measure.
    """
    _ANSWERS[intent](turn, eligibility.describe(measure, turn.today, turn.audience))


def _status(turn: Turn, described: dict[str, Any]) -> str:
    window = described.get("window") or {}
    return turn.words(
        f"misure.stato_{described['status']}",
        fine=long_date(window["to"]) if window.get("to") else "",
        inizio=long_date(window["from"]) if window.get("from") else "",
    )


def _what_it_is(turn: Turn, described: dict[str, Any]) -> None:
    turn.say("misure.che_cos_e", misura=described["title"], testo=described.get("summary") or "")
    turn.say_text(_status(turn, described))


def _listed(key: str, name: str) -> Callable[[Turn, dict[str, Any]], None]:
    def say(turn: Turn, described: dict[str, Any]) -> None:
        items = [item.get("text") or item.get("title") for item in described.get(key) or []]
        if items:
            turn.say(f"misure.{name}", misura=described["title"], elenco=words.bullets(items))
        else:
            turn.say(f"misure.{name}_niente", misura=described["title"])

    return say


def _services(turn: Turn, described: dict[str, Any]) -> None:
    items = [_service_line(item) for item in described.get("services") or []]
    if items:
        turn.say("misure.servizi", misura=described["title"], elenco=words.bullets(items))
    else:
        turn.say("misure.servizi_niente", misura=described["title"])


def _service_line(item: dict[str, Any]) -> str:
    return str(item["title"]) + (f" (al massimo {item['max_hours']} ore)" if item.get("max_hours") else "")


def _how(turn: Turn, described: dict[str, Any]) -> None:
    how = described.get("how_to_apply") or {}
    steps = [step["text"] if isinstance(step, dict) else step for step in how.get("steps") or []]
    parts = [part for part in (how.get("text"), words.bullets(steps)) if part]
    if parts:
        turn.say("misure.come", misura=described["title"], testo="\n".join(parts))
    else:
        turn.say("misure.come_niente", misura=described["title"])
    if described["status"] != "aperta":
        turn.say_text(_status(turn, described))


def _dates(turn: Turn, described: dict[str, Any]) -> None:
    if turn.conversation.result_seen and measure_names.wanted(turn) is None:
        outcome.say_today(turn)
        return
    means = described.get("status_text")
    turn.say("misure.date", misura=described["title"], testo=means or _status(turn, described))


def _contacts(turn: Turn, described: dict[str, Any]) -> None:
    keys = ("label", "phone", "email", "url", "note")
    items = [{key: one[key] for key in keys if one.get(key)} for one in described.get("contacts") or []]
    if items:
        lines = words.bullets(", ".join(str(value) for value in item.values()) for item in items)
        card = {"kind": "contatti", "title": described["title"], "items": items}
        turn.say_text(turn.words("misure.contatti", misura=described["title"], elenco=lines), card=card)
    else:
        turn.say("misure.contatti_niente", misura=described["title"])
    turn.say("misure.contatti_aiuto", telefono=turn.services.help.phone, nota=turn.services.help.note)


def _network(turn: Turn, _described: dict[str, Any]) -> None:
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
