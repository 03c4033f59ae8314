"""Entering through a real OpenID Connect provider, over HTTP: discovery, code, PKCE, signed token."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from authlib.integrations.starlette_client import OAuth
from oidc_provider_mock import User, run_server_in_thread

from accounts import demo, sessions
from accounts.service import Accounts
from settings import clock
from tests.web.access.conftest import Browser
from tests.web.conftest import DEMO_OPERATORS, Site

STRONG = "https://www.spid.gov.it/SpidL2"
PEOPLE = [
    User(sub="forte", claims={"email": "medico@example.org", "email_verified": True, "acr": STRONG}),
    User(sub="debole", claims={"email": "sportello@example.org", "email_verified": True}),
    User(sub="falsa", claims={"email": "amministratore@example.org", "email_verified": False, "acr": STRONG}),
    User(sub="testo", claims={"email": "amministratore@example.org", "email_verified": "true", "acr": STRONG}),
    User(
        sub="pretesa",
        claims={"email": "operatore@example.org", "email_verified": True, "acr": STRONG, "role": "amministratore"},
    ),
    User(sub="estranea", claims={"email": "nessuno@example.org", "email_verified": True, "acr": STRONG}),
]


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The address of a running provider."""
    with run_server_in_thread(require_nonce=True, user_claims=PEOPLE) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def site_with(make_site: Callable[..., Site], provider: str) -> Callable[..., Site]:
    """A site that knows the provider."""

    def make(**settings: str) -> Site:
        made = make_site(
            **{"oidc_issuer": provider, "oidc_client_id": "rientro", "oidc_client_secret": "segreto"} | settings
        )
        services = made.services
        services.directory.import_csv(DEMO_OPERATORS, clock.now())
        demo.create(services.cases.session_factory, services.cases.keyring, clock.now())
        return made

    return make


def to_provider(browser: Browser, dopo: str = "") -> str:
    """Start: the address to which we are sent."""
    answer = browser.get("/accesso/oidc" + (f"?dopo={dopo}" if dopo else ""))
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def at_provider(address: str, subject: str) -> str:
    """Say who we are there; returns the path with which we come back."""
    answer = httpx.post(address, data={"sub": subject})
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["location"])
    return f"{back.path}?{back.query}"


def come_back_as(browser: Browser, subject: str, dopo: str = "") -> httpx.Response:
    """The whole trip."""
    return browser.get(at_provider(to_provider(browser, dopo), subject))


def test_the_way_in_is_offered_only_when_there_is_a_provider(site: Site, site_with: Callable[..., Site]) -> None:
    without, with_one = Browser(site.url), Browser(site_with().url)
    assert "/accesso/oidc" not in without.get("/accesso").text
    assert without.get("/accesso/oidc").status_code == 404
    assert without.get("/accesso/oidc/ritorno").status_code == 404
    assert 'href="/accesso/oidc"' in with_one.get("/accesso").text


def test_the_request_is_bound_to_this_browser(site_with: Callable[..., Site], provider: str) -> None:
    address = to_provider(Browser(site_with().url))
    asked = parse_qs(urlsplit(address).query)
    assert address.startswith(provider)
    assert asked["response_type"] == ["code"]
    assert asked["scope"] == ["openid email"]
    assert asked["code_challenge_method"] == ["S256"]
    assert all(len(asked[name][0]) >= 20 for name in ("state", "nonce", "code_challenge"))


def test_a_strong_provider_lets_in_with_our_role_and_to_the_page_asked(site_with: Callable[..., Site]) -> None:
    browser = Browser(site_with().url)
    answer = come_back_as(browser, "forte", dopo="/accesso/profilo")
    assert (answer.status_code, answer.headers["location"]) == (303, "/accesso/profilo")
    assert "HttpOnly" in answer.headers["set-cookie"]
    page = browser.get("/accesso/profilo").text
    assert "Marta Medico" in page
    assert "Entrato il" in page
    assert "SPID o CIE" in page


