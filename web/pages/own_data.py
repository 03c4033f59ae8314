"""Everything held about a person, as a page to read or print: the same content as the JSON export."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

import eligibility
from eligibility.fact_words import value_in_words
from settings import clock
from web.pages.rendering import page

_WHO = {"persona": "Lei", "bot": "Rientro", "operatore": "Sportello"}
_BY = {"sistema": "Rientro", "sportello": "Sportello", "operatore": "L'operatore", "medico": "Il medico"}
_PURPOSES = {"salute": "Usare i dati sulla salute", "invio": "Inviare i recapiti all'operatore"}


def show(request: Request, content: Mapping[str, Any]) -> Response:
    """The page of an export (see :func:`cases.export.export_in`)."""
    return page(
        request,
        "i_miei_dati.html",
        content=content,
        answers=[
            (_label(fact), value_in_words(eligibility.load().facts[fact], value))
            for fact, value in content["facts"].items()
        ],
        purposes=_PURPOSES,
        titles={m: eligibility.describe(m, clock.today(), "cittadino")["title"] for m in _measures(content)},
        who=_WHO,
        by=lambda actor: (_WHO | _BY).get(actor.partition(":")[0], actor),
        at=dt.datetime.fromisoformat,
        now=clock.now(),
    )


def _label(fact: str) -> str:
    return str(eligibility.load().facts[fact].label)


def _measures(content: Mapping[str, Any]) -> set[str]:
    found = {entry["measure"] for result in content["assessments"] for entry in result.get("assessments", ())}
    return found | {referral["measure"] for referral in content.get("referrals", ())}
