"""Random people with facts of their own, who answer in varied language and always reach a result."""

from __future__ import annotations

import datetime as dt
import functools
import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

import eligibility
from eligibility.conflicts import FEWEST_DAYS_IN_A_MONTH
from tests.dialogue.talk import Heard, Talk

_PHRASES = Path(__file__).with_name("personas.yaml")
LOMBARD = ("MI", "BG", "BS", "MB", "VA", "SO")
ELSEWHERE = ("NO", "PC")
EMPLOYED = (
    "dipendente_tempo_indeterminato dipendente_tempo_determinato apprendista intermittente somministrazione "
    "socio_lavoratore_cooperativa pubblico_impiego"
).split()
MOST_TURNS = 90
_SECOND_THOUGHTS = {
    "eta": "mi correggo, ho {n} anni",
    "invalidita_percento": "anzi no, l'invalidità civile è del {n}%",
    "mesi_assenza": "scusi, in tutto sono mancato {n} mesi",
}


@functools.cache
def phrases() -> dict[str, Any]:
    """What people say, by fact and value."""
    found: dict[str, Any] = yaml.safe_load(_PHRASES.read_text(encoding="utf-8"))
    return found


@dataclass
class Persona:
    """A person: the truth, and how they talk. ``unknown``: facts they said not to know."""

    facts: dict[str, Any]
    role: str
    dice: random.Random
    unknown: set[str] = field(default_factory=set)
    tries: dict[str, int] = field(default_factory=dict)

    def known(self) -> dict[str, Any]:
        """The facts as this person tells them."""
        return {fact: (None if fact in self.unknown else value) for fact, value in self.facts.items()}

    def verdicts(self, on: dt.date) -> dict[str, str]:
        """What the engine says of this person."""
        result = eligibility.assess(self.known(), on, measures=eligibility.CONVERSATION_MEASURES)
        return {assessment.measure: assessment.verdict for assessment in result.assessments}


def make(dice: random.Random) -> Persona:
    """A person whose facts agree with each other; boundaries are frequent."""
    pick = dice.choice
    job = pick(
        [
            *EMPLOYED,
            *EMPLOYED[:1] * 6,
            "autonomo",
            "collaboratore",
            *["sospeso_cig"] * 3,
            *["disoccupato"] * 6,
            "inoccupato",
        ]
    )
    jobless = job in ("disoccupato", "inoccupato")
    lombard = dice.random() < 0.85
    benefit = {"sospeso_cig": pick(["cigo", "cigs", "cigd", "altro"])}.get(
        job, pick(["naspi", "nessuno", "nessuno"]) if job == "disoccupato" else "nessuno"
    )
    months = pick([1, 3, 5, 6, 7, 9, 12])
    year = min(pick([20, 60, 125, 126, 130, 160]), months * 22 + 5)
    facts = {
        "occupazione": job,
        "residenza_lombardia": lombard,
        "provincia": pick(LOMBARD) if lombard else pick(ELSEWHERE),
        "sede_lavoro_lombardia": dice.random() < 0.85,
        "unita_produttiva_lombardia": dice.random() < 0.85,
        "part_time": dice.random() < 0.3,
        "ammortizzatore": benefit,
        "esuberi_previsti": dice.random() < 0.6,
        "azienda_in_crisi": dice.random() < 0.6,
        "ex_subordinato": job != "inoccupato" and dice.random() < 0.8,
        "altra_politica_attiva": dice.random() < 0.2,
        "assegno_ricollocazione": dice.random() < 0.1,
        "cigs_motivo": pick(["cessazione_totale", "procedura_concorsuale", "altro"]) if benefit == "cigs" else "altro",
        "dote_ricollocazione_attiva": False,
        "eta": pick([17, 24, 35, 48, 52, 60, 66, 67]),
        "rientrato_al_lavoro": not jobless and dice.random() < 0.8,
        "causa_assenza": pick(["oncologica", "oncologica", "invalidante", "altra"]),
        "assenza_continuativa": dice.random() < 0.5,
        "mesi_assenza": months,
        "giorni_assenza_12_mesi": year,
        "giorni_assenza_6_mesi": min(pick([10, 40, 75, 76, 90]), year),
        "legge_68_iscritto": dice.random() < 0.3,
        "categoria_art18": dice.random() < 0.08,
        "cieco_sordo_invalido_guerra": dice.random() < 0.05,
        "invalidita_percento": pick([0, 40, 45, 46, 60, 67, 69, 70, 74, 75, 80, 100]),
        "invalidita_inail_percento": pick([0, 0, 0, 33, 34, 50]),
    }
    if facts["assenza_continuativa"] and facts["rientrato_al_lavoro"] and months >= 2:
        facts["giorni_assenza_12_mesi"] = max(year, min(months, 11) * FEWEST_DAYS_IN_A_MONTH)
    reasons = (
        facts["invalidita_percento"] >= 46
        or facts["invalidita_inail_percento"] >= 34
        or facts["cieco_sordo_invalido_guerra"]
        or facts["categoria_art18"]
    )
    facts["legge_68_iscritto"] = bool(facts["legge_68_iscritto"] and reasons)
    role = pick(["cittadino", "cittadino", "cittadino", "medico", "sportello"])
    return Persona(facts, role, dice)


