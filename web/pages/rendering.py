"""Jinja2 set-up: templates, fingerprints of static files, small words, forms' tokens."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from settings.config import Settings
from texts.dates import long_date
from web.api.access import is_https
from web.security import csrf
from web.words import italian_date, italian_moment, local_day, words

_WEB = Path(__file__).resolve().parent.parent
STATIC = _WEB / "static"


@functools.cache
def asset(path: str) -> str:
    """Address of a static file with a fingerprint of its content."""
    try:
        digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]
    except FileNotFoundError:
        return f"/static/{path}"  # the packages are not built yet: the page still works, plainly
    return f"/static/{path}?v={digest}"


def icon(name: str, classes: str = "") -> Markup:
    """A decorative icon of Bootstrap Italia; the words beside it say what it means."""
    sprite = asset("vendor/bootstrap-italia/sprites.svg")
    return Markup('<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>').format(
        classes, sprite, name
    )


def telephone(number: str) -> str:
    """A number as a ``tel:`` address."""
    return "tel:" + "".join(character for character in number if character.isdigit() or character == "+")


def data_block(value: Any) -> Markup:
    """JSON that is safe inside a ``<script type="application/json">``, which browsers never execute."""
    text = json.dumps(value, ensure_ascii=False)
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704 (escaped right here)


@functools.cache
def environment() -> Environment:
    """The template environment of the process."""
    env = Environment(
        loader=FileSystemLoader(_WEB / "templates"),
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(asset=asset, icon=icon, words=words(), tel=telephone, data_block=data_block)
    env.filters.update(date=italian_date, long_date=long_date, moment=italian_moment, local_day=local_day)
    return env


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a page."""
    settings: Settings = request.app.state.settings
    html = environment().get_template(template).render(settings=settings, path=request.url.path, **values)
    return HTMLResponse(html, status_code=status)


def form_page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a page with a form: its template gets ``form_token``, the browser the matching cookie."""
    settings: Settings = request.app.state.settings
    cookie, token = csrf.form_token(request, request.app.state.services.sealer)
    response = page(request, template, status=status, form_token=token, **values)
    csrf.remember(response, cookie, is_https(settings))
    return response


def error_page(request: Request, problem: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    """The page for a problem."""
    response = page(request, "errore.html", status=int(problem["status"]), problem=problem)
    for name, value in headers.items():
        response.headers[name] = value
    return response
