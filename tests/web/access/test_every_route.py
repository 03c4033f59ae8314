"""Every route of the application, with every role and with nobody: exactly what the table says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import httpx
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from accounts.roles import ROLES
from settings.config import Settings
from tests.web.access.conftest import Browser
from tests.web.conftest import Site
from web.app import create_app
from web.permissions import PERMISSIONS, PORTALS
from web.public_routes import ANYBODY, PUBLIC_ROUTES

NOBODY = "nessuno"


class Found(NamedTuple):
    """A route as the application serves it."""

    method: str
    path: str
    permissions: frozenset[str]


def _walk(routes: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for route in routes:
        if hasattr(route, "original_router"):  # an included router is kept whole
            yield from _walk(route.original_router.routes, prefix + (route.include_context.prefix or ""))
        else:
            yield prefix + route.path, route


def _permissions(dependant: Dependant) -> Iterator[str]:
    if permission := getattr(dependant.call, "permission", None):
        yield permission
    for inner in dependant.dependencies:
        yield from _permissions(inner)


def _all() -> list[Found]:
    app = create_app(Settings(data_dir="/nowhere"))
    return sorted(
        Found(method, path, frozenset(_permissions(route.dependant)) if isinstance(route, APIRoute) else frozenset())
        for path, route in _walk(app.routes)
        for method in (getattr(route, "methods", None) or {"GET"}) - {"HEAD"}
    )


ROUTES = _all()
GUARDED = [route for route in ROUTES if route.permissions]
PUBLIC = [route for route in ROUTES if not route.permissions]


def test_the_walk_sees_the_routes() -> None:
    assert {"/", "/accesso", "/accesso/profilo", "/amministrazione", "/static"} <= {route.path for route in ROUTES}
    assert len(GUARDED) > 20


def test_every_route_is_in_the_table_or_in_the_public_list() -> None:
    """A new route without a permission must be added to web/public_routes.py, with what guards it."""
    assert {route.path for route in PUBLIC} - PUBLIC_ROUTES.keys() == set()


def test_the_public_list_names_no_route_that_is_gone_or_guarded() -> None:
    assert PUBLIC_ROUTES.keys() - {route.path for route in PUBLIC} == set()


def test_every_permission_names_known_roles_and_is_used() -> None:
    assert all(roles and roles <= set(ROLES) for roles in PERMISSIONS.values())
    asked = {permission for route in GUARDED for permission in route.permissions}
    assert asked <= PERMISSIONS.keys()
    assert {permission for _, _, permission in PORTALS} <= PERMISSIONS.keys()


@pytest.mark.parametrize("role", ROLES)
def test_every_role_lands_on_a_page_that_opens(visit: Callable[..., Browser], role: str) -> None:
    browser = visit(role)
    home = browser.get("/accesso/inizio").headers["location"]
    assert browser.get(home).status_code == 200
    for address, _, needed in PORTALS:
        expected = 200 if role in PERMISSIONS[needed] else 403
        assert browser.get(address).status_code == expected, address


@pytest.fixture(params=[*ROLES, NOBODY])
def who(request: pytest.FixtureRequest, visit: Callable[..., Browser]) -> tuple[str, Browser]:
    """Somebody with a role, or nobody."""
    role = request.param
    return role, visit(None if role == NOBODY else role)


def test_each_role_reaches_what_the_table_says(who: tuple[str, Browser], site: Site) -> None:
    role, browser = who
    wrong: list[str] = []
    for route in GUARDED:
        answer = _ask(browser, route)
        refused = _refusal(answer)
        if role == NOBODY:
            expected = {"door"}
        elif any(role not in PERMISSIONS[permission] for permission in route.permissions):
            expected = {"role"}
        else:
            # A changing request without the form's token goes no further, even with the right role.
            expected = {None} if route.method == "GET" else {"token"}
        if refused not in expected or answer.status_code == 500:
            wrong.append(f"{route.method} {route.path}: {answer.status_code} {refused}, expected {expected}")
    assert wrong == []


def test_public_routes_never_ask_for_an_account(visit: Callable[..., Browser]) -> None:
    browser = visit()
    for route in PUBLIC:
        answer = _ask(browser, route)
        assert "/accesso?dopo" not in answer.headers.get("location", ""), route
        assert "accesso-professionale" not in answer.text, route
        assert answer.status_code < 500 or route.path == "/health/ready", route
        if route.method == "GET" and PUBLIC_ROUTES[route.path] == ANYBODY and "{" not in route.path:
            assert answer.status_code not in (401, 403), route


def test_a_program_without_account_gets_a_problem_document(visit: Callable[..., Browser]) -> None:
    browser = visit()
    answer = browser.http.get("/accesso/profilo", headers={"accept": "application/json"})
    assert answer.status_code == 401
    assert answer.json()["type"] == "/problemi/accesso-professionale"


def test_json_from_another_site_is_refused_even_with_the_cookie(visit: Callable[..., Browser]) -> None:
    browser = visit("amministratore")
    answer = browser.http.post("/accesso/esci", json={}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    answer = browser.http.post("/accesso/esci", json={}, headers={"origin": "https://altro.example.org"})
    assert answer.status_code == 403
    assert browser.get("/accesso/profilo").status_code == 200


def _ask(browser: Browser, route: Found) -> httpx.Response:
    """The answer, read to its end unless it is a stream of events that stays open."""
    with browser.http.stream(route.method, _address(route.path), follow_redirects=False) as answer:
        if "event-stream" in answer.headers.get("content-type", ""):
            return httpx.Response(answer.status_code, headers=answer.headers)
        answer.read()
    return answer


def _address(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "0" * 32, path)


def _refusal(answer: httpx.Response) -> str | None:
    if answer.status_code == 303 and answer.headers["location"].startswith("/accesso?dopo"):
        return "door"
    if answer.status_code == 303 and answer.headers["location"] == "/accesso":
        return "door"
    if answer.status_code == 401:
        return "door"
    if answer.status_code == 403:
        assert answer.is_stream_consumed
        return "role" if "non è per il suo ruolo" in answer.text else "token"
    return None
