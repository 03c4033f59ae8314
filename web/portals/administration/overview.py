"""The first page of the administration."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from starlette.requests import Request

from accounts.account import Account
from web.permissions import permitted
from web.portals.administration.frame import admin_page

router = APIRouter()
Me = Annotated[Account, Depends(permitted("amministrazione.registro"))]


@router.get("/amministrazione")
async def overview(request: Request, account: Me) -> Response:
    """What there is to administer."""
    return admin_page(request, "inizio.html")