def converse(persona: Persona, talk: Talk) -> Heard:
    """Hold the whole conversation, up to the result.

    :raises AssertionError: when it does not end.
    """
    dice = persona.dice
    heard = _introduce(persona, talk) if dice.random() < 0.5 else talk.press("/check_eligibility")
    for _ in range(MOST_TURNS):
        pending = heard.pending
        if pending is None and heard.state is not None and any(c.get("kind") == "esito" for c in heard.cards):
            return heard
        if pending == "consenso_salute":
            heard = talk.press("/affirm")
        elif pending == "riepilogo":
            heard = talk.press("/affirm")
        elif pending in eligibility.load().facts:
            if dice.random() < 0.12:
                heard = _ask_aside(persona, talk)
            elif dice.random() < 0.06:
                heard = _think_again(persona, talk)
            else:
                heard = _answer(persona, talk, pending, heard)
        else:
            heard = talk.press("/check_eligibility")
    raise AssertionError(f"no result after {MOST_TURNS} turns: {heard.text}")


def _introduce(persona: Persona, talk: Talk) -> Heard:
    job = persona.dice.choice(phrases()["occupazione"][persona.facts["occupazione"]])
    template = persona.dice.choice(phrases()["alone"])
    told = {"invalidita_percento": persona.facts["invalidita_percento"]}
    if "{eta}" in template:
        told["eta"] = persona.facts["eta"]
    if "{occupazione}" in template:
        told["occupazione"] = persona.facts["occupazione"]
    text = template.format(invalidita=told["invalidita_percento"], eta=persona.facts["eta"], occupazione=job)
    return talk.say(_typed(persona.dice, text), "inform", told)


def _ask_aside(persona: Persona, talk: Talk) -> Heard:
    text = persona.dice.choice(phrases()["side"])
    intents = (
        "ask_amount",
        "ask_why",
        "ask_documents",
        "ask_privacy",
        "thank",
        "out_of_scope",
        "ask_measure_info",
        "thank",
    )
    return talk.say(text, intents[phrases()["side"].index(text)], {})


def _think_again(persona: Persona, talk: Talk) -> Heard:
    """Tell once more something that was told, in other words."""
    told = [
        fact for fact in phrases() if fact in persona.facts and fact in persona.tries and fact not in persona.unknown
    ]
    told = [fact for fact in told if fact in ("eta", "invalidita_percento", "mesi_assenza")]
    if not told:
        return talk.press("/check_eligibility")
    fact = persona.dice.choice(told)
    value = persona.facts[fact]
    return talk.say(_SECOND_THOUGHTS[fact].format(n=value), "correct_answer", {fact: value})


def _button(fact: str, value: Any, heard: Heard) -> str | None:
    """The words of the visible button that gives this answer."""
    payload = "/inform" + json.dumps({fact: value}, ensure_ascii=False)
    titles = [button["title"] for button in heard.buttons if button["payload"] == payload]
    same = [button["payload"] for button in heard.buttons if titles and button["title"] == titles[0]]
    return titles[0] if titles and set(same) == {payload} else None


def _answer(persona: Persona, talk: Talk, fact: str, heard: Heard) -> Heard:
    dice = persona.dice
    persona.tries[fact] = persona.tries.get(fact, 0) + 1
    if fact in persona.unknown or (persona.tries[fact] == 1 and dice.random() < 0.03):
        persona.unknown.add(fact)
        return talk.say(dice.choice(phrases()["dont_know"]), "dont_know", {})
    value = persona.facts.get(fact)
    typed = _button(fact, value, heard)
    if typed and dice.random() < 0.25:
        return talk.say(_typed(dice, typed), "inform", {})
    if persona.tries[fact] > 2 or dice.random() < 0.2 or fact not in phrases():
        if value is None:
            return talk.press("/dont_know")
        return talk.press("/inform" + json.dumps({fact: value}))
    return talk.say(_typed(dice, _words(dice, fact, value)), "inform", {fact: value})


def _words(dice: random.Random, fact: str, value: Any) -> str:
    said = phrases()[fact]
    if "number" in said:
        return dice.choice(said["number"]).format(n=value)
    return str(dice.choice(said[value]))


def _typed(dice: random.Random, text: str) -> str:
    """As it comes from a telephone: often without capitals and accents."""
    if dice.random() < 0.3:
        text = text.lower()
    if dice.random() < 0.2:
        text = text.translate(str.maketrans("àèéìòù", "aeeiou"))
    return text
