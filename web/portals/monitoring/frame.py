"""What the pages of the portal share: sections and small words."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

from monitoring import tables
from monitoring.words import words
from web.permissions import allowed
from web.portals.pages import portal_page

#: Address, name, permission of each section.
SECTIONS = (
    ("/monitoraggio", "Dati", "monitoraggio.dati"),
    ("/monitoraggio/regole", "Regole", "monitoraggio.regole"),
    ("/monitoraggio/bozza", "Prova una bozza", "monitoraggio.regole"),
)


def monitoring_page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a page that extends ``monitoraggio/cornice.html``."""
    account = request.state.account
    return portal_page(
        request,
        f"monitoraggio/{template}",
        status=status,
        sections=[(address, name) for address, name, needed in SECTIONS if allowed(account, needed)],
        said=words(),
        show=tables.show,
        **values,
    )
