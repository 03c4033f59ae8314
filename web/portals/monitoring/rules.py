"""The rules: which editions there are, who changed them when, and the page made from each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from markupsafe import Markup
from starlette.requests import Request

import eligibility
from accounts.account import Account
from eligibility import history
from eligibility.changes import compare
from eligibility.errors import RuleError
from eligibility.pages import edition_page
from eligibility.rules import Edition
from settings import clock
from web.permissions import permitted
from web.portals.monitoring.frame import monitoring_page
from web.problems import Problem

router = APIRouter()
Me = Annotated[Account, Depends(permitted("monitoraggio.regole"))]
#: Names of the files that are no edition, for people.
_OTHERS = {"facts.yaml": "Fatti e domande", "sources.yaml": "Fonti"}
_FOLDERS = {"signposts": "Altre possibilità", "network": "Progetti di rete", "quota": "Quota delle aziende"}


@dataclass(frozen=True)
class Listed:
    """An edition in the list. ``change``: the newest of its file; None when the history does not know it."""

    edition: Edition
    status: str
    change: history.Change | None


@router.get("/monitoraggio/regole")
async def rules_page(request: Request, account: Me) -> Response:
    """The editions with their newest change, and the whole history."""
    ruleset, today = eligibility.load(), clock.today()
    changes, problem = _history()
    last = {change.file: change for change in changes}
    listed = [
        Listed(edition, edition.status(today), last.get(f"measures/{edition.id}.yaml")) for edition in ruleset.editions
    ]
    return monitoring_page(
        request,
        "regole.html",
        editions=listed,
        changes=[(_about(change.file), change) for change in reversed(changes)],
        version=ruleset.version,
        unrecorded=[] if problem else [_about(name) for name in history.unrecorded()],
        problem=problem,
    )


@router.get("/monitoraggio/regole/{measure}/{edition}")
async def edition_(request: Request, account: Me, measure: str, edition: str) -> Response:
    """The page of one edition, made from its rule; its history; what changed since the edition before."""
    ruleset = eligibility.load()
    editions = ruleset.measures.get(measure, ())
    found = next((candidate for candidate in editions if candidate.edition == edition), None)
    if found is None:
        raise Problem("non-trovato")
    number = editions.index(found)
    before = editions[number - 1] if number else None
    return monitoring_page(
        request,
        "edizione.html",
        edition=found,
        body=Markup(edition_page(found, ruleset, clock.today(), picture=False).body(2)),  # noqa: S704 (escaped by Document)
        before=before,
        differences=compare(before, found, ruleset) if before else [],
        changes=history.of_file(f"measures/{found.id}.yaml", _history()[0]),
    )


def _history() -> tuple[list[history.Change], str | None]:
    try:
        return history.read(), None
    except RuleError as problem:
        return [], str(problem)


def _about(name: str) -> str:
    """A rule file as people call it."""
    folder, _, rest = name.partition("/")
    if folder == "measures":
        measure, _, edition = rest.removesuffix(".yaml").partition("/")
        editions = eligibility.load().measures.get(measure)
        return f"{editions[-1].title if editions else measure}, edizione {edition}"
    return _OTHERS.get(name) or f"{_FOLDERS.get(folder, folder)}: {rest.removesuffix('.yaml').replace('_', ' ')}"
