"""The rules' pages: what is in force and who changed it, and what a draft would change."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

import eligibility
from eligibility import draft, history
from eligibility.ruleset import HOME
from tests.web.monitoring.conftest import Region

DOTE = HOME / "measures" / "dote_ritorno_al_lavoro" / "2019.yaml"
EDITIONS = [edition.id for edition in eligibility.load().editions]


def text_of(html: str) -> str:
    """The words of the page's main part."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html.partition("<main")[2].partition("</main>")[0])).split())


def send(region: Region, content: bytes | None, day: str = "2020-06-01") -> Any:
    files = {"file": ("bozza.yaml", content)} if content is not None else None
    return region.browser.post("/monitoraggio/bozza", page="/monitoraggio/bozza", files=files, data=day)


def test_the_list_names_every_edition_with_its_newest_change(region: Region) -> None:
    page = region.get("/regole")
    last = {change.file: change for change in history.read()}
    for edition in eligibility.load().editions:
        change = last[f"measures/{edition.id}.yaml"]
        row = re.search(rf'<a href="/monitoraggio/regole/{edition.id}">.*?</tr>', page.text, re.S)
        assert row and f"{change.day:%d/%m/%Y}, {change.author}" in unescape(row[0])
    assert eligibility.load().version in page.text
    assert "Ogni regola in uso è proprio quella registrata" in page.text
    assert "rientro rules record" in page.text


def test_a_rule_changed_without_a_word_is_shown(region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    real = history.fingerprints()
    monkeypatch.setattr(history, "fingerprints", lambda home=HOME: real | {"facts.yaml": "changed"})
    assert "Queste regole sono cambiate senza che nessuno lo abbia registrato: Fatti e domande" in text_of(
        region.get("/regole").text
    )


def test_a_history_that_cannot_be_read_is_told(region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "FILE", "facts.yaml")
    page = region.get("/regole")
    assert page.status_code == 200 and "La storia delle modifiche non si legge" in page.text


@pytest.mark.parametrize("edition", EDITIONS)
def test_each_edition_has_its_page_made_from_the_rule(region: Region, edition: str) -> None:
    page = region.get(f"/regole/{edition}")
    assert page.status_code == 200
    words = text_of(page.text)
    found = next(e for e in eligibility.load().editions if e.id == edition)
    for criterion in found.criteria:
        assert " ".join(criterion.text["sconosciuto"]["cittadino"].split()) in words
    changes = [change for change in history.read() if change.file == f"measures/{edition}.yaml"]
    assert changes
    for change in changes:
        assert f"{change.day:%d/%m/%Y}" in words and change.author in words and change.note in words
    assert "style=" not in page.text and "<style" not in page.text and page.text.count("<h1") == 1


def test_differences_between_editions_are_shown(region: Region) -> None:
    words = text_of(region.get("/regole/dote_lavoro_ammortizzatori/2010_integrazione").text)
    assert "Che cosa cambia dall'edizione 2009 deroga" in words and "Criterio «Beneficio»" in words


@pytest.mark.parametrize("path", ["/regole/boh/2019", "/regole/dote_ritorno_al_lavoro/1999"])
def test_editions_that_do_not_exist(region: Region, path: str) -> None:
    assert region.get(path).status_code == 404


@pytest.mark.long
def test_a_draft_tells_what_would_change_and_changes_nothing(region: Region) -> None:
    version = eligibility.load().version
    lower = DOTE.read_text(encoding="utf-8").replace("at_least: 70", "at_least: 60")
    page = send(region, lower.encode())
    assert page.status_code == 200
    words = text_of(page.text)
    trial = draft.attempt(draft.read(lower), draft.dt.date(2020, 6, 1))
    assert f"Cambia il verdetto di {trial.moved} persone inventate su {trial.people}." in words
    assert "Da «Manca un requisito» a «I requisiti ci sono»" in words
    assert "almeno 70 %" in words and "almeno 60 %" in words
    assert eligibility.load().version == version and history.unrecorded() == []


def test_the_edition_in_force_as_a_draft_changes_nothing(region: Region) -> None:
    assert "Non cambia il verdetto di nessuna persona inventata" in text_of(send(region, DOTE.read_bytes()).text)


def test_a_measure_that_is_new_has_nothing_before(region: Region) -> None:
    new = DOTE.read_text(encoding="utf-8").replace("measure: dote_ritorno_al_lavoro", "measure: misura_nuova")
    assert "è una misura nuova" in text_of(send(region, new.encode()).text)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "Scelga il file"),
        (b"  \n", "Scelga il file"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"a: [", "non si legge"),
        (b"schema: 1\n", "«kind» deve essere uno di"),
        (b"<script>alert(1)</script>: 1\n", "chiavi non previste"),
        (b"x" * (draft.MAX_BYTES + 1), "troppo grande"),
    ],
)
def test_a_draft_that_cannot_be_used_is_explained(region: Region, content: bytes | None, told: str) -> None:
    page = send(region, content)
    assert page.status_code == 422 and 'role="alert"' in page.text
    assert told in text_of(page.text)
    assert "<script>alert" not in page.text


def test_a_file_far_too_large_is_refused_before_it_is_read(region: Region) -> None:
    assert send(region, b"x" * (draft.MAX_BYTES * 3)).status_code == 413


def test_a_day_that_does_not_exist(region: Region) -> None:
    page = send(region, DOTE.read_bytes(), "2026-02-30")
    assert page.status_code == 422 and "La data non si legge" in page.text
