"""Say the result: best outcome first, each measure with its status, every criterion on the card, today's signposts."""

from __future__ import annotations

import json
import re
from typing import Any

import eligibility
from actions.dialogue import ranking, wording
from actions.dialogue.turn import Turn


def show(turn: Turn) -> None:
    """Show the result and offer what can be done with it."""
    from actions.dialogue import choices, referral_flow

    result = turn.assess().to_dict()
    first_time = not turn.dialogue["result_seen"]
    _introduce(turn, result)
    turn.phase = "inviato" if turn.dialogue.get("referral") else "esito"
    turn.open_question(None)
    turn.dialogue["result_seen"] = True
    turn.dialogue["verdicts"] = {a["measure"]: a["verdict"] for a in result["assessments"]}
    possible = ranking.possible(result["assessments"])
    turn.dialogue["topic"] = (possible or result["assessments"])[0]["measure"]

    found = eligibility.signposts(turn.facts, turn.today, turn.audience)
    card = {
        "kind": "esito",
        "assessments": ranking.best_first(result["assessments"]),
        "date": result["date"],
        "ruleset": result["ruleset"],
    }
    turn.say_text(_told(turn, result["assessments"]), card=card)
    if found and first_time:
        say_signposts(turn, found)
    turn.shown = result
    if turn.dialogue["wants_operator"] and possible:
        turn.dialogue["wants_operator"] = False
        referral_flow.start(turn)
        return
    choices.offer(turn)


def _introduce(turn: Turn, result: dict[str, Any]) -> None:
    before = turn.dialogue.get("verdicts")
    if before is None or not turn.dialogue["result_seen"]:
        turn.say("esito.intro")
        return
    now = {a["measure"]: a["verdict"] for a in result["assessments"]}
    turn.say("esito.intro_uguale" if now == before else "esito.intro_cambiato")


def _told(turn: Turn, assessments: list[dict[str, Any]]) -> str:
    possible = ranking.possible(assessments)
    excluded = [a["title"] for a in assessments if a["verdict"] == "non_ammissibile"]
    lines = [line(turn, assessment) for assessment in possible]
    if not possible:
        lines.append(turn.words("esito.nessuna", telefono=turn.services.help.phone))
    elif excluded:
        lines.append(turn.words("esito.altre_escluse", misure="; ".join(excluded)))
    if any(assessment["verdict"] == "da_verificare" for assessment in possible):
        lines.append(turn.words("esito.da_chiarire"))
    if possible:
        lines.append(turn.words("esito.non_decide"))
    return "\n".join(lines)


def line(turn: Turn, assessment: dict[str, Any]) -> str:
    """One measure: verdict and status together, in words."""
    window = assessment.get("window") or {}
    return turn.words(
        f"esito.{assessment['verdict']}_{assessment['status']}",
        misura=assessment["title"],
        motivo=open_points(turn, assessment),
        inizio=wording.date(window["from"]) if window.get("from") else "",
        fine=wording.date(window["to"]) if window.get("to") else "",
    )


def open_points(turn: Turn, assessment: dict[str, Any]) -> str:
    """What is still to be verified: the facts not known, else the point that the rules themselves leave open."""
    facts = [fact for fact in assessment["missing_facts"] if turn.facts.get(fact) is None]
    if facts:
        labels = [wording.label(turn, fact) for fact in facts]
        return turn.words("esito.mancano", dati=wording.enumeration(labels[:4]))
    unknown = [criterion["text"] for criterion in assessment["criteria"] if criterion["outcome"] == "sconosciuto"]
    return " ".join(unknown[:2])


def say_today(turn: Turn) -> None:
    """What is open today for this person: measures that are not excluded, and the other roads."""
    assessments = ranking.possible(turn.assess().to_dict()["assessments"])
    if lines := [line(turn, a) for a in assessments if a["status"] == "aperta"]:
        turn.say("esito.aperte", elenco=wording.bullets(lines))
    else:
        turn.say("esito.aperte_nessuna")
    say_signposts(turn)


def say_signposts(turn: Turn, found: list[dict[str, Any]] | None = None) -> None:
    """Name what is open today besides the measures."""
    if found is None:
        found = eligibility.signposts(turn.facts, turn.today, turn.audience)
    if not found:
        turn.say("esito.oggi_niente")
        return
    # The first sentence is enough to know whether it concerns you; asking by name tells the rest.
    lines = (f"{item['title']}. {item['text'].split('. ')[0].rstrip('.')}." for item in found)
    turn.say("esito.oggi", elenco=wording.bullets(lines))


def provisional(turn: Turn) -> None:
    """What can be said before the interview is over."""
    assessments = ranking.best_first(turn.assess().to_dict()["assessments"])
    turn.say("esito.non_ancora")
    if turn.facts:
        turn.say(
            "esito.finora",
            elenco=wording.bullets(
                turn.words(f"esito.finora_riga_{a['verdict']}", misura=a["title"]) for a in assessments
            ),
        )


def explain(turn: Turn) -> None:
    """Why this result, criterion by criterion, and what would change it."""
    from actions.dialogue import measure_names, questions, side_questions

    if not turn.dialogue["result_seen"]:
        provisional(turn)
        questions.ask_again(turn)
        return
    assessments = ranking.best_first(turn.assess().to_dict()["assessments"])
    wanted = measure_names.wanted(turn) or _excluded_meant(turn, assessments) or turn.dialogue["topic"]
    chosen = next((a for a in assessments if a["measure"] == wanted), assessments[0])
    turn.dialogue["topic"] = chosen["measure"]
    listed = "\n".join(
        turn.words(f"esito.perche_{criterion['outcome']}", testo=criterion["text"]) for criterion in chosen["criteria"]
    )
    others = [a for a in assessments if a["measure"] != chosen["measure"]]
    buttons = [
        {"title": turn.words("pulsanti.perche", misura=a["title"]), "payload": _explain_payload(a["measure"])}
        for a in others
    ]
    turn.say("esito.perche_intro", misura=chosen["title"], elenco=listed, buttons=buttons)
    _what_would_change(turn, chosen)
    side_questions.come_back(turn)


def _explain_payload(measure: str) -> str:
    return "/ask_explain_result" + json.dumps({"measure": measure})


# "Why can I not" is about a measure that is excluded, not about the best one.
_NOT_FOR_ME = re.compile(r"\bnon (?:posso|rientro|ho i requisiti|mi spetta|va bene|può|puo|rientra)\b|\besclus[oai]\b")


def _excluded_meant(turn: Turn, assessments: list[dict[str, Any]]) -> str | None:
    if turn.understood.is_button or not _NOT_FOR_ME.search(turn.understood.text.casefold()):
        return None
    return next((a["measure"] for a in assessments if a["verdict"] == "non_ammissibile"), None)


def _what_would_change(turn: Turn, assessment: dict[str, Any]) -> None:
    if assessment["verdict"] == "da_verificare":
        unknown = [fact for fact in assessment["missing_facts"] if turn.facts.get(fact) is None]
        if unknown:
            turn.say_text(open_points(turn, assessment))
        return
    wanted = "non_soddisfatto" if assessment["verdict"] == "non_ammissibile" else "soddisfatto"
    facts = [f for c in assessment["criteria"] if c["outcome"] == wanted for f in c["facts"] if f in turn.facts]
    if facts:
        labels = [wording.label(turn, fact) for fact in dict.fromkeys(facts)]
        turn.say("esito.cambierebbe", dati=wording.enumeration(labels[:5]))
