"""The check of requirements as a browser without JavaScript does it."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

import eligibility
from eligibility.derive import implied
from settings import clock
from tests.web.conftest import Site

PERSON = {
    "situazione": "rientro_dopo_malattia",
    "occupazione": "dipendente_tempo_indeterminato", "residenza_lombardia": "true", "sede_lavoro_lombardia": "true",
    "provincia": "MI", "invalidita_percento": "75", "causa_assenza": "oncologica", "rientrato_al_lavoro": "true",
    "assenza_continuativa": "true", "mesi_assenza": "7", "legge_68_iscritto": "false", "categoria_art18": "false",
    "cieco_sordo_invalido_guerra": "false", "invalidita_inail_percento": "0", "eta": "50",
    "giorni_assenza_12_mesi": "130", "giorni_assenza_6_mesi": "80",
}  # fmt: skip


class Walk:
    """One visit: answers question after question."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.asked: list[str] = []
        self.page = client.get("/requisiti")

    def post(self, **fields: str) -> httpx.Response:
        hidden = re.search(r'<form method="post" action="/requisiti".*?</form>', self.page.text, re.DOTALL)
        assert hidden
        known = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', hidden[0]))
        self.page = self.client.post("/requisiti", data=known | fields)
        assert str(self.page.url).endswith("/requisiti"), "answers must never be in an address"
        return self.page

    @property
    def question(self) -> str | None:
        found = re.search(r'name="dato" value="(\w+)"', self.page.text)
        return found[1] if found else None

    def to_the_end(self, answers: dict[str, str]) -> str:
        for _ in range(40):
            fact = self.question
            if fact is None:
                return unescape(self.page.text)
            self.asked.append(fact)
            self.post(azione="rispondi", valore=answers.get(fact, "non_so"))
            assert self.page.status_code == 200
        raise AssertionError("the questions never end")


@pytest.fixture
def walk(site: Site):
    with site.client(headers={"Accept": "text/html"}) as client:
        visit = Walk(client)
        visit.post(azione="inizia")
        yield visit


def test_the_verdict_is_the_engine_s(walk: Walk) -> None:
    html = walk.to_the_end(PERSON)
    facts = eligibility.load().validate({fact: PERSON[fact] for fact in walk.asked if fact in PERSON})
    told = {**implied(facts), **facts}
    assert eligibility.situation(told) == "rientro_dopo_malattia"
    expected = eligibility.assess(told, clock.today(), measures=eligibility.measures_for("rientro_dopo_malattia"))
    for assessment in expected.assessments:
        assert assessment.title in html
        for criterion in assessment.to_dict()["criteria"]:
            assert criterion["text"] in html
    assert "Chiusa il 31/12/2020" in html
    assert len(walk.asked) == len(set(walk.asked))


def test_not_knowing_anything_is_never_a_no(walk: Walk) -> None:
    html = walk.to_the_end({})
    assert "Manca un requisito" not in html
    assert "Da verificare" in html


def test_going_back_asks_the_last_question_again(walk: Walk) -> None:
    first = walk.question
    walk.post(azione="rispondi", valore=PERSON[first])
    second = walk.question
    state = re.search(r'name="stato" value="([^"]+)"', walk.page.text)[1]
    walk.post(azione="indietro", stato=state)
    assert walk.question == first
    walk.post(azione="rispondi", valore=PERSON[first])
    assert walk.question == second


def test_an_answer_can_be_changed_and_changes_the_verdict(walk: Walk) -> None:
    walk.to_the_end(PERSON)
    walk.post(azione="cambia:invalidita_percento")
    assert walk.question == "invalidita_percento"
    html = walk.to_the_end(PERSON | {"invalidita_percento": "67"})
    dote = re.search(r'<article[^>]*>\s*<h3 class="verdict-title">Dote Ritorno al Lavoro.*?</article>', html, re.DOTALL)
    assert dote and "Manca un requisito" in dote[0]


@pytest.mark.parametrize("value", ["", "molti", "900", "<b>", "9" * 500])
def test_wrong_answers_are_explained_and_asked_again(walk: Walk, value: str) -> None:
    while walk.question not in (None, "invalidita_percento"):
        walk.post(azione="rispondi", valore=PERSON.get(walk.question, "non_so"))
    assert walk.question == "invalidita_percento"
    walk.post(azione="rispondi", valore=value)
    assert walk.page.status_code == 422
    assert walk.question == "invalidita_percento"
    assert "error-words" in walk.page.text and "<b>" not in walk.page.text


def test_the_result_can_be_seen_at_any_time(walk: Walk) -> None:
    walk.post(azione="rispondi", valore=PERSON[walk.question])
    assert "Il risultato" in walk.post(azione="risultato").text


def test_one_measure_alone(site: Site) -> None:
    with site.client() as client:
        page = client.get("/misure/collocamento_mirato").text
        token = re.search(r'name="gettone" value="([^"]+)"', page)[1]
        visit = Walk(client)
        visit.page = client.post(
            "/requisiti", data={"gettone": token, "azione": "inizia", "misura": "collocamento_mirato"}
        )
        html = visit.to_the_end({})
    assert html.count("verdict-title") == 1


def test_the_answers_cannot_be_read_or_altered_on_the_way(walk: Walk) -> None:
    walk.post(azione="rispondi", valore=PERSON[walk.question])
    state = re.search(r'name="stato" value="([^"]+)"', walk.page.text)[1]
    assert "dipendente" not in state
    assert walk.post(azione="risultato", stato=state[:-4] + "AAAA").status_code == 403


def test_the_result_begins_with_what_can_be_done_today(site: Site) -> None:
    answers = {
        "situazione": "perso_lavoro", "data_cessazione": clock.today().strftime("%d/%m/%Y"), "ex_subordinato": "true",
        "motivo_cessazione": "licenziamento", "settimane_contributi_4_anni": "90", "ammortizzatore": "nessuno",
        "dimissioni_ultimi_12_mesi": "false", "provincia": "BS", "eta": "45", "invalidita_percento": "0",
    }  # fmt: skip
    with site.client() as client:
        visit = Walk(client)
        visit.post(azione="inizia")
        html = visit.to_the_end(answers)
    assert visit.asked[0] == "situazione" and len(visit.asked) <= 13
    today, rules = html.index("Che cosa può fare oggi"), html.index("Perché: le regole")
    assert today < html.index("Faccia la domanda di NASpI") < rules and "entro 68 giorni: fino al" in html
    assert "Bergamo" not in html[today:rules]