def test_the_role_never_comes_from_the_token(site_with: Callable[..., Site]) -> None:
    browser = Browser(site_with().url)
    assert come_back_as(browser, "pretesa").status_code == 303
    assert "Operatore accreditato" in browser.get("/accesso/profilo").text
    assert browser.get("/amministrazione").status_code == 403


@pytest.mark.parametrize("subject", ["falsa", "testo", "estranea"])
def test_without_a_verified_address_of_an_account_nobody_enters(site_with: Callable[..., Site], subject: str) -> None:
    browser = Browser(site_with().url)
    answer = come_back_as(browser, subject)
    assert answer.status_code == 403
    assert "qui non c'è un accesso" in answer.text.replace("&#39;", "'")
    assert browser.get("/accesso/profilo").status_code == 303


def test_a_weak_provider_still_asks_our_second_factor(site_with: Callable[..., Site]) -> None:
    made = site_with(mode="production")
    accounts = _accounts(made)
    accounts.invitations.invite("Ada Prova", "ada@example.org", "sportello", "sistema", clock.now())
    browser = Browser(made.url)
    address = to_provider(browser)
    httpx.put(f"{made.settings.oidc_issuer}/users/ada", json={"email": "ada@example.org", "email_verified": True})
    answer = browser.get(at_provider(address, "ada"))
    assert answer.headers["location"].startswith("/accesso/attivazione")
    assert accounts.current(browser.http.cookies["rientro_accesso"], clock.now()).stage == sessions.SETUP
    assert browser.get("/sportello").status_code == 303


def test_an_answer_is_good_only_for_the_browser_that_asked_and_once(site_with: Callable[..., Site]) -> None:
    made = site_with()
    ours, theirs = Browser(made.url), Browser(made.url)
    answer = at_provider(to_provider(ours), "forte")
    assert theirs.get(answer).status_code == 400, "no cookie of a trip"
    to_provider(theirs)
    assert theirs.get(answer).status_code == 400, "another trip's cookie"
    assert ours.get(re.sub("state=[^&]*", "state=altro", answer)).status_code == 400
    assert ours.get(answer).status_code == 303
    assert Browser(made.url).get(answer).status_code == 400


def test_a_refusal_and_a_broken_answer_are_explained(site_with: Callable[..., Site]) -> None:
    made = site_with()
    browser = Browser(made.url)
    to_provider(browser)
    for answer in ("?error=access_denied", "?code=inventato&state=inventato", "", "?code=%00"):
        page = browser.get(f"/accesso/oidc/ritorno{answer}")
        assert page.status_code == 400, answer
        assert "Accesso non riuscito" in page.text


def test_a_provider_that_does_not_answer_leaves_the_password(site_with: Callable[..., Site]) -> None:
    browser = Browser(site_with(oidc_issuer="http://127.0.0.1:9").url)
    page = browser.get("/accesso/oidc")
    assert page.status_code == 503
    assert "password" in page.text


def test_a_document_about_another_issuer_is_not_believed(site_with: Callable[..., Site], provider: str) -> None:
    made = site_with(oidc_issuer="http://127.0.0.1:9")
    made.application.state.oidc = _client_reading(provider)
    assert Browser(made.url).get("/accesso/oidc").status_code == 503


def test_a_provider_without_tls_is_accepted_on_this_machine_only(make_site: Callable[..., Site]) -> None:
    made = make_site(oidc_issuer="http://identita.example.org", oidc_client_id="rientro")
    assert Browser(made.url).get("/accesso/oidc").status_code == 404


def _accounts(made: Site):
    services = made.services
    return Accounts(services.cases.session_factory, services.cases.keyring, made.settings)


def _client_reading(metadata_of: str):
    """A client that is served the document of ``metadata_of``, whatever issuer is configured."""
    return OAuth().register(
        "oidc",
        client_id="rientro",
        server_metadata_url=f"{metadata_of}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid email", "code_challenge_method": "S256"},
    )
