"""What a network project must be and how much it may receive, from the rule data."""

from __future__ import annotations

from typing import Any

from dialogue import measure_names, words
from dialogue.turn import Turn
from eligibility.network_rules import Project, find_project, projects
from texts.dates import long_date

DEFAULT = "azioni_di_rete"
CHECK_PAGE = "/operatore/progetti"


def say(turn: Turn) -> None:
    """Network, recipients, contribution, duties towards each worker, dates, and where a draft is checked."""
    project = _project(turn)
    turn.say(
        "misure.progetto_presenta",
        misura=project.title,
        stato=_status(turn, project),
    )
    turn.say_text(words.bullets(line for line in _points(turn, project) if line))
    turn.say("misure.progetto_tipi", elenco=words.bullets(kind["label"] for kind in project.partners["kinds"]))
    address = f"{turn.services.referrals.writer.settings().public_url}{CHECK_PAGE}"
    turn.say("misure.progetto_prova", indirizzo=address)


def _project(turn: Turn) -> Project:
    """The one named, else the one of the measure at hand, else Azioni di Rete."""
    known = {project.measure for project in projects(turn.ruleset)}
    for measure in (measure_names.wanted(turn), turn.conversation.topic):
        if measure in known:
            return find_project(turn.ruleset, str(measure), turn.today)
    return find_project(turn.ruleset, DEFAULT, turn.today)


def _status(turn: Turn, project: Project) -> str:
    window = project.window
    return turn.words(
        f"misure.stato_{project.status(turn.today)}",
        fine=long_date(window.end) if window.end else "",
        inizio=long_date(window.start) if window.start else "",
    )


def _points(turn: Turn, project: Project) -> list[str]:
    """One line for each requirement, in the words that the rules use where it is met."""
    lead = project.partners.get("lead")
    duration = project.duration
    return [
        project.partners["text"]["soddisfatto"],
        lead["text"]["soddisfatto"] if lead else "",
        *(rule["text"]["soddisfatto"] for rule in project.required),
        _recipients(turn, project.recipients),
        *_contribution(turn, project.contribution),
        turn.words("misure.progetto_durata", mesi=duration["months"]) if duration else "",
        *(duty.data["text"]["soddisfatto"] for duty in project.per_worker),
    ]


def _recipients(turn: Turn, rule: Any) -> str:
    if rule.get("minimum") is None:
        return str(rule["text"]["soddisfatto"])
    return turn.words("misure.progetto_persone", minimo=rule["minimum"], massimo=rule["maximum"])


def _contribution(turn: Turn, rule: Any) -> list[str]:
    lines = [
        turn.words(
            "misure.progetto_contributo",
            da=bracket["from"],
            a=bracket["to"],
            euro=f"{bracket['amount']:,}".replace(",", "."),
        )
        for bracket in rule.get("brackets") or []
    ]
    return [str(rule["text"]), *lines]
