"""Network projects: gathered, checked and kept to their operator."""

from __future__ import annotations

import re

import pytest

from settings import clock
from tests.web.operators.conftest import THEIRS, Desk, hidden

MEASURE = "azioni_di_rete"
ELIGIBLE = {
    "occupazione": "disoccupato",
    "azienda_in_crisi": True,
    "ex_subordinato": True,
    "residenza_lombardia": True,
    "unita_produttiva_lombardia": True,
    "sede_lavoro_lombardia": True,
    "altra_politica_attiva": False,
    "invalidita_percento": 67,
}
NETWORK = {
    "titolo": "Rete di prova",
    "nome0": "Operatore dimostrativo Aurora",
    "tipo0": "operatore_accreditato_lavoro",
    "capofila": "0",
    "nome1": "Comune di Esempio",
    "tipo1": "ente_locale",
    "nome2": "Azienda Esempio",
    "tipo2": "azienda",
    "mesi": "12",
    "servizio:coaching": "si",
    "servizio:inserimento_lavoro": "si",
}


@pytest.fixture
def project(ours: Desk) -> str:
    """Address of a new project."""
    made = ours.post("/operatore/progetti", titolo="Rete di prova")
    assert made.status_code == 303
    return made.headers["location"].partition("?")[0]


def _save(desk: Desk, address: str, **changes: str):
    version = hidden(desk.browser.get(address).text)["versione"]
    return desk.post(address, versione=version, **(NETWORK | changes))


def _taken(desk: Desk, **more) -> str:
    return desk.referral("presa_in_carico", measure=MEASURE, facts=more.pop("facts", ELIGIBLE), **more).code


def test_a_new_project_says_what_is_missing(ours: Desk, project: str) -> None:
    page = ours.browser.get(project).text
    assert "La rete deve avere almeno tre soggetti" in page
    assert "Va detto quante persone ha il progetto" in page
    assert "Così il progetto non si può finanziare" in page
    assert project in ours.browser.get("/operatore/progetti").text


def test_planned_people_give_the_highest_contribution(ours: Desk, project: str) -> None:
    assert _save(ours, project, previste="25", richiesto="110.000,00").status_code == 303
    page = ours.browser.get(project).text
    assert "Così il progetto si può finanziare" in page
    assert "Contributo massimo: 110.000 euro" in page
    assert _save(ours, project, previste="25", richiesto="110.001").status_code == 303
    assert "Il contributo chiesto è troppo alto" in ours.browser.get(project).text


def test_gathered_people_are_counted_and_screened(ours: Desk, project: str) -> None:
    _save(ours, project)
    gathered = [_taken(ours) for _ in range(10)]
    for code in gathered:
        assert ours.post(f"{project}/persone", codice=code.lower()).status_code == 303
    page = ours.browser.get(project).text
    assert "Le persone: 10" in page and "Così il progetto si può finanziare" in page
    assert "Contributo massimo: 70.000 euro" in page
    stranger = _taken(ours, facts=ELIGIBLE | {"occupazione": "autonomo"})
    ours.post(f"{project}/persone", codice=stranger)
    page = ours.browser.get(project).text
    assert "Qualche persona dell&#39;elenco non può entrare" in page
    assert ours.post(f"{project}/persone/{stranger}", azione="togli").status_code == 303
    assert "Così il progetto si può finanziare" in ours.browser.get(project).text
    shown = re.findall(r"\w+", re.sub(r"<[^>]*>", " ", page))
    assert "67" not in shown and "Ada" not in shown  # nobody's facts or names


def test_each_person_may_have_services_of_their_own(ours: Desk, project: str) -> None:
    _save(ours, project, **{"servizio:coaching": "si"})
    version = hidden(ours.browser.get(project).text)["versione"]
    bare = {k: v for k, v in NETWORK.items() if not k.startswith("servizio:")}
    assert ours.post(project, versione=version, **bare).status_code == 303
    code = _taken(ours)
    ours.post(f"{project}/persone", codice=code)
    assert "Va detto quali servizi di orientamento" in ours.browser.get(project).text
    ours.post(f"{project}/persone/{code}", azione="salva", **{"servizio:coaching": "si"})
    page = ours.browser.get(project).text
    assert "Ogni persona ha almeno un servizio di orientamento" in page
    assert "Ogni persona deve avere almeno un aiuto intensivo" in page
    assert "checked" in ours.browser.get(f"{project}/persone/{code}").text
    ours.post(
        f"{project}/persone/{code}", azione="salva", **{"servizio:coaching": "si", "servizio:avvio_impresa": "si"}
    )
    assert "Ogni persona ha almeno un aiuto intensivo" in ours.browser.get(project).text


