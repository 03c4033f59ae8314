"""Who may do what: one table, and the dependency that applies it.

Every route is either in ``web/public_routes.py`` or depends on ``permitted("<permission>")``; a test walks all the routes
with every role. :func:`permitted` also refuses a changing request without the form's token, so no portal can forget it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.requests import Request

from accounts.account import Account
from accounts.roles import AMMINISTRATORE, MEDICO, OPERATORE, ROLES, SPORTELLO, SUPERVISORE
from settings import clock
from web.account_session import current
from web.problems import Problem
from web.security.csrf import check_form, check_origin
from web.services import services_of

_EVERYBODY = frozenset(ROLES)
_DOCTORS = frozenset({MEDICO})
_HOTLINE = frozenset({SPORTELLO, SUPERVISORE})
_OPERATORS = frozenset({OPERATORE})
_REGION = frozenset({SUPERVISORE, AMMINISTRATORE})
_ADMINISTRATION = frozenset({AMMINISTRATORE})

#: Permission -> roles. Names are ``<portal>.<what>``.
PERMISSIONS: dict[str, frozenset[str]] = {
    # one's own access: sessions, password, recovery codes, leaving
    "accesso.profilo": _EVERYBODY,
    # doctors (/medici)
    "medici.verifica": _DOCTORS,
    "medici.segnalazioni": _DOCTORS,
    "medici.materiali": _DOCTORS,
    # hotline (/sportello)
    "sportello.coda": _HOTLINE,
    "sportello.conversazione": _HOTLINE,
    "sportello.telefonata": _HOTLINE,
    "sportello.ricerca": _HOTLINE,
    "sportello.orari": frozenset({SUPERVISORE}),
    # operators (/operatore)
    "operatore.segnalazioni": _OPERATORS,
    "operatore.progetti": _OPERATORS,
    "operatore.integrazioni": _OPERATORS,
    # region (/monitoraggio)
    "monitoraggio.dati": _REGION,
    "monitoraggio.regole": _REGION,
    # administration (/amministrazione)
    "amministrazione.account": _ADMINISTRATION,
    "amministrazione.operatori": _ADMINISTRATION,
    "amministrazione.messaggi": _ADMINISTRATION,
    "amministrazione.conservazione": _ADMINISTRATION,
    "amministrazione.registro": _REGION,
    "amministrazione.testi": _REGION,
}

#: First page of each portal, in the order of the navigation: address, name, permission needed to see it.
PORTALS: tuple[tuple[str, str, str], ...] = (
    ("/medici", "Medici", "medici.verifica"),
    ("/sportello", "Sportello", "sportello.coda"),
    ("/operatore", "Segnalazioni", "operatore.segnalazioni"),
    ("/amministrazione", "Amministrazione", "amministrazione.registro"),
    ("/monitoraggio", "Monitoraggio", "monitoraggio.dati"),
)


def allowed(account: Account, permission: str) -> bool:
    """Whether an account may do something (for templates and for finer rules inside a portal)."""
    return account.role in PERMISSIONS[permission]


def home_of(account: Account) -> str:
    """Where an account goes after entering: its first portal."""
    return next((address for address, _, needed in PORTALS if allowed(account, needed)), "/accesso/profilo")


#: How long a second factor counts as just given, for what asks for one (keys, webhooks, exports, erasures).
RECENT = dt.timedelta(minutes=10)


def permitted(permission: str, recent: str = "") -> Callable[[Request], Awaitable[Account]]:
    """A FastAPI dependency that gives the account, if its role has the permission.

    Without a full session a person is sent to ``/accesso`` (a program gets 401); with the wrong role: 403. A changing
    request must carry the form's token (field ``gettone``) or, for JSON, come from our own pages.

    :param recent: the page to come back to, for what also asks that the second factor was given in the last
        :data:`RECENT`: without it a person is sent to give it again.
    :raises KeyError: at import time, for a permission that is not in the table.
    """
    roles = PERMISSIONS[permission]

    async def check(request: Request) -> Account:
        found = await current(request)
        if found is None or found.stage != "piena":
            raise Problem("accesso-professionale", headers={"Location": _door(request)})
        if found.account.role not in roles:
            raise Problem("non-permesso")
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            await _check_ours(request)
        if recent and (found.strong_at is None or clock.now() - found.strong_at > RECENT):
            raise Problem("conferma-richiesta", headers={"Location": "/accesso/conferma?dopo=" + quote(recent)})
        request.state.account = found.account
        request.state.access = found
        return found.account

    check.recent = bool(recent)  # type: ignore[attr-defined]
    check.permission = permission  # type: ignore[attr-defined]  # read by the test that walks the routes
    return check


async def _check_ours(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        check_origin(request)  # another site cannot send this type without asking first
        return
    form = await request.form()
    check_form(request, form.get("gettone"), services_of(request).sealer)


def _door(request: Request) -> str:
    if request.method != "GET":
        return "/accesso"
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return "/accesso?dopo=" + quote(target, safe="/")
