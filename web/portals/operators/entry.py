"""Entering without an account: the link of an e-mail, or a log-in link asked for here.

The link's secret comes in the address' fragment, which browsers do not send; the page puts it into a form. It is used
only when somebody presses the button, because mail scanners open the addresses they find.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse
from starlette.requests import Request

from referrals.errors import LinkInvalid, NotAllowed
from referrals.operators import OperatorSide
from settings import clock
from web.pages.rendering import form_page
from web.portals.operators import visitor
from web.security.csrf import check_form
from web.services import Here, in_thread

router = APIRouter()
Field = Annotated[str, Form(max_length=400)]
_NOT_VALID = "Questo link non vale più, o non è completo. Ne chieda un altro qui sotto."
_SENT = "Se l'indirizzo è quello di una sede, tra poco arriva un'e-mail con il link. Vale 30 minuti e una volta sola."


@router.get("/operatori/entra")
async def door(request: Request) -> Response:
    """The page that an e-mail's link opens."""
    return _door(request)


@router.post("/operatori/entra")
async def enter(request: Request, services: Here, link: Field = "", gettone: Field = "") -> Response:
    """Use the link. The whole address may be pasted, or only what follows the #."""
    check_form(request, gettone, services.sealer)
    await services.limits.before("link", request)
    token = link.strip().rpartition("#")[2]
    try:
        operator_id, code = await in_thread(OperatorSide(services.referrals).enter, token, clock.now())
    except (LinkInvalid, NotAllowed):
        await services.limits.failed("link", request)
        return _door(request, status=403, error=_NOT_VALID)
    response = RedirectResponse(visitor.card_url(code) if code else "/operatore", status_code=303)
    visitor.give(response, services, operator_id, code)
    return response


@router.post("/operatori/link")
async def ask_link(request: Request, services: Here, email: Field = "", gettone: Field = "") -> Response:
    """Send a log-in link; the answer is the same for an address nobody knows."""
    check_form(request, gettone, services.sealer)
    await services.limits.before("link_asked", request)
    await services.limits.failed("link_asked", request)  # each asking counts: no address is to be flooded with e-mails
    if email.strip():
        await in_thread(OperatorSide(services.referrals).login_link, email[:200], clock.now())
    return _door(request, done=_SENT)


@router.post("/operatore/esci")
async def leave(request: Request, services: Here, gettone: Field = "") -> Response:
    """End a visit opened by a link."""
    check_form(request, gettone, services.sealer)
    response = RedirectResponse("/operatori/entra", status_code=303)
    visitor.drop(response, services.settings)
    return response


def _door(request: Request, status: int = 200, error: str = "", done: str = "") -> Response:
    return form_page(
        request, "operatore/entra.html", status=status, account=None, navigation=[], error=error, done=done
    )
