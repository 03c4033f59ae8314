"""Rendering of the portals' pages."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

from web.pages.rendering import form_page
from web.permissions import PORTALS, allowed


def portal_page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a page that extends ``portale.html``, for a route that depends on ``permitted``.

    The template gets ``account``, ``navigation`` (address, name), ``may(permission)`` and ``form_token``.
    """
    account = request.state.account
    return form_page(
        request,
        template,
        status=status,
        account=account,
        navigation=[(address, name) for address, name, needed in PORTALS if allowed(account, needed)],
        may=lambda permission: allowed(account, permission),
        **values,
    )
