"""The region's figures: empty, with one, with very many; page, CSV, chart and report agree and show no small group."""

from __future__ import annotations

import csv
import io
import re
import time
from html import unescape
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

from cases.models import StatisticRow
from monitoring.periods import back, month_of
from monitoring.words import words
from referrals.contact import Contact
from settings import clock
from tests.web.conftest import DEMO_OPERATORS
from tests.web.monitoring.conftest import DOTE, Region
from texts.readability import gulpease, longest_sentence

NOW = month_of(clock.today())
TABLES = list(words()["tables"])
SVG = "{http://www.w3.org/2000/svg}"


def table(region: Region, name: str, query: str = "") -> dict[str, list[str]]:
    """A table as its CSV says: label -> cells."""
    answer = region.get(f"/tabelle/{name}.csv?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    return {row[0]: row[1:] for row in rows[1:]}


def on_page(html: str) -> dict[str, dict[str, list[str]]]:
    """The tables of the page: title -> label -> cells."""
    found = {}
    for caption, body in re.findall(r"<caption[^>]*>([^<,]+).*?</caption>.*?<tbody>(.*?)</tbody>", html, re.S):
        rows = re.findall(r'<th scope="row">(.*?)</th>((?:<td.*?</td>)*)', body)
        found[unescape(caption)] = {unescape(label): re.findall(r"<td[^>]*>(.*?)</td>", cells) for label, cells in rows}
    return found


def test_nothing_yet(region: Region) -> None:
    page = region.get()
    assert page.status_code == 200
    assert "<img" not in page.text.partition("<main")[2]
    assert table(region, "conversazioni")["In tutto"] == ["meno di 5"]
    assert table(region, "domande") == {}
    assert region.get("/grafici/conversazioni.svg").status_code == 404
    assert region.get("/rapporto.pdf").status_code == 200


def test_one_person_is_never_seen(region: Region) -> None:
    before = re.sub(r'value="[^"]{60,}"', "", region.get().text)
    services = region.site.services
    assert services.directory.import_csv(DEMO_OPERATORS, clock.now()).ok
    case = services.cases.open("cittadino", clock.now())
    contact = Contact("Ada Prova", "333 1234567", "ada@example.org")
    services.referrals.open(case.id, "OPD01-01", DOTE, contact, "Va bene.", "1", "uno", clock.now())
    assert re.sub(r'value="[^"]{60,}"', "", region.get().text) == before
    assert "Ada" not in before


def test_small_groups_and_what_would_tell_them_are_hidden(region: Region) -> None:
    verdict = ("valutazione", DOTE)
    region.count(NOW, {(*verdict, "SO", "ammissibile"): 3, (*verdict, "MI", "ammissibile"): 22})
    by_province = table(region, "verdetti-province", f"misura={DOTE}")
    assert by_province["Sondrio"] == ["meno di 5"] * 3
    assert by_province["Milano"] == ["20", "meno di 5", "meno di 5"]
    assert by_province["In tutto"][0] == "25"  # not what would leave 3
    region.count(NOW, {(*verdict, "SO", "ammissibile"): 2})
    assert table(region, "verdetti-province", f"misura={DOTE}")["Sondrio"][0] == "5"


def test_two_periods_do_not_tell_a_small_group_by_difference(region: Region) -> None:
    months = [back(NOW, 2), back(NOW, 1)]
    region.count(months[0], {("caso_aperto", "", "", "medico"): 8})
    region.count(months[1], {("caso_aperto", "", "", "medico"): 3})
    one, both = (table(region, "conversazioni", f"da={months[0]}&a={last}")["Medici"] for last in months)
    assert (one, both) == (["5"], ["10"])
    assert table(region, "conversazioni", f"periodo={months[1]}")["Medici"] == ["5"]


def test_who_took_charge_refused_and_concluded(region: Region) -> None:
    region.count(
        NOW,
        {
            ("presa_in_carico_tempo", "", "", "0_1"): 6,
            ("presa_in_carico_tempo", "", "", "oltre_10"): 11,
            ("rifiuto", "", "", "nessun_posto"): 5,
            ("rifiuto", "", "", "persona_non_raggiungibile"): 5,
            ("esito", "", "", "nuovo_lavoro"): 7,
            ("segnalazione", DOTE, "MI", "aperta"): 31,
            ("segnalazione", "dote_impresa", "MI", "aperta"): 6,
            ("segnalazione", DOTE, "MI", "scaduta"): 9,
        },
    )
    states = table(region, "segnalazioni")
    assert {label: cells[0] for label, cells in states.items() if cells != ["meno di 5"]} == {
        "Registrata": "35", "Presa in carico": "15", "Non accolta": "10", "Conclusa": "5", "Senza risposta": "5",
    }  # fmt: skip
    assert table(region, "tempi")["Più di 10 giorni"] == ["10"]
    assert table(region, "rifiuti")["Altro motivo"] == ["5"]
    assert table(region, "segnalazioni-misure")["Altre misure"] == ["5"]
    assert table(region, "segnalazioni-province", f"misura={DOTE}")["Milano"] == ["30"]


def test_where_people_stop(region: Region) -> None:
    region.count(
        NOW,
        {
            ("domanda", "", "", "consenso_salute"): 40,
            ("domanda_lasciata", "", "", "consenso_salute"): 30,
            ("domanda", "", "", "invalidita_percento"): 12,
            ("non_capito", "", "", "libero"): 9,
            ("non_capito_simile", "", "", "ask_amount"): 6,
        },
    )
    assert list(table(region, "domande").items()) == [
        ("Consenso ai dati di salute", ["40", "30", "10"]),
        ("Invalidità civile", ["10", "meno di 5", "10"]),
    ]
    assert table(region, "non-capiti") == {"Nessuna domanda aperta": ["5"]}
    assert table(region, "somiglianze") == {"sapere quanto vale": ["5"]}


@pytest.mark.long
def test_very_many_counts(region: Region) -> None:
    region.fill(24)
    with region.site.services.cases.session_factory() as session:
        assert session.query(StatisticRow).count() > 10_000
    started = time.perf_counter()
    page = region.get(f"?da={back(NOW, 23)}&a={NOW}")
    assert page.status_code == 200 and time.perf_counter() - started < 5
    shown = on_page(page.text)
    assert [words()["tables"][name]["title"] for name in TABLES] == list(shown)
    for name in TABLES:
        assert shown[words()["tables"][name]["title"]] == table(region, name, f"da={back(NOW, 23)}&a={NOW}")
    numbers = [int(cell) for rows in shown.values() for cells in rows.values() for cell in cells if cell.isdigit()]
    assert len(numbers) > 100 and all(number >= 5 and number % 5 == 0 for number in numbers)


@pytest.mark.long
def test_every_chart_has_a_title_a_description_and_a_table(region: Region) -> None:
    region.fill(2)
    page = region.get().text
    for name in TABLES:
        for shape in ("", "?stretto=true"):
            answer = region.get(f"/grafici/{name}.svg{shape}")
            assert answer.headers["content-type"] == "image/svg+xml"
            root = ElementTree.fromstring(answer.content)
            about = words()["tables"][name]["title"]
            assert root.get("role") == "img" and root.findtext(f"{SVG}title") == about
            label, cells = next((k, v) for k, v in table(region, name).items() if v[0] != "meno di 5")
            assert f"{label}: " in root.findtext(f"{SVG}desc") and cells[0] in root.findtext(f"{SVG}desc")
            assert "http" not in re.sub(
                r'xmlns(:\w+)?="[^"]*"|<metadata>.*?</metadata>|<!DOCTYPE[^>]*>', "", answer.text, flags=re.S
            )
        assert f'src="/monitoraggio/grafici/{name}.svg?' in page
    assert len(re.findall('<img class="chart"[^>]* alt="Grafico: [^"]+"', page)) == len(TABLES)


@pytest.mark.parametrize("query", ["da=2026-05&a=2026-04", "periodo=boh", "periodo=2099", "da=2026-01"])
def test_a_period_that_cannot_be_used_is_explained(region: Region, query: str) -> None:
    page = region.get(f"?{query}")
    assert page.status_code == 422 and 'role="alert"' in page.text and "ultimi dodici mesi" in page.text
    for path in ("/tabelle/verdetti.csv", "/grafici/verdetti.svg", "/rapporto.pdf"):
        assert region.get(f"{path}?{query}").status_code == 422


@pytest.mark.parametrize(
    "path", ["/tabelle/boh.csv", "/tabelle/verdetti", "/grafici/verdetti.csv", "/tabelle/..%2f.csv"]
)
def test_files_that_do_not_exist(region: Region, path: str) -> None:
    assert region.get(path).status_code == 404


def test_the_report_is_tagged_and_says_what_the_tables_say(region: Region) -> None:
    region.count(NOW, {("caso_aperto", "", "", "cittadino"): 3, ("valutazione", DOTE, "MI", "ammissibile"): 47})
    answer = region.get(f"/rapporto.pdf?periodo={NOW}&misura={DOTE}")
    assert answer.headers["content-type"] == "application/pdf"
    reader = PdfReader(io.BytesIO(answer.content))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.trailer["/Root"]["/Lang"].lower().startswith("it")
    assert reader.metadata.title == words()["report"]["title"]
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    for part in (
        *(about["title"] for about in words()["tables"].values()),
        "45",
        "meno di 5",
        "Dote Ritorno al Lavoro",
    ):
        assert part in text
    assert "47" not in text


def test_the_page_is_easy_to_read(region: Region) -> None:
    said = " ".join([*words()["method"], *(about["note"] for about in words()["tables"].values() if "note" in about)])
    assert gulpease(said) >= 60 and longest_sentence(said) <= 25
