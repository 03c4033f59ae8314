"""Telephone: a new guided call, the callbacks to make, the search of who calls again."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from fastapi.responses import RedirectResponse
from starlette.requests import Request
from starlette.responses import Response

from cases.models import CaseRow
from hotline import callbacks, caller, search
from settings import clock
from web.portals.hotline.shared import NEWS, Call, Notice, Search, desk_page, hotline_of, pages_of
from web.services import Here, in_thread

router = APIRouter()
Page = Annotated[int, Query(alias="pagina", ge=1, le=100_000)]


@router.post("/sportello/telefonate")
async def start_call(request: Request, account: Call, services: Here) -> Response:
    """Open a case for the person on the telephone."""
    held = await in_thread(services.hotline.handlings.start_call, account, clock.now())
    services.news.announce(NEWS)
    return RedirectResponse(f"/sportello/casi/{held.case_id}?avviso=telefonata", status_code=303)


@router.get("/sportello/richiami")
async def callbacks_page(request: Request, account: Call, pagina: Page = 1) -> Response:
    """The promises to call, the most urgent first."""
    hotline = hotline_of(request)

    def read() -> dict[str, Any]:
        with hotline.session_factory() as session:
            count = hotline.callbacks.page_in(session, 0, 1)[1]
            page, pages = pages_of(count, callbacks.PAGE, pagina)
            rows, _ = hotline.callbacks.page_in(session, (page - 1) * callbacks.PAGE)
            people = caller.of_cases_in(session, hotline.keyring, [row.case_id for row in rows])
            return {"rows": rows, "count": count, "page": page, "pages": pages, "callers": people}

    return desk_page(request, "richiami.html", **await in_thread(read))


@router.get("/sportello/cerca")
async def search_page(request: Request, account: Search) -> Response:
    """The search field."""
    return desk_page(request, "cerca.html", text="", rows=None)


@router.post("/sportello/cerca")
async def search_result(
    request: Request,
    account: Search,
    testo: Annotated[str, Form(max_length=200)] = "",
    pagina: Annotated[int, Form(ge=1, le=100_000)] = 1,
) -> Response:
    """What was found. The words travel in the form: never in an address."""
    kind = search.kind_of(testo)
    if kind is None:
        notice = Notice("Scriva un codice, un numero di telefono, oppure nome e cognome.", "danger")
        return desk_page(request, "cerca.html", status=422, notice=notice, text=testo, rows=None)
    hotline = hotline_of(request)

    def read() -> dict[str, Any]:
        offset = (pagina - 1) * search.PAGE
        found, count = hotline.search(testo, account, clock.now(), offset)
        with hotline.session_factory() as session:
            people = caller.of_cases_in(session, hotline.keyring, found)
            query = CaseRow.__table__.select().where(CaseRow.id.in_(found))
            cases = {row.id: row for row in session.execute(query)}
            page, pages = pages_of(count, search.PAGE, pagina)
            rows = [cases[case_id] for case_id in found if case_id in cases]
            return {"rows": rows, "count": count, "page": page, "pages": pages, "callers": people, "kind": kind}

    return desk_page(request, "cerca.html", text=testo, **await in_thread(read))
