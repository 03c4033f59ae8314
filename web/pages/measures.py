"""The measures, as the rule data describe them: by situation, open first, the past ones in an archive."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from starlette.requests import Request

import eligibility
from settings import clock
from web.pages.rendering import form_page, page
from web.problems import Problem

router = APIRouter()
# What can be asked for today comes first.
_ORDER = ("aperta", "da_verificare", "non_ancora_aperta", "chiusa")
_PAST = "chiusa"


@router.get("/misure")
async def measures_page(request: Request, cerca: Annotated[str, Query(max_length=80)] = "") -> Response:
    """Every measure with its status today, grouped by situation; ``cerca`` finds them by everyday words."""
    today = clock.today()
    ruleset = eligibility.load()
    described = {measure: eligibility.describe(measure, today, "cittadino") for measure in ruleset.measures}
    wanted = _found(cerca, list(described.values())) if cerca.strip() else None
    live = {id_ for id_, measure in described.items() if measure["status"] != _PAST}
    groups: list[dict[str, Any]] = [
        {"id": situation.id, "title": situation.title["cittadino"], "measures": [described[m] for m in situation.measures if m in live]}
        for situation in ruleset.situations.values()
    ]  # fmt: skip
    grouped = {m["measure"] for group in groups for m in group["measures"]}
    rest = [described[id_] for id_ in described if id_ in live - grouped]
    if rest:
        groups.append({"id": "altre", "title": "Per le aziende e gli operatori", "measures": rest})
    return page(
        request,
        "misure.html",
        groups=groups,
        archive=[measure for id_, measure in described.items() if id_ not in live],
        found=wanted,
        searched=cerca.strip(),
        today=today,
    )


def _found(words: str, measures: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The measures that hold the words searched, those that hold most of them first."""
    sought = [word for word in _plain(words).split() if len(word) > 2]
    scored = []
    for measure in measures:
        text = _plain(" ".join([measure["title"], measure["summary"], *measure["keywords"]]))
        # The end of a word changes with gender and number: what it begins with is what counts.
        score = sum(word[: max(4, len(word) - 2)] in text for word in sought)
        if score:
            scored.append((-score, _ORDER.index(measure["status"]), measure["title"], measure))
    return [measure for *_, measure in sorted(scored, key=lambda entry: entry[:3])]


def _plain(text: str) -> str:
    """Small letters without accents."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


@router.get("/misure/{id}")
async def measure_page(request: Request, id: str) -> Response:
    """One measure in full."""
    if id not in eligibility.load().measures:
        raise Problem("misura-non-trovata")
    today = clock.today()
    described = eligibility.describe(id, today, "cittadino")
    return form_page(request, "misura.html", measure=described, today=today)
