"""Assessment of facts and the catalogues behind it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse
from pydantic.json_schema import SkipJsonSchema

import eligibility
from settings import clock
from web.api.models import AssessRequest, AssessResponse, Day, Role, given, problems
from web.problems import Problem
from web.services import in_thread

router = APIRouter(tags=["requisiti"])

OnDay = Annotated[
    Day | SkipJsonSchema[None], Query(alias="date", description="Giorno a cui si riferisce la risposta; oggi se manca.")
]
Audience = Annotated[Role, Query(description="A chi sono rivolti i testi.")]


def assess(facts: dict[str, Any], on: dt.date, measures: list[str] | None, audience: str) -> dict[str, Any]:
    """The engine's answer as JSON values, with the situation and what can be done that day (``plan``).

    :raises Problem: ``richiesta-non-valida`` with one entry for each wrong fact.
    """
    try:
        valid = eligibility.load().validate(facts)
        result = eligibility.assess(valid, on, measures=measures or None, audience=audience)
        plan = eligibility.plan_for(valid, on, audience, measures or None, result)
        return {**result.to_dict(), "situation": plan.situation, "plan": plan.to_dict(), "help": plan.page()["help"]}
    except eligibility.FactErrors as wrong:
        found = [{"field": f"facts.{fact}", "message": message} for fact, message in wrong.errors.items()]
        raise Problem("richiesta-non-valida", errors=found) from None
    except eligibility.UnknownMeasure:
        raise Problem("misura-non-trovata") from None


@router.post(
    "/eligibility/assess",
    summary="Valuta i requisiti",
    responses={200: {"model": AssessResponse}, **problems(400, 404, 422)},
)
async def assess_facts(body: AssessRequest, audience: Audience = "cittadino") -> Response:
    """Verdicts, criterion by criterion with sources, and the next question worth asking."""
    result = await in_thread(assess, given(body.facts), body.date or clock.today(), body.measures, audience)
    return JSONResponse(result)


@router.get("/measures", summary="Le misure", responses={200: {"model": list[dict[str, Any]]}, **problems(422)})
async def list_measures(on: OnDay = None, audience: Audience = "cittadino") -> Response:
    """Every measure with its title and its status on the day."""
    day = on or clock.today()
    return JSONResponse([eligibility.describe(measure, day, audience) for measure in eligibility.load().measures])


@router.get("/measures/{id}", summary="Una misura", responses={200: {"model": dict[str, Any]}, **problems(404, 422)})
async def read_measure(
    id: Annotated[str, Path(max_length=80)], on: OnDay = None, audience: Audience = "cittadino"
) -> Response:
    """Title, status, window, services, amounts, documents, how to apply, contacts, incompatibilities, sources."""
    if id not in eligibility.load().measures:
        raise Problem("misura-non-trovata")
    return JSONResponse(eligibility.describe(id, on or clock.today(), audience))


@router.get(
    "/facts", summary="I dati che possono servire", responses={200: {"model": list[dict[str, Any]]}, **problems(422)}
)
async def list_facts(audience: Audience = "cittadino") -> Response:
    """The catalogue of facts: type, limits, options, how to ask and why."""
    return JSONResponse([fact.to_dict(audience) for fact in eligibility.load().facts.values()])
