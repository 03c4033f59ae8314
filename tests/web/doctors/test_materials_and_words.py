"""The leaflet, its QR codes, the words of pages and papers, the guide."""

from __future__ import annotations

import io
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pypdf import PdfReader

import eligibility
from papers import leaflet
from papers.words import words as paper_words
from referrals.comuni import LOMBARDIA
from settings import clock
from tests.web.doctors.conftest import Doctor, plain
from tests.web.doctors.test_referral import read
from texts.readability import gulpease, longest_sentence
from web.portals.doctors.words import words

GUIDE = Path(__file__).parents[3] / "docs" / "guida-medici.md"
PROVINCES = eligibility.load().facts["provincia"].options


def test_every_province_of_lombardy_and_the_eight_ats_are_offered() -> None:
    offered = leaflet.territories(PROVINCES)
    assert {id_ for id_ in offered if len(id_) == 2} == set(LOMBARDIA)
    assert len([id_ for id_ in offered if id_.startswith("ats-")]) == 8
    assert {code for t in offered.values() for code in t.provinces} == set(LOMBARDIA)


@pytest.mark.parametrize("territory", ["MI", "ats-milano", "ats-montagna"])
@pytest.mark.parametrize("paper", ["a5", "a4"])
def test_the_leaflet_is_one_tagged_page_of_the_right_size(territory: str, paper: str) -> None:
    chosen = leaflet.territories(PROVINCES)[territory]
    settings = SimpleNamespace(
        public_url="https://rientro.example.org", help_phone="800 318 318", help_phone_note="gratuito"
    )
    content = leaflet.make_leaflet(chosen, paper, "ASST di Lodi #let x = 1", settings, clock.now())
    text = read(content)
    pdf = PdfReader(io.BytesIO(content))
    assert len(pdf.pages) == 1
    millimetres = [round(float(side) / 72 * 25.4) for side in pdf.pages[0].mediabox[2:]]
    assert millimetres == ([148, 210] if paper == "a5" else [210, 297])
    assert "ASST di Lodi #let x = 1" in text, "what is typed is never run"
    assert all(name in text for name in chosen.provinces.values())


def test_the_page_shows_the_territory_s_own_codes(doctor: Doctor) -> None:
    page = doctor.get("/medici/materiali").text
    assert '<option value="MI" selected' in page, "the doctor's own territory first"
    page = doctor.get("/medici/materiali?territorio=ats-val-padana&ente=ASST%20di%20Crema").text
    assert re.findall(r"/operatori\?provincia=(\w\w)\"", page) == ["CR", "MN"]
    assert page.count('role="img" aria-label="Codice QR') == 3
    leaflet = doctor.get("/medici/materiali/volantino.pdf?territorio=ats-val-padana&formato=a4&ente=ASST%20di%20Crema")
    assert "ASST di Crema" in read(leaflet.content)


@pytest.mark.parametrize(
    "query", ["territorio=XX", "formato=a0", "ente=%3Cb%3E%00%0A", "territorio=../../x&formato=%00"]
)
def test_strange_wishes_get_an_ordinary_leaflet(doctor: Doctor, query: str) -> None:
    answer = doctor.get(f"/medici/materiali/volantino.pdf?{query}")
    assert answer.status_code == 200 and read(answer.content)
    page = doctor.get(f"/medici/materiali?{query}")
    assert page.status_code == 200 and "<b>" not in page.text


def test_what_the_qr_codes_open_is_there(doctor: Doctor) -> None:
    for address in re.findall(
        r'<p class="source-line"><a href="https?://[^/]+(/[^"]*)"', doctor.get("/medici/materiali").text
    ):
        page = doctor.browser.http.get(address)
        assert page.status_code == 200
        if "provincia" in address:
            assert "sed" in plain(page.text) and 'value="MI" selected' in page.text


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return [value] if isinstance(value, str) and value.count(" ") >= 4 else []


_ALL = words() | paper_words()
PROSE = _texts({name: part for name, part in _ALL.items() if name not in ("navigation", "territories")})


@pytest.mark.parametrize("text", PROSE)
def test_words_are_plain(text: str) -> None:
    assert gulpease(text) >= 60
    assert longest_sentence(text) < 25
    assert not re.search(r"(?i)ha diritto|diagnos|garantit", text)


def test_the_letters_speak_of_no_illness() -> None:
    letter = " ".join(_texts(paper_words()["letter"])).lower()
    assert not re.search("malatt|oncolog|tumor|invalid|disabil|terapi|diagnos", letter)


def test_the_guide_is_plain_and_complete() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    prose = re.sub(r"[|*`#>-]", " ", re.sub(r"```.*?```", "", guide, flags=re.S))
    paragraphs = [p for p in prose.split("\n\n") if p.count(" ") > 10]
    assert min(gulpease(p) for p in paragraphs) >= 50 and gulpease(prose) >= 60
    for section in ("verifica", "consenso", "link", "lettera", "volantino", "tastiera"):
        assert section in guide.lower()
