"""The result in words: best outcome first, each measure with its status, today's signposts; then only what changed."""

from __future__ import annotations

import re
from typing import Any

import eligibility
from dialogue import measure_names, offers, today, words
from dialogue.turn import Turn
from eligibility import ranking
from texts.dates import long_date


def show(turn: Turn) -> None:
    """Show the result; shown before, only the lines that changed are said again."""
    result = turn.assess().to_dict()
    conversation = turn.conversation
    before = conversation.verdicts if conversation.result_seen else None
    assessments = ranking.best_first(result["assessments"])
    now = {a["measure"]: a["verdict"] for a in assessments}
    card = {"kind": "esito", "assessments": assessments, "date": result["date"], "ruleset": result["ruleset"]}
    today.say(turn)
    if before is None:
        turn.say("esito.intro")
        turn.say_text(_told(turn, assessments), card=card)
        if found := eligibility.signposts(turn.facts, turn.today, turn.audience, beside=True):
            say_signposts(turn, found)
    elif now == before:
        turn.say_text(turn.words("esito.intro_uguale"), card=card)
    else:
        changed = [a for a in assessments if before.get(a["measure"]) != a["verdict"]]
        lines = [line(turn, a) for a in changed]
        turn.say_text("\n".join([turn.words("esito.intro_cambiato"), *lines]), card=card)
        if not ranking.possible(assessments):
            turn.say("esito.nessuna", telefono=turn.services.help.phone)
    possible = ranking.possible(assessments)
    conversation.result_seen = True
    conversation.verdicts = now
    conversation.topic = (possible or assessments)[0]["measure"]
    turn.shown = result


def is_due(turn: Turn) -> bool:
    """Whether the result is to be shown, when no question is open: the first time, and when a fact changed."""
    return not turn.conversation.result_seen or turn.facts_changed or turn.show_result


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
    start, end = window.get("from"), window.get("to")
    if assessment["verdict"] == "non_ammissibile":
        return turn.words("esito.non_rientra", misura=assessment["title"])
    return turn.words(
        f"esito.{assessment['verdict']}_{assessment['status']}",
        misura=assessment["title"],
        motivo=open_points(turn, assessment),
        inizio=long_date(start) if start else "",
        fine=long_date(end) if end else "",
    )


def unknown_facts(turn: Turn, assessment: dict[str, Any]) -> list[str]:
    """The facts that could still decide a measure."""
    return [fact for fact in assessment["missing_facts"] if turn.facts.get(fact) is None]


def open_points(turn: Turn, assessment: dict[str, Any]) -> str:
    """What is still to be verified: the facts not known, else the point that the rules themselves leave open."""
    facts = unknown_facts(turn, assessment)
    if facts:
        labels = [words.label(turn, fact) for fact in facts]
        return turn.words("esito.mancano", dati=words.enumeration(labels[:4]))
    unknown = [criterion["text"] for criterion in assessment["criteria"] if criterion["outcome"] == "sconosciuto"]
    return " ".join(unknown[:2])


def say_today(turn: Turn) -> None:
    """What is open today for this person: measures that are not excluded, and the other roads."""
    turn.conversation.plan = None  # it was asked for: the whole plan is said again
    today.say(turn)
    assessments = ranking.possible(turn.assess().to_dict()["assessments"])
    if lines := [line(turn, a) for a in assessments if a["status"] == "aperta"]:
        turn.say("esito.aperte", elenco=words.bullets(lines))
    else:
        turn.say("esito.aperte_nessuna")
    say_signposts(turn)


def say_signposts(turn: Turn, found: list[dict[str, Any]] | None = None) -> None:
    """Name what is open today besides the measures."""
    if found is None:
        found = eligibility.signposts(turn.facts, turn.today, turn.audience, beside=True)
        if not found and today.of(turn).actions:
            return  # the rights of today are in the plan, which stands before what is open
    if not found:
        turn.say("esito.oggi_niente")
        return
    # The first sentence is enough to know whether it concerns you; asking by name tells the rest.
    lines = (f"{item['title']}. {item['text'].split('. ')[0].rstrip('.')}." for item in found)
    turn.say("esito.oggi", elenco=words.bullets(lines))


def say_so_far(turn: Turn) -> None:
    """What can be said before the interview is over."""
    turn.say("esito.non_ancora")
    if turn.facts:
        assessments = ranking.best_first(turn.assess().to_dict()["assessments"])
        lines = [turn.words(f"esito.finora_riga_{a['verdict']}", misura=a["title"]) for a in assessments]
        turn.say("esito.finora", elenco=words.bullets(lines))


def explain(turn: Turn) -> None:
    """Why this result, criterion by criterion, and what would change it."""
    assessments = ranking.best_first(turn.assess().to_dict()["assessments"])
    wanted = measure_names.wanted(turn) or _excluded_meant(turn, assessments) or turn.conversation.topic
    chosen = next((a for a in assessments if a["measure"] == wanted), assessments[0])
    turn.conversation.topic = chosen["measure"]
    listed = "\n".join(
        turn.words(f"esito.perche_{criterion['outcome']}", testo=criterion["text"]) for criterion in chosen["criteria"]
    )
    buttons = [
        {
            "title": turn.words("pulsanti.perche", misura=a["title"]),
            "payload": offers.payload("ask_explain_result", measure=a["measure"]),
        }
        for a in assessments
        if a["measure"] != chosen["measure"]
    ]
    turn.say("esito.perche_intro", misura=chosen["title"], elenco=listed, buttons=buttons)
    _what_would_change(turn, chosen)


# "Why can I not" is about a measure that is excluded, not about the best one.
_NOT_FOR_ME = re.compile(r"\bnon (?:posso|rientro|ho i requisiti|mi spetta|va bene|può|puo|rientra)\b|\besclus[oai]\b")


def _excluded_meant(turn: Turn, assessments: list[dict[str, Any]]) -> str | None:
    if turn.understood.is_button or not _NOT_FOR_ME.search(turn.understood.text.casefold()):
        return None
    return next((a["measure"] for a in assessments if a["verdict"] == "non_ammissibile"), None)


def _what_would_change(turn: Turn, assessment: dict[str, Any]) -> None:
    if assessment["verdict"] == "da_verificare":
        if unknown_facts(turn, assessment):
            turn.say_text(open_points(turn, assessment))
        return
    wanted = "non_soddisfatto" if assessment["verdict"] == "non_ammissibile" else "soddisfatto"
    facts = [f for c in assessment["criteria"] if c["outcome"] == wanted for f in c["facts"] if f in turn.facts]
    if facts:
        labels = [words.label(turn, fact) for fact in dict.fromkeys(facts)]
        turn.say("esito.cambierebbe", dati=words.enumeration(labels[:5]))
