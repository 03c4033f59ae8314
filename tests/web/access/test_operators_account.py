"""An operator with an account: the way in for those without one, and a journal that names who acted."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from accounts.models import AccountRow
from cases.models import JournalRow
from referrals.contact import Contact
from settings import clock
from tests.web.access.conftest import Browser
from tests.web.conftest import Site


def test_the_log_in_page_shows_the_way_to_who_has_only_a_link(visit: Callable[..., Browser]) -> None:
    page = visit().get("/accesso").text
    assert 'href="/operatori/entra"' in page
    assert visit().get("/operatori/entra").status_code == 200


def test_the_journal_names_the_account_that_acted(site: Site, visit: Callable[..., Browser]) -> None:
    browser, services, now = visit("operatore"), site.services, clock.now()
    with services.cases.session_factory() as session:
        account = session.scalars(select(AccountRow).where(AccountRow.operator_id.is_not(None))).one()
    case = services.cases.open("cittadino", now)
    measure = "dote_ritorno_al_lavoro"
    opened = services.referrals.open(
        case.id, f"{account.operator_id}-01", measure, Contact("Ada Prova", "3331234567"), "Sì.", "1", case.id, now
    )
    services.referrals.transition(opened.code, "inviata", "sistema", now)
    assert browser.get(f"/operatore/segnalazioni/{opened.code}").status_code == 200
    taken = browser.post(f"/operatore/segnalazioni/{opened.code}/prendi")
    assert taken.status_code == 303, taken.text
    assert browser.get("/operatore/segnalazioni.csv").status_code == 200
    with services.cases.session_factory() as session:
        rows = session.scalars(select(JournalRow).where(JournalRow.subject == services.referrals.get(opened.code).id))
        actors = {row.event if row.state is None else row.state: row.actor for row in rows}
    by_account = f"operatore:{account.operator_id}:{account.id}"
    assert {actors[act] for act in ("scheda_letta", "presa_in_carico", "esportata")} == {by_account}
    administration = visit("amministratore").get("/amministrazione/registro?evento=scheda_letta").text
    assert by_account not in administration and "di prova" in administration  # the name, for who may read it
