"""The check of requirements without JavaScript: one question a page, chosen by the engine.

Nothing is stored: the answers travel in the form, sealed. They never appear in an address.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from starlette.requests import Request

import eligibility
from eligibility.derive import implied
from eligibility.fact_words import value_in_words
from settings import clock
from web.pages.rendering import form_page
from web.problems import Problem
from web.security.csrf import check_form
from web.security.sealing import SealBroken
from web.services import Here, Services, in_thread

router = APIRouter()
_SEAL = "requirements"
SITUATION = "situazione"
Field = Annotated[str, Form(max_length=8000)]


@dataclass
class Check:
    """The answers so far, in the order they were given, and the measures they are for.

    Without ``measures`` those of the situation are in play, and they change when the answers do.
    """

    facts: dict[str, Any] = field(default_factory=dict)
    measures: list[str] = field(default_factory=list)

    @property
    def told(self) -> dict[str, Any]:
        """The answers, with what follows from the situation that was chosen."""
        return {**implied(self.facts), **self.facts}

    @property
    def in_play(self) -> tuple[str, ...]:
        """The measures to ask about."""
        return tuple(self.measures) or eligibility.measures_for(eligibility.situation(self.told))

    @classmethod
    def unseal(cls, services: Services, sealed: str) -> Check:
        """The check that the form carries.

        :raises Problem: ``modulo-scaduto``.
        """
        try:
            content = services.sealer.open(_SEAL, sealed)
            return cls(facts=eligibility.load().validate(content["facts"]), measures=content["measures"])
        except (SealBroken, eligibility.FactErrors, KeyError, TypeError):
            raise Problem("modulo-scaduto") from None

    def seal(self, services: Services) -> str:
        """The value of the form's hidden field."""
        return services.sealer.seal(_SEAL, {"facts": self.facts, "measures": self.measures})


@router.get("/requisiti")
async def start_page(request: Request) -> Response:
    """What the check is and what happens to the answers."""
    return form_page(request, "requisiti_inizio.html")


@router.post("/requisiti")
async def next_page(
    request: Request,
    services: Here,
    azione: Field = "inizia",
    stato: Field = "",
    dato: Field = "",
    valore: Field = "",
    misura: Field = "",
    gettone: Field = "",
) -> Response:
    """Take an answer, go back, change an answer, or show the result."""
    check_form(request, gettone, services.sealer)
    if azione == "inizia":
        known = misura in eligibility.load().measures
        return await _ask(request, services, Check(measures=[misura]) if known else Check())
    check = Check.unseal(services, stato)
    facts = eligibility.load().facts
    if azione == "indietro" and check.facts:
        return await _ask(request, services, check, again=check.facts.popitem()[0])
    if azione.startswith("cambia:") and azione.removeprefix("cambia:") in check.facts:
        fact = azione.removeprefix("cambia:")
        del check.facts[fact]
        return await _ask(request, services, check, again=fact)
    if azione in ("rispondi", "non_so") and dato in facts:
        if azione == "rispondi" and not valore.strip():
            return await _ask(request, services, check, again=dato, error="Scelga una risposta, oppure «Non lo so».")
        try:
            answer = None if azione == "non_so" or valore == "non_so" else valore
            check.facts |= eligibility.load().validate({dato: answer})
        except eligibility.FactErrors as wrong:
            return await _ask(request, services, check, again=dato, error=" ".join(wrong.errors.values()), value=valore)
    if azione == "risultato":
        return await _result(request, services, check)
    return await _ask(request, services, check)


async def _ask(
    request: Request,
    services: Services,
    check: Check,
    again: str | None = None,
    error: str | None = None,
    value: str = "",
) -> Response:
    today = clock.today()
    if not again and not check.measures and SITUATION not in check.facts and eligibility.situation(check.told) is None:
        again = SITUATION  # one tap that says which measures are worth asking about
    if again:
        fact = eligibility.load().facts[again]
        shown = fact.to_dict("cittadino")
        question = {"fact": again, "type": fact.type, "text": shown["question"], "why": shown["why"]}
        question["options"] = shown.get("options")
    else:
        found = await in_thread(_next, check, today)
        if found is None:
            return await _result(request, services, check)
        question = found.to_dict()
    return form_page(
        request,
        "requisiti_domanda.html",
        status=422 if error else 200,
        question=question,
        fact=eligibility.load().facts[question["fact"]],
        state=check.seal(services),
        answers=_answers(check),
        error=error,
        value=value[:80],
    )


def _next(check: Check, today: dt.date) -> eligibility.Question | None:
    if check.measures:
        return eligibility.next_question(check.told, today, check.measures, "cittadino")
    return eligibility.next_question_for_plan(check.told, today, "cittadino")


async def _result(request: Request, services: Services, check: Check) -> Response:
    today = clock.today()
    found = await in_thread(eligibility.assess, check.told, today, check.in_play, "cittadino")
    plan = eligibility.plan_for(check.told, today, "cittadino", check.in_play, found)
    result = found.to_dict()
    rank = ("ammissibile", "da_verificare", "non_ammissibile")
    result["assessments"].sort(key=lambda a: (rank.index(a["verdict"]), a["status"] != "aperta"))
    return form_page(
        request,
        "requisiti_esito.html",
        result=result,
        plan=plan.page(),
        signposts=eligibility.signposts(check.told, today, "cittadino", beside=True),
        state=check.seal(services),
        answers=_answers(check),
    )


def _answers(check: Check) -> list[dict[str, str]]:
    """The answers in words."""
    return [
        {
            "fact": id,
            "label": eligibility.load().facts[id].label,
            "value": value_in_words(eligibility.load().facts[id], value),
        }
        for id, value in check.facts.items()
    ]
