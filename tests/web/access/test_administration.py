"""The administration's pages."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import text

from accounts import demo
from referrals import outbox
from referrals.models import OutboxRow
from settings import clock
from tests.web.access.conftest import Browser
from tests.web.conftest import DEMO_OPERATORS, Site

SECTIONS = ["", "/account", "/account/nuovo", "/sessioni", "/operatori", "/operatori/importa", "/messaggi"]
SECTIONS += ["/conservazione", "/registro", "/testi"]
NEW = """operatore_id,operatore,sede_id,sede,indirizzo,comune,provincia,misure
PROVA1,Operatore di prova uno,PROVA1-1,Sede uno,Via Prova 1,Lodi,LO,dote_ritorno_al_lavoro
PROVA1,Operatore di prova uno,PROVA1-2,Sede due,Via Prova 2,Paese Inventato,LO,dote_ritorno_al_lavoro
"""


@pytest.fixture
def own(own_site: Site) -> Browser:
    """The administrator of a site that the test may break."""
    services = own_site.services
    services.directory.import_csv(DEMO_OPERATORS, clock.now())
    demo.create(services.cases.session_factory, services.cases.keyring, clock.now())
    browser = Browser(own_site.url)
    browser.enter("amministratore@example.org")
    return browser


@pytest.mark.parametrize("section", SECTIONS)
def test_pages_open_and_speak_no_jargon(visit: Callable[..., Browser], section: str) -> None:
    page = visit("amministratore").get(f"/amministrazione{section}")
    assert page.status_code == 200
    assert "ha diritto" not in page.text
    assert "None" not in re.sub(r"<[^>]*>", "", page.text)


def test_a_supervisor_sees_journal_and_texts_only(visit: Callable[..., Browser]) -> None:
    browser = visit("supervisore")
    page = browser.get("/amministrazione").text
    assert re.findall(r'<h2><a href="/amministrazione/(\w+)"', page) == ["registro", "testi"]
    assert browser.get("/amministrazione/account").status_code == 403


def test_inviting_changing_suspending_erasing(own: Browser, own_site: Site) -> None:
    made = own.post(
        "/amministrazione/account/nuovo",
        nome="Bice Prova",
        email="bice@example.org",
        ruolo="medico",
        province=["MI", "XX"],
    )
    assert made.status_code == 303, made.text
    page = made.headers["location"].partition("?")[0]
    shown = own.get(page).text
    assert "Invitato fino al" in shown
    assert "<dd>MI</dd>" in shown
    again = own.post("/amministrazione/account/nuovo", nome="Altra", email="BICE@example.org", ruolo="medico")
    assert (again.status_code, "ha già un accesso" in again.text) == (422, True)
    operator = own.post(
        "/amministrazione/account/nuovo", nome="Altra", email="x@example.org", ruolo="operatore", operatore="NESSUNO"
    )
    assert operator.status_code == 422
    assert own.post(f"{page}/ruolo", ruolo="operatore").status_code == 422
    assert own.post(f"{page}/ruolo", ruolo="operatore", operatore="OPD01").status_code == 303
    assert "Operatore accreditato" in own.get(page).text
    assert own.post(f"{page}/invito").status_code == 303
    assert own.post(f"{page}/sospendi").status_code == 303
    assert "Riattiva" in own.get(page).text
    assert own.post(f"{page}/riattiva").status_code == 303
    asked = own.post(f"{page}/cancella")
    assert "Cancellare Bice Prova?" in asked.text
    assert own.post(f"{page}/cancella", conferma="si").headers["location"].endswith("fatto=cancellato")
    assert own.get(page).status_code == 404
    events = own.get(f"/amministrazione/registro?oggetto={page.rpartition('/')[2]}").text
    assert "account cancellato" in events
    assert "Bice" not in events
    with own_site.services.cases.session_factory() as session:
        kinds = set(session.scalars(text("SELECT kind FROM outbox")))
    assert kinds == {"accesso_invito"}


def test_nobody_cuts_the_branch_they_sit_on(own: Browser) -> None:
    page = re.search(
        r"/amministrazione/account/[0-9a-f]{32}",
        own.post("/amministrazione/account", cerca="amministratore@example.org").text,
    ).group(0)
    for action in ("sospendi", "cancella", "telefono"):
        assert own.post(f"{page}/{action}", conferma="si").status_code == 422
    last = own.post(f"{page}/ruolo", ruolo="medico")
    assert (last.status_code, "unica persona" in last.text) == (409, True)


def test_ending_somebodys_session(own: Browser, own_site: Site) -> None:
    doctor = Browser(own_site.url)
    doctor.enter("medico@example.org")
    page = own.get("/amministrazione/sessioni").text
    assert "2 sessioni aperte" in page
    fields = dict(re.findall(r'name="(di|sessione)" value="([0-9a-f]{32})"', page))
    assert own.post("/amministrazione/sessioni", **fields).status_code == 303
    assert doctor.get("/accesso/profilo").status_code == 303
    assert own.get("/accesso/profilo").status_code == 200


def test_the_operators_file_is_tried_first(own: Browser, own_site: Site) -> None:
    def trial(content: bytes, **fields: str):
        files = {"file": ("sedi.csv", content, "text/csv")}
        return own.post("/amministrazione/operatori/importa", files=files, **fields)

    tried = trial(NEW.encode())
    assert tried.status_code == 200
    assert "niente è stato scritto" in tried.text
    assert "Paese Inventato" in tried.text
    assert "PROVA1" not in own.get("/amministrazione/operatori?cerca=prova1").text.partition("<caption>")[2]
    kept = re.search(r'name="prova" value="([^"]+)"', tried.text).group(1)
    done = own.post("/amministrazione/operatori/importa/conferma", prova=kept)
    assert "Importazione finita" in done.text
    assert "Sede uno" in own.get("/amministrazione/operatori?cerca=prova1").text
    assert "operatori importati" in own.get("/amministrazione/registro?evento=operatori_importati").text

    for content, words in ((b"", "Scelga un file"), (b"\xff\xfe\x00", "UTF-8"), (b"a,b\n1,2\n", "Mancano le colonne")):
        assert words in trial(content).text
    whole = NEW.encode() + b"#" * (2_000_001 - len(NEW.encode()))  # one byte more than is read
    assert trial(whole).status_code == 413 and "troppo grande" in trial(whole).text
    assert own.post("/amministrazione/operatori/importa/conferma", prova="inventata").status_code == 410
    colleague = Browser(own_site.url)
    colleague.enter("supervisore@example.org")
    assert colleague.post("/amministrazione/operatori/importa/conferma", prova=kept).status_code == 403


@pytest.mark.long
def test_a_complete_file_of_five_thousand_sites(own: Browser) -> None:
    lines = [f"G{n // 2},Operatore {n // 2},G{n},Sede {n},Via Prova {n},Lodi,LO,tirocinio" for n in range(5000)]
    content = (NEW.splitlines()[0] + "\n" + "\n".join(lines) + "\n").encode()
    tried = own.post(
        "/amministrazione/operatori/importa", files={"file": ("grande.csv", content, "text/csv")}, completo="si"
    )
    assert tried.status_code == 200, tried.text[-500:]
    assert "<dd>5000</dd>" in tried.text
    kept = re.search(r'name="prova" value="([^"]+)"', tried.text).group(1)
    done = own.post("/amministrazione/operatori/importa/conferma", prova=kept)
    assert "<dd>5000</dd>" in done.text
    page = own.get("/amministrazione/operatori?pagina=3&cerca=operatore")
    assert re.search(r"Pagina 3 di 10\d", page.text)
    assert page.text.count("<tr>") <= 51


def test_the_journal_is_checked(own: Browser, own_site: Site) -> None:
    checked = own.post("/amministrazione/registro")
    assert "Il registro è integro" in checked.text
    with own_site.services.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER journal_no_update"))
        connection.execute(text("UPDATE journal SET event = 'altro' WHERE id = 2"))
    broken = own.post("/amministrazione/registro")
    assert "non è integro" in broken.text
    assert "altered" in broken.text


def test_the_journal_goes_page_by_page(own: Browser) -> None:
    for _ in range(60):
        own.enter("amministratore@example.org")
    first = own.get("/amministrazione/registro?evento=accesso_riuscito").text
    assert first.count("<tr>") == 51
    older = re.search(r'href="(\?prima=[^"]+)"', first).group(1).replace("&amp;", "&")
    assert 1 < own.get(f"/amministrazione/registro{older}").text.count("<tr>") < 51


def test_retention_tells_before_it_erases(own: Browser, own_site: Site) -> None:
    services = own_site.services
    case = services.cases.open("cittadino", clock.now())
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE case_record SET updated_at = '2020-01-01 00:00:00'"))
    page = own.get("/amministrazione/conservazione").text
    assert re.search(r"Casi</th><td>1</td>", page)
    assert "Sessioni professionali finite" in page
    own.post("/amministrazione/conservazione")
    assert services.cases.get(case.id), "without the tick nothing happens"
    assert own.post("/amministrazione/conservazione", conferma="si").status_code == 303
    assert re.search(r"Casi</th><td>0</td>", own.get("/amministrazione/conservazione").text)
    assert "pulizia eseguita" in own.get("/amministrazione/registro").text


def test_letters_that_did_not_arrive_are_tried_again(own: Browser, own_site: Site) -> None:
    cases, now = own_site.services.cases, clock.now()
    with cases.session_factory() as session:
        letter = {"to": "nessuno@example.org", "subject": "Prova", "text": "Testo segreto"}
        outbox.enqueue_in(
            session, cases.keyring, dedupe="prova", kind="prova", channel="email", payload=letter, now=now
        )
        session.query(OutboxRow).update({"state": outbox.DEAD, "error": "smtp_550", "attempts": 14})
        session.commit()
    page = own.get("/amministrazione/messaggi").text
    assert "smtp_550" in page
    assert "segreto" not in page
    assert "nessuno@example.org" not in page
    assert own.post("/amministrazione/messaggi", messaggio="tutti").status_code == 303
    assert "Nessuno:" in own.get("/amministrazione/messaggi").text


def test_texts_show_readability_and_places(own: Browser) -> None:
    page = own.get("/amministrazione/testi?argomento=e-mail+(accesso)").text
    assert "<mark>link</mark>" in page
    numbers = [int(found) for found in re.findall(r"<td>(\d+)<", page)]
    assert numbers
    assert all(number >= 60 for number in numbers)
    assert "password_cambiata.text" in own.get("/amministrazione/testi?cerca=password_cambiata").text
    assert "Nessun testo" in own.get("/amministrazione/testi?cerca=zzzz").text


@pytest.mark.parametrize(
    "query", ["pagina=0", "pagina=x", "pagina=99999", "cerca=" + "a" * 500, "ruolo=re", "prima=-1"]
)
def test_odd_addresses_get_a_clear_answer(visit: Callable[..., Browser], query: str) -> None:
    browser = visit("amministratore")
    for section in ("account", "sessioni", "operatori", "registro", "testi"):
        assert browser.get(f"/amministrazione/{section}?{query}").status_code in (200, 422)
    for odd in ("inventato", "0" * 32, "%00"):
        assert browser.get(f"/amministrazione/account/{odd}").status_code in (303, 404, 422)
