"""Entering by the link of an e-mail, for operators without an account; asking how to enter.

The link's secret comes in the address' fragment, which browsers do not send; the page puts it into a form. It is used
only when somebody presses the button, because mail scanners open the addresses they find.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse
from starlette.requests import Request

from accounts import sessions
from referrals.errors import LinkInvalid, NotAllowed
from referrals.operators import OperatorSide
from settings import clock
from web.account_session import accounts_of
from web.pages.rendering import form_page
from web.portals.operators import visitor
from web.security.csrf import check_form
from web.services import Here, in_thread

router = APIRouter()
Field = Annotated[str, Form(max_length=400)]
_NOT_VALID = "Questo link non vale più, o non è completo. Ne chieda un altro qui sotto."
_SENT = "Se l'indirizzo è quello di una sede, tra poco arriva un'e-mail che dice come entrare."


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
    card = visitor.card_url(code)
    device = sessions.device_words(request.headers.get("user-agent", ""))
    visit = await in_thread(accounts_of(request).visits.begin, operator_id, code, device, clock.now())
    if visit is None:  # somebody of this operator has an account: the link leads to its second factor
        return RedirectResponse(f"/accesso?dopo={card}", status_code=303)
    response = RedirectResponse(card, status_code=303)
    visitor.give(response, visit, services.settings)
    return response


@router.post("/operatori/link")
async def ask_link(request: Request, services: Here, email: Field = "", gettone: Field = "") -> Response:
    """Write to a site how to enter; the answer is the same for an address nobody knows."""
    check_form(request, gettone, services.sealer)
    await services.limits.before("link_asked", request)
    await services.limits.failed("link_asked", request)  # each asking counts: no address is to be flooded with e-mails
    if email.strip():
        has_account = accounts_of(request).visits.has_account
        await in_thread(OperatorSide(services.referrals).send_links, email[:200], has_account, clock.now())
    return _door(request, done=_SENT)


@router.post("/operatore/esci")
async def leave(request: Request, services: Here, gettone: Field = "") -> Response:
    """End a visit opened by a link."""
    check_form(request, gettone, services.sealer)
    token = request.cookies.get(visitor.COOKIE)
    await in_thread(accounts_of(request).visits.leave, token, clock.now())
    response = RedirectResponse("/operatori/entra", status_code=303)
    visitor.drop(response, services.settings)
    return response


def _door(request: Request, status: int = 200, error: str = "", done: str = "") -> Response:
    return form_page(
        request, "operatore/entra.html", status=status, account=None, navigation=[], error=error, done=done
    )
