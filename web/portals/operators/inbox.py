"""The inbox: the operator's referrals, with filters, counts and pages, and their export."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from starlette.requests import Request

from referrals import codes
from referrals.directory_models import SiteRow
from referrals.operators import EXPIRING, NEWEST, OperatorSide, Page
from referrals.states import State
from settings import clock
from web.portals.operators.pages import operator_page
from web.portals.operators.visitor import Visitor, card_url, here
from web.services import Here, Services, in_thread

router = APIRouter()
Visit = Annotated[Visitor, Depends(here("operatore.segnalazioni"))]
Exporting = Annotated[Visitor, Depends(here("operatore.segnalazioni", recent="/operatore"))]
_ALL = "tutte"
#: What waits for the operator, in the order in which it is worked; the other states are under "all".
TABS = (
    State.INVIATA,
    State.PRESA_IN_CARICO,
    State.APPUNTAMENTO_FISSATO,
    State.PIP_SOTTOSCRITTO,
    State.CONCLUSA,
)


@router.get("/operatore")
async def inbox(
    request: Request,
    services: Here,
    visitor: Visit,
    stato: Annotated[str, Query(max_length=30)] = State.INVIATA,
    misura: Annotated[str, Query(max_length=60)] = "",
    sede: Annotated[str, Query(max_length=60)] = "",
    dopo: Annotated[str, Query(max_length=200)] = "",
    codice: Annotated[str, Query(max_length=40)] = "",
    ordine: Annotated[str, Query(max_length=20)] = EXPIRING,
) -> Response:
    """One page of the inbox. A code typed in the search opens its card.

    What waits for an answer comes in the order in which it expires, unless the newest are asked for.
    """
    visitor.needs_all()
    wrong_code = False
    if codice.strip():
        code = codes.normalise(codice)
        if code:
            return RedirectResponse(card_url(code), status_code=303)
        wrong_code = True
    stato = stato if stato in (*State, _ALL) else State.INVIATA
    order = EXPIRING if stato == State.INVIATA and ordine != NEWEST else NEWEST
    filters = {
        "state": None if stato == _ALL else stato,
        "measure": misura or None,
        "site_id": sede or None,
        "order": order,
    }
    found, sites = await in_thread(_read, services, visitor.operator_id, filters, dopo)
    return operator_page(
        request,
        visitor,
        "operatore/arrivi.html",
        inbox=found,
        total=sum(found.counts.values()),
        tabs=TABS,
        state=stato,
        measure=misura,
        site=sede,
        sites=sites,
        later=bool(dopo),
        expiring=order == EXPIRING,
        orders=(EXPIRING, NEWEST) if stato == State.INVIATA else (),
        wrong_code=wrong_code,
        code=codice if wrong_code else "",
        now=clock.now(),
    )


@router.get("/operatore/segnalazioni.csv")
async def export(services: Here, visitor: Exporting) -> Response:
    """Every referral of the operator, for a spreadsheet; contact data only of those in its charge."""
    visitor.needs_all()
    text = await in_thread(OperatorSide(services.referrals).export_csv, visitor.operator_id, clock.now(), visitor.actor)
    name = f"segnalazioni-{clock.today():%Y-%m-%d}.csv"
    # The mark tells spreadsheets that accents are UTF-8.
    return Response(
        "\ufeff" + text,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _read(services: Services, operator_id: str, filters: dict[str, Any], after: str) -> tuple[Page, dict[str, str]]:
    side = OperatorSide(services.referrals)
    try:
        found = side.inbox(operator_id, after=after or None, **filters)
    except ValueError:  # an address cut short: from the start
        found = side.inbox(operator_id, **filters)
    with services.cases.session_factory() as session:
        query = select(SiteRow.id, SiteRow.name).where(SiteRow.operator_id == operator_id).order_by(SiteRow.name)
        return found, {site_id: name for site_id, name in session.execute(query)}
