"""What the pages of the administration share: their sections, and lists page by page."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Form, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse

from web import account_words as words
from web.permissions import allowed
from web.portals.pages import portal_page

#: Address, name, permission of each section.
SECTIONS = (
    ("/amministrazione/account", "Account", "amministrazione.account"),
    ("/amministrazione/sessioni", "Sessioni", "amministrazione.account"),
    ("/amministrazione/operatori", "Operatori", "amministrazione.operatori"),
    ("/amministrazione/messaggi", "Messaggi", "amministrazione.messaggi"),
    ("/amministrazione/conservazione", "Conservazione", "amministrazione.conservazione"),
    ("/amministrazione/registro", "Registro", "amministrazione.registro"),
    ("/amministrazione/testi", "Testi", "amministrazione.testi"),
)
PAGE = 50
Field = Annotated[str, Form(max_length=400)]
PageNumber = Annotated[int, Query(ge=1, le=1_000_000)]


def admin_page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a page that extends ``amministrazione/cornice.html``."""
    account = request.state.account
    return portal_page(
        request,
        f"amministrazione/{template}",
        status=status,
        sections=[(address, name) for address, name, needed in SECTIONS if allowed(account, needed)],
        roles=words.ROLES,
        methods=words.METHODS,
        moment=words.moment,
        **values,
    )


def pages_of(count: int, number: int, size: int = PAGE) -> dict[str, int]:
    """What the pager of a list shows."""
    return {"number": number, "last": max(1, -(-count // size)), "count": count}