def test_who_may_not_join(ours: Desk, project: str) -> None:
    waiting = ours.referral("inviata", measure=MEASURE).code
    other_measure = ours.referral("presa_in_carico").code
    other_operator = ours.referral("presa_in_carico", site_id="OPD02-01", measure=MEASURE).code
    for code in (waiting, other_measure, other_operator, "RT-0000-0000-0000-0", ""):
        answer = ours.post(f"{project}/persone", codice=code)
        assert answer.status_code == 422 and "non può entrare nel progetto" in answer.text
    code = _taken(ours)
    assert ours.post(f"{project}/persone", codice=code).status_code == 303
    second = ours.post("/operatore/progetti", titolo="Altro").headers["location"].partition("?")[0]
    assert ours.post(f"{second}/persone", codice=code).status_code == 422
    assert code not in dict(ours_candidates(ours))


def ours_candidates(desk: Desk) -> list:
    from referrals.projects import Projects

    return Projects(desk.services.referrals).candidates("OPD01")


def test_erasing_the_person_s_data_takes_them_out(ours: Desk, project: str) -> None:
    code = _taken(ours)
    ours.post(f"{project}/persone", codice=code)
    case_id = ours.services.referrals.get(code).case_id
    ours.post(f"{project}/persone/{code}", azione="salva", **{"servizio:coaching": "si"})
    assert ours.services.cases.export(case_id)["referrals"][0]["project"]["services"] == ["coaching"]
    ours.services.cases.erase(case_id, clock.now())
    page = ours.browser.get(project).text
    assert code not in page and "Le persone: 0" in page


def test_the_live_check_saves_nothing(ours: Desk, project: str) -> None:
    fields = hidden(ours.browser.get(project).text) | NETWORK | {"previste": "25"}
    part = ours.browser.post(project, data=fields, headers={"X-Frammento": "si"})
    assert "Così il progetto si può finanziare" in part.text and "<html" not in part.text
    assert "non si può finanziare" in ours.browser.get(project).text
    wrong = ours.browser.post(project, data=fields | {"mesi": "tanti"}, headers={"X-Frammento": "si"})
    assert "«tanti» non è un numero" in wrong.text


def test_two_desks_saving_at_once(ours: Desk, project: str) -> None:
    old = hidden(ours.browser.get(project).text)["versione"]
    assert ours.post(project, versione=old, **NETWORK).status_code == 303
    late = ours.post(project, versione=old, **(NETWORK | {"titolo": "Altro nome"}))
    assert late.status_code == 409 and "Qualcun altro ha salvato" in late.text
    assert "Altro nome" not in ours.browser.get(project).text


def test_mistakes_are_explained(ours: Desk, project: str) -> None:
    for name, value in (("mesi", "abc"), ("previste", "3,5"), ("richiesto", "-4")):
        answer = _save(ours, project, **{name: value})
        assert answer.status_code == 422 and re.search(r'role="alert">[^<]+numero', answer.text), name


def test_another_operator_s_project_is_not_there(ours: Desk, desk: Desk, project: str) -> None:
    code = _taken(ours)
    ours.post(f"{project}/persone", codice=code)
    desk.enter(THEIRS)
    assert desk.browser.get(project).status_code == 404
    assert desk.post(f"{project}/persone", codice=code).status_code == 404
    assert desk.post(f"{project}/elimina", conferma="si").status_code == 404
    assert project not in desk.browser.get("/operatore/progetti").text


def test_deleting_asks_first_and_leaves_the_referrals(ours: Desk, project: str) -> None:
    code = _taken(ours)
    ours.post(f"{project}/persone", codice=code)
    assert "Eliminare il progetto?" in ours.post(f"{project}/elimina").text
    assert ours.post(f"{project}/elimina", conferma="si").status_code == 303
    assert ours.browser.get(project).status_code == 404
    assert ours.state(code) == "presa_in_carico" and code in dict(ours_candidates(ours))
