"""The pages of ``/accesso``, as a browser without JavaScript uses them."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace

import pyotp
import pytest
import time_machine

from accounts import demo
from accounts.service import Accounts
from referrals.mailbox import Mailbox
from settings import clock
from tests.web.access.conftest import Browser
from tests.web.conftest import Site
from web.permissions import home_of

HOME = home_of(SimpleNamespace(role="medico"))  # type: ignore[arg-type]
PASSWORD = "sette mele verdi e tre pere"


def accounts_of(site: Site) -> Accounts:
    services = site.services
    return Accounts(services.cases.session_factory, services.cases.keyring, site.settings)


def invite(site: Site, email: str, role: str = "sportello") -> str:
    """Invite somebody; the secret as the e-mail in the outbox carries it."""
    accounts = accounts_of(site)
    accounts.invitations.invite("Ada Prova", email, role, "sistema", clock.now())
    return _mailed_secret(site, email)


def _mailed_secret(site: Site, email: str) -> str:
    from sqlalchemy import select

    from referrals.models import OutboxRow

    keyring = site.services.cases.keyring
    with site.services.cases.session_factory() as session:
        for row in session.scalars(select(OutboxRow).order_by(OutboxRow.created_at.desc())):
            mail = keyring.cipher(row.scope).open("outbox", "payload", row.id, row.payload_sealed)
            if mail["to"] == email:
                return re.search(r"/accesso/invito#(\S+)", mail["text"]).group(1)
    raise AssertionError("no e-mail")


def test_from_the_invitation_to_the_first_page_and_back_in(site: Site, visit: Callable[..., Browser]) -> None:
    secret = invite(site, "prima@example.org")
    browser = visit()
    page = browser.post("/accesso/invito", invito=f"https://rientro.example.org/accesso/invito#{secret}")
    assert page.status_code == 200
    assert "Buongiorno Ada Prova" in page.text
    fields = {"invito": secret, "scelta": "si"}
    different = browser.post("/accesso/invito", password=PASSWORD, ripeti="altro", **fields)
    assert (different.status_code, "diverse" in different.text) == (422, True)
    weak = browser.post("/accesso/invito", password="password1234", ripeti="password1234", **fields)
    assert (weak.status_code, "password rubate" in weak.text) == (422, True)
    assert "password1234" not in weak.text
    done = browser.post("/accesso/invito", password=PASSWORD, ripeti=PASSWORD, **fields)
    assert done.headers["location"] == "/accesso/attivazione?dopo=/sportello"

    setup = browser.get("/accesso/attivazione?dopo=/sportello").text
    assert "<svg" in setup
    assert "style=" not in setup
    assert "<script>" not in setup
    app = pyotp.TOTP(re.search(r'secret-key">([A-Z2-7 ]+)<', setup).group(1).replace(" ", ""))
    wrong = browser.post("/accesso/attivazione", page="/accesso/attivazione", codice="000000")
    assert wrong.status_code == 422
    done = browser.post("/accesso/attivazione", page="/accesso/attivazione", codice=app.now(), dopo="/accesso/profilo")
    codes = re.findall(r"<li>([0-9A-Z]{4}-[0-9A-Z]{4})</li>", done.text)
    assert len(codes) == 10
    assert 'href="/accesso/profilo"' in done.text
    assert "prima@example.org" in browser.get("/accesso/profilo").text
    assert browser.get("/accesso/attivazione").status_code == 303, "the codes are shown once"

    again = visit()
    first = again.enter("prima@example.org", PASSWORD)
    assert first.headers["location"] == "/accesso/codice?dopo=/sportello"
    assert again.get("/accesso/profilo").status_code == 303
    assert again.post("/accesso/codice", page="/accesso/codice", codice="000000").status_code == 401
    entered = again.post(
        "/accesso/codice", page="/accesso/codice", codice=codes[0], recupero="si", dopo="/accesso/profilo"
    )
    assert entered.headers["location"] == "/accesso/profilo"
    assert "restano <strong>9</strong>" in again.get("/accesso/profilo").text


def test_a_used_invitation_says_so(site: Site, visit: Callable[..., Browser]) -> None:
    page = visit().post("/accesso/invito", invito="inventato")
    assert page.status_code == 410
    assert "non vale più" in page.text


@pytest.mark.personal_data_in_address
def test_the_secret_of_an_invitation_is_in_no_address(site: Site, visit: Callable[..., Browser]) -> None:
    secret = invite(site, "segreta@example.org")
    browser = visit()
    page = browser.post("/accesso/invito", invito=secret)
    assert secret not in str(page.url) + str(page.headers)
    assert secret not in browser.get(f"/accesso/invito?invito={secret}").text


def test_who_asks_for_a_page_gets_there_after_entering(visit: Callable[..., Browser]) -> None:
    browser = visit()
    door = browser.get("/accesso/profilo?fatto=password")
    assert door.headers["location"] == "/accesso?dopo=/accesso/profilo%3Ffatto%3Dpassword"
    assert 'value="/accesso/profilo?fatto=password"' in browser.get(door.headers["location"]).text
    answer = browser.post(
        "/accesso", email="medico@example.org", password=demo.PASSWORD, dopo="/accesso/profilo?fatto=password"
    )
    assert answer.headers["location"] == "/accesso/profilo?fatto=password"


@pytest.mark.parametrize(
    "target",
    ["https://altro.example.org", "//altro.example.org", "/\\altro.example.org", "altro", "/a\nb", "javascript:1"],
)
def test_nobody_is_sent_to_another_site(visit: Callable[..., Browser], target: str) -> None:
    browser = visit()
    answer = browser.post("/accesso", email="medico@example.org", password=demo.PASSWORD, dopo=target)
    assert answer.headers["location"] == HOME


def test_the_cookie_is_for_this_site_and_no_script(make_site: Callable[..., Site]) -> None:
    for public_url, secure in (("http://127.0.0.1:8000", False), ("https://rientro.example.org", True)):
        made = make_site(public_url=public_url)
        services = made.services
        demo.create(services.cases.session_factory, services.cases.keyring, clock.now())
        browser = Browser(made.url)
        page = browser.get("/accesso")
        # A client on plain HTTP does not send a Secure cookie back: do it by hand.
        prefix = "__Host-" if secure else ""
        cookies = dict(re.findall(rf"({prefix}rientro_modulo)=([^;]+)", page.headers["set-cookie"]))
        token = re.search(r'name="gettone" value="([^"]+)"', page.text).group(1)
        fields = {"email": "medico@example.org", "password": demo.PASSWORD, "gettone": token}
        browser.http.cookies.clear()
        answer = browser.http.post("/accesso", data=fields, cookies=cookies)
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(f"{prefix}rientro_accesso=")
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert ("Secure" in cookie) is secure
        assert answer.headers["cache-control"] == "no-store"


def test_too_many_attempts_say_how_long_to_wait(make_site: Callable[..., Site]) -> None:
    made = make_site()
    browser = Browser(made.url)
    for _ in range(5):
        assert browser.enter("nessuno@example.org", "sbagliata").status_code == 401
    answer = browser.enter("nessuno@example.org", "sbagliata")
    assert answer.status_code == 429
    assert re.search(r"Aspetti \d+ secondi", answer.text)


def test_forms_without_their_token_do_nothing(visit: Callable[..., Browser]) -> None:
    browser = visit()
    for path in ("/accesso", "/accesso/codice", "/accesso/invito", "/accesso/attivazione", "/accesso/dimenticata"):
        assert (
            browser.http.post(path, data={"email": "medico@example.org", "password": demo.PASSWORD}).status_code == 403
        )


def test_a_session_ended_elsewhere_is_ended_here(visit: Callable[..., Browser]) -> None:
    here, there = visit("supervisore"), visit("supervisore")
    page = there.get("/accesso/profilo").text
    assert "Firefox su Linux" in page
    assert there.post("/accesso/sessioni/chiudi", page="/accesso/profilo", sessione="altre").status_code == 303
    assert here.get("/accesso/profilo").status_code == 303
    assert there.get("/accesso/profilo").status_code == 200
    there.post("/accesso/esci", page="/accesso/profilo")
    assert there.get("/accesso/profilo").status_code == 303


def test_a_session_left_alone_ends(visit: Callable[..., Browser]) -> None:
    browser = visit("medico")
    with time_machine.travel(clock.now().timestamp() + 3700, tick=True):
        answer = browser.get("/accesso/profilo")
    assert answer.headers["location"].startswith("/accesso?dopo")


def test_a_forgotten_password(site: Site, visit: Callable[..., Browser]) -> None:
    secret = invite(site, "smemorata@example.org")
    browser = visit()
    browser.post("/accesso/invito", invito=secret, scelta="si", password=PASSWORD, ripeti=PASSWORD)
    stranger = visit()
    for email in ("smemorata@example.org", "nessuno@example.org"):
        page = stranger.post("/accesso/dimenticata", email=email)
        assert page.status_code == 200
        assert "arriva un" in page.text
    secret = _mailed_secret(site, "smemorata@example.org")
    page = stranger.post("/accesso/invito", invito=secret)
    assert "smemorata@example.org" in page.text
    other = "otto gatti sopra il tetto"
    assert stranger.post("/accesso/invito", invito=secret, scelta="si", password=other, ripeti=other).status_code == 303
    assert visit().enter("smemorata@example.org", PASSWORD).status_code == 401
    assert visit().enter("smemorata@example.org", other).status_code == 303


def test_changing_ones_password_codes_and_telephone(site: Site, visit: Callable[..., Browser]) -> None:
    secret = invite(site, "cambia@example.org")
    browser = visit()
    browser.post("/accesso/invito", invito=secret, scelta="si", password=PASSWORD, ripeti=PASSWORD)
    setup = browser.get("/accesso/attivazione").text
    app = pyotp.TOTP(re.search(r'secret-key">([A-Z2-7 ]+)<', setup).group(1).replace(" ", ""))
    start = clock.now().timestamp()
    browser.post("/accesso/attivazione", page="/accesso/attivazione", codice=app.at(int(start)))

    profile = "/accesso/profilo"
    new = "otto gatti sopra il tetto"
    wrong = browser.post("/accesso/password", page=profile, attuale="no", password=new, ripeti=new)
    assert (wrong.status_code, "attuale non è giusta" in wrong.text) == (422, True)
    right = browser.post("/accesso/password", page=profile, attuale=PASSWORD, password=new, ripeti=new)
    assert right.headers["location"] == "/accesso/profilo?fatto=password"
    assert browser.post("/accesso/codici", page=profile, codice="000000").status_code == 422
    with time_machine.travel(start + 90, tick=True):
        codes = browser.post("/accesso/codici", page=profile, codice=app.at(int(start) + 90))
    assert len(re.findall(r"<li>[0-9A-Z]{4}-[0-9A-Z]{4}</li>", codes.text)) == 10
    recovery = re.search(r"<li>([0-9A-Z]{4}-[0-9A-Z]{4})</li>", codes.text).group(1)
    moved = browser.post("/accesso/telefono", page=profile, codice=recovery)
    assert moved.headers["location"].startswith("/accesso/attivazione")
    assert app.secret not in browser.get("/accesso/attivazione").text.replace(" ", "")


def test_the_demonstration_says_so_on_every_page(visit: Callable[..., Browser]) -> None:
    assert "Dimostrazione" in visit().get("/accesso").text
    page = visit("medico").get("/accesso/profilo").text
    assert "è una persona inventata" in page


def test_in_production_there_is_no_demo(make_site: Callable[..., Site]) -> None:
    made = make_site(mode="production")
    page = Browser(made.url).get("/accesso").text
    assert demo.PASSWORD not in page
    assert "Dimostrazione" not in page
    assert Mailbox(made.services.cases.session_factory, made.services.cases.keyring).list() == []
