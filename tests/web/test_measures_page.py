"""The pages of the measures: by situation, open first, found by everyday words, without a script."""

from __future__ import annotations

from html import unescape

import httpx
import pytest

import eligibility
from settings import clock


def page(client: httpx.Client, **query: str) -> str:
    answer = client.get("/misure", params=query, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    return unescape(answer.text)


def test_every_situation_has_its_measures_and_what_is_over_is_in_the_archive(client: httpx.Client) -> None:
    html = page(client)
    archive = html.index("Archivio: misure che non ci sono più")
    for situation in eligibility.load().situations.values():
        assert 0 < html.index(f">{situation.title['cittadino']}</h2>") < archive
    for measure in eligibility.load().measures:
        described = eligibility.describe(measure, clock.today())
        place = html.index(f'href="/misure/{measure}"')
        assert (place > archive) == (described["status"] == "chiusa"), measure


@pytest.mark.parametrize(
    ("words", "measure"),
    [
        ("due anni a casa", "congedo_l106_2025"),
        ("ho perso il lavoro", "naspi"),
        ("quanti giorni di malattia", "comporto"),
    ],
)
def test_everyday_words_find_a_measure(client: httpx.Client, words: str, measure: str) -> None:
    html = page(client, cerca=words)
    assert f'href="/misure/{measure}"' in html and "Trovate:" in html


def test_words_that_find_nothing_say_so_and_are_shown_escaped(client: httpx.Client) -> None:
    raw = client.get("/misure", params={"cerca": "<b>zzzz"}, headers={"Accept": "text/html"}).text
    assert "Nessuna misura" in raw and "<b>zzzz" not in raw


def test_a_right_has_its_own_page_with_deadline_and_who_decides(client: httpx.Client) -> None:
    html = unescape(client.get("/misure/naspi", headers={"Accept": "text/html"}).text)
    for words in ("Entro quando", "entro 68 giorni dall'ultimo giorno di lavoro", "Chi decide", "Importi del 2026"):
        assert words in html
