"""Who may open a conversation: the browser's cookie, or a bearer token."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path
from starlette.requests import Request
from starlette.responses import Response

from cases.errors import CaseNotFound
from cases.record import CaseRecord, OpenedCase
from settings import clock
from settings.config import Settings
from web.problems import Problem
from web.security.csrf import check_origin
from web.services import Here, Services, in_thread

_COOKIE = "rientro_sessione"
_ROLES = ("cittadino", "medico", "sportello")
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def cookie_name(role: str) -> str:
    """Each role has its own cookie: a doctor who tries the citizen's chat keeps the other conversation."""
    return _COOKIE if role == "cittadino" else f"{_COOKIE}_{role}"


def is_https(settings: Settings) -> bool:
    """Whether people reach us over TLS."""
    return (settings.public_url or "").startswith("https://")


def give_cookie(response: Response, role: str, token: str, settings: Settings) -> None:
    """Let this browser open the conversation again."""
    response.set_cookie(
        cookie_name(role),
        token,
        max_age=settings.session_hours * 3600,
        httponly=True,
        samesite="lax",
        secure=is_https(settings),
    )


def drop_cookie(response: Response, role: str, settings: Settings) -> None:
    """Make this browser forget the conversation."""
    response.delete_cookie(cookie_name(role), httponly=True, samesite="lax", secure=is_https(settings))


def bearer_of(request: Request) -> str | None:
    """The token of the Authorization header, if any."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def cookies_of(request: Request) -> list[str]:
    """The tokens in this browser's cookies."""
    return [token for role in _ROLES if (token := request.cookies.get(cookie_name(role)))]


def tokens_of(request: Request) -> list[str]:
    """The tokens to try: the header's alone when there is one, else those of the cookies."""
    bearer = bearer_of(request)
    return [bearer] if bearer else cookies_of(request)


async def current_session(request: Request, services: Services, role: str) -> str | None:
    """The conversation that this browser has open in a role, or None."""
    token = request.cookies.get(cookie_name(role))
    if not token:
        return None
    try:
        record = await in_thread(services.cases.case_for_token, token, clock.now())
    except CaseNotFound:
        return None
    return record.id


async def session_opened(
    request: Request,
    services: Here,
    session: Annotated[str, Path(description="Id della conversazione.", max_length=64)],
) -> OpenedCase:
    """The id and role of a conversation that the caller may open.

    :raises Problem: ``sessione-non-trovata`` (404), ``accesso-richiesto`` (401), ``origine-non-ammessa`` (403).
    """
    for token in tokens_of(request):
        try:
            opened = await in_thread(services.cases.opened_by, token, clock.now())
        except CaseNotFound:
            continue
        if opened.id == session:
            if bearer_of(request) is None and request.method not in _SAFE_METHODS:
                check_origin(request)
            await services.limits.conversation(opened.id)
            return opened
    await services.limits.address(request)  # a token that opens nothing is a stranger's request
    try:
        await in_thread(services.cases.get, session)
    except CaseNotFound:
        raise Problem("sessione-non-trovata") from None
    raise Problem("accesso-richiesto", headers={"WWW-Authenticate": "Bearer"})


SessionOpened = Annotated[OpenedCase, Depends(session_opened)]


async def session_case(opened: SessionOpened, services: Here) -> CaseRecord:
    """The conversation itself.

    :raises Problem: ``sessione-non-trovata`` (404).
    """
    try:
        return await in_thread(services.cases.get, opened.id)
    except CaseNotFound:
        raise Problem("sessione-non-trovata") from None


SessionCase = Annotated[CaseRecord, Depends(session_case)]
