"""Answers to errors: problem documents for programs, pages for people."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from settings.logs import get_logger
from web.pages.rendering import error_page
from web.problems import MEDIA_TYPE, Problem, wants_page

log = get_logger()


def render(scope: Scope, problem: Problem) -> Response:
    """The answer for a problem: JSON for programs, a page for people."""
    document = problem.document(scope["path"])
    if wants_page(scope):
        if "Location" in problem.headers:  # somewhere to go first, as the professionals' log-in
            return RedirectResponse(problem.headers["Location"], status_code=303)
        return error_page(Request(scope), document, problem.headers)
    return JSONResponse(document, status_code=problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


def problem_response(scope: Scope, kind: str) -> Response:
    """Shorthand of :func:`render` for middleware, where raising would bypass the handlers."""
    return render(scope, Problem(kind))


_BY_STATUS = {404: "non-trovato", 405: "metodo-non-ammesso", 413: "corpo-troppo-grande", 415: "formato-non-ammesso"}


def install(app: FastAPI) -> None:
    """Make every failure of ``app`` a problem document."""

    @app.exception_handler(Problem)
    async def on_problem(request: Request, error: Problem) -> Response:
        return render(request.scope, error)

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> Response:
        if any(entry["type"] == "json_invalid" for entry in error.errors()):
            return render(request.scope, Problem("json-non-valido"))
        return render(request.scope, Problem("richiesta-non-valida", errors=_errors(error)))

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        kind = _BY_STATUS.get(
            error.status_code, "richiesta-non-valida" if error.status_code < 500 else "errore-interno"
        )
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(sorted(_methods_of(request)))
        return render(request.scope, Problem(kind, headers=headers))


class Failures:
    """ASGI middleware: whatever nobody expected becomes ``errore-interno``; the log names where, never what."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def noting_send(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, noting_send)
        except Exception as error:
            route = getattr(scope.get("route"), "path", "unknown")
            log.error("request failed", method=scope["method"], route=route, exc_info=error)
            if not started:
                await problem_response(scope, "errore-interno")(scope, receive, send)


def _methods_of(request: Request) -> set[str]:
    """Every method that some route of ours takes at this address; the framework names those of the first route only."""
    found: set[str] = set()
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        scope = {**request.scope, "method": method}
        if any(route.matches(dict(scope))[0] is Match.FULL for route in request.app.routes):
            found.add(method)
    return found


_MESSAGES = {
    "missing": "manca",
    "extra_forbidden": "non è previsto",
    "date_from_datetime_parsing": "deve essere una data come 2026-03-31",
    "date_parsing": "deve essere una data come 2026-03-31",
    "date_type": "deve essere una data come 2026-03-31",
    "value_error": "non ha la forma giusta",
    "string_type": "deve essere un testo",
    "bool_type": "deve essere vero o falso",
    "int_parsing": "deve essere un numero intero",
    "int_type": "deve essere un numero intero",
    "dict_type": "deve essere un oggetto JSON",
    "model_attributes_type": "deve essere un oggetto JSON",
    "list_type": "deve essere un elenco",
    "literal_error": "non è tra i valori ammessi",
    "enum": "non è tra i valori ammessi",
    "string_too_long": "è troppo lungo",
    "string_too_short": "è troppo corto",
    "greater_than_equal": "è troppo piccolo",
    "less_than_equal": "è troppo grande",
    "string_pattern_mismatch": "non ha la forma giusta",
}


def _errors(error: RequestValidationError) -> list[dict[str, str]]:
    found = []
    for entry in error.errors()[:20]:
        # The first part says where (body, query, header); names we did not choose may quote what the person sent.
        known = entry["type"] != "extra_forbidden"
        parts = [str(part) for part in entry["loc"][1:]]
        field = ".".join(parts if known else parts[:-1]) or str(entry["loc"][0])
        found.append({"field": field[:80], "message": _MESSAGES.get(entry["type"], "non è valido")})
    return found
