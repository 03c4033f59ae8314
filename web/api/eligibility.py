"""Assessment of facts and the catalogues behind it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query, Response
from fastapi.responses import JSONResponse
from pydantic import TypeAdapter, ValidationError
from pydantic.json_schema import SkipJsonSchema

import eligibility
from eligibility import calculators
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


@router.post(
    "/calculators/{name}",
    summary="Fa un conto",
    responses={200: {"model": dict[str, Any]}, **problems(400, 404, 422)},
)
async def calculate(
    name: Annotated[str, Path(max_length=40)],
    body: Annotated[dict[str, Any], Body(description="I valori del conto; «date» è il giorno, oggi se manca.")],
) -> Response:
    """NASpI, protected days of sickness, months of absence, deadlines, invalidity thresholds: each step with its source."""
    if name not in calculators.NAMES:
        raise Problem("non-trovato")
    given_day = body.get("date")
    values = {key: value for key, value in body.items() if key != "date"}
    try:
        on = TypeAdapter(Day).validate_python(given_day) if given_day is not None else clock.today()
    except ValidationError:
        raise Problem(
            "richiesta-non-valida", errors=[{"field": "date", "message": "La data va scritta AAAA-MM-GG."}]
        ) from None
    try:
        result = await in_thread(calculators.run, name, values, on)
    except calculators.CalculatorError as wrong:
        raise Problem("richiesta-non-valida", errors=[{"field": wrong.field, "message": str(wrong)}]) from None
    return JSONResponse(result.to_dict(on))


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
