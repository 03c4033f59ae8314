"""The local mailbox: the e-mails that the default set-up sends to itself, so that a newcomer sees them arrive."""

from __future__ import annotations

import ipaddress

from fastapi import APIRouter, Response
from starlette.requests import Request

from referrals.mailbox import Mailbox
from web.pages.rendering import page
from web.problems import Problem
from web.services import Here, Services, in_thread

router = APIRouter()


def _only_at_home(request: Request, services: Services) -> None:
    """The mailbox is for trying the product on one's own machine; anybody else is told that there is nothing here."""
    host = request.client.host if request.client else ""
    try:
        near = ipaddress.ip_address(host).is_loopback
    except ValueError:
        near = False
    # In production it would show invitations to whoever a careless proxy makes look near.
    if not (services.settings.mode == "demo" and services.settings.uses_local_mailbox and near):
        raise Problem("non-trovato")


@router.get("/posta")
async def mailbox_page(request: Request, services: Here) -> Response:
    """The e-mails, newest first."""
    _only_at_home(request, services)
    mails = await in_thread(Mailbox(services.cases.session_factory, services.cases.keyring).list)
    return page(request, "posta.html", mails=mails)
