"""Rendering of this portal's pages, and small readings its templates share."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

import eligibility
from referrals.states import REASONS
from settings import clock
from settings.clock import ROME
from web.pages.rendering import form_page
from web.permissions import PORTALS, allowed
from web.portals.operators.visitor import Visitor
from web.portals.operators.words import words


def operator_page(
    request: Request, visitor: Visitor, template: str, *, status: int = 200, **values: Any
) -> HTMLResponse:
    """Render a page that extends ``operatore/cornice.html``."""
    account = visitor.account
    portals = [(address, name) for address, name, needed in PORTALS if account and allowed(account, needed)]
    return form_page(
        request,
        template,
        status=status,
        visitor=visitor,
        account=account,
        navigation=portals,
        sections=[] if visitor.only else words()["navigation"],
        op=words(),
        reasons=REASONS,
        titles=measure_titles(clock.today()),
        when=when,
        **values,
    )


@functools.lru_cache(maxsize=4)
def measure_titles(on: dt.date) -> dict[str, str]:
    """Italian title of every measure on a day."""
    return {id_: eligibility.describe(id_, on, "sportello")["title"] for id_ in eligibility.load().measures}


def when(moment: dt.datetime) -> str:
    """A moment as people say it in Italy: «03/06/2025 alle 12:00»."""
    local = moment.astimezone(ROME)
    return f"{local:%d/%m/%Y} alle {local:%H:%M}"
