"""Entering through an OpenID Connect provider, with Authlib: it checks state, nonce, PKCE, signature, issuer, audience.

What must survive the trip to the provider travels in a sealed cookie of ten minutes, so that any process can end it.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from starlette.requests import Request

from accounts import sessions
from accounts.errors import NotLinked
from accounts.identities import Claims
from settings import clock
from settings.config import Settings
from settings.logs import get_logger
from web.account_session import accounts_of
from web.api.access import is_https
from web.pages.rendering import form_page
from web.portals.access.entering import let_in, safe_target
from web.portals.access.provider import configured
from web.problems import Problem
from web.security.sealing import SealBroken
from web.services import Here, Services, in_thread, services_of

log = get_logger()
router = APIRouter()
_COOKIE = "rientro_oidc"
_TRIP_SECONDS = 600
_UNREACHABLE = "L'accesso con il gestore di identità ora non risponde. Riprovi tra poco, o entri con la password."
_FAILED = "L'accesso con il gestore di identità non è riuscito. Riprovi dall'inizio."
_UNKNOWN = (
    "Il gestore di identità l'ha riconosciuta, ma qui non c'è un accesso per lei. "
    "L'indirizzo e-mail deve essere quello dell'invito. Lo chieda a chi amministra Rientro."
)


@router.get("/accesso/oidc")
async def start(request: Request, services: Here, dopo: Annotated[str, Query(max_length=400)] = "") -> Response:
    """Go to the provider."""
    import httpx2
    from authlib.common.errors import AuthlibBaseError

    client = _client(request)
    request.scope["session"] = {}
    try:
        metadata = await _metadata(client, services.settings)
        strong = services.settings.oidc_strong_acr.split()
        asked = [level for level in strong if level in metadata.get("acr_values_supported", ())]
        extra = {"acr_values": " ".join(asked)} if asked else {}
        response = await client.authorize_redirect(request, _return_address(services), **extra)
    except (httpx2.HTTPError, AuthlibBaseError, ValueError, RuntimeError) as error:
        return _failed(request, _UNREACHABLE, 503, error)
    _remember(response, services, {"session": request.scope["session"], "dopo": safe_target(dopo)})
    return response


@router.get("/accesso/oidc/ritorno")
async def come_back(request: Request, services: Here) -> Response:
    """Back from the provider: who it is decides it, whether they may enter we do."""
    import httpx2
    from authlib.common.errors import AuthlibBaseError
    from joserfc.errors import JoseError

    client = _client(request)
    try:
        kept = services.sealer.open("oidc", request.cookies.get(_COOKIE, ""), _TRIP_SECONDS)
    except SealBroken as error:
        return _failed(request, _FAILED, 400, error)
    request.scope["session"] = kept["session"]
    try:
        token = await client.authorize_access_token(request)
        claims = await _claims(client, token, services.settings)
    except (httpx2.HTTPError, AuthlibBaseError, JoseError, ValueError, KeyError, RuntimeError) as error:
        return _failed(request, _FAILED, 400, error)
    device = sessions.device_words(request.headers.get("user-agent", ""))
    try:
        entered = await in_thread(accounts_of(request).identities.enter, claims, device, clock.now())
    except NotLinked as error:
        return _failed(request, _UNKNOWN, 403, error)
    response = let_in(request, services, entered, kept["dopo"])
    response.delete_cookie(_COOKIE, path="/accesso/oidc")
    return response


async def _claims(client: Any, token: dict[str, Any], settings: Settings) -> Claims:
    said = dict(token["userinfo"])  # the validated ID token; without one Authlib leaves this out
    metadata = await _metadata(client, settings)
    if "email" not in said and metadata.get("userinfo_endpoint"):
        more = await client.userinfo(token=token)
        if more.get("sub") == said["sub"]:  # OpenID Connect Core 5.3.2: otherwise it is about somebody else
            said |= {name: more[name] for name in ("email", "email_verified") if name in more}
    return Claims(
        issuer=said["iss"],
        subject=said["sub"],
        email=said.get("email"),
        email_verified=said.get("email_verified") is True,
        strong=said.get("acr") in settings.oidc_strong_acr.split(),
    )


async def _metadata(client: Any, settings: Settings) -> dict[str, Any]:
    metadata: dict[str, Any] = await client.load_server_metadata()
    # OpenID Connect Discovery 4.3: a document about another issuer is not to be believed.
    if metadata.get("issuer", "").rstrip("/") != str(settings.oidc_issuer).rstrip("/"):
        raise ValueError("issuer")
    return metadata


def _client(request: Request) -> Any:
    settings = services_of(request).settings
    if not configured(settings):
        raise Problem("non-trovato")
    state = request.app.state
    if not hasattr(state, "oidc"):
        from authlib.integrations.starlette_client import OAuth  # half a second: only where there is a provider

        secret = settings.oidc_client_secret
        state.oidc = OAuth().register(
            "oidc",
            client_id=settings.oidc_client_id,
            client_secret=secret.get_secret_value() if secret else None,
            server_metadata_url=str(settings.oidc_issuer).rstrip("/") + "/.well-known/openid-configuration",
            client_kwargs={"scope": "openid email", "code_challenge_method": "S256", "timeout": 10},
        )
    return state.oidc


def _return_address(services: Services) -> str:
    return f"{services.settings.public_url}/accesso/oidc/ritorno"


def _remember(response: Response, services: Services, kept: dict[str, Any]) -> None:
    response.set_cookie(
        _COOKIE,
        services.sealer.seal("oidc", kept),
        max_age=_TRIP_SECONDS,
        path="/accesso/oidc",
        httponly=True,
        samesite="lax",
        secure=is_https(services.settings),
    )


def _failed(request: Request, words: str, status: int, error: Exception) -> Response:
    log.warning("external log-in failed", error_type=type(error).__name__)
    return form_page(request, "accesso/oidc_errore.html", status=status, words=words)
