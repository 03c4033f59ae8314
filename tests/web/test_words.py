"""The words of pages and errors: plain, complete, and the same everywhere."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import httpx
import pytest

from referrals.states import State
from texts import readability
from web.problems import Problem, catalogue
from web.words import words

MIN_GULPEASE = 60
PAGES = ["/requisiti", "/privacy", "/accessibilita", "/segnalazione", "/operatori", "/pagina-che-non-esiste"]


class Paragraphs(HTMLParser):
    """The running text of a page's main part."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._depth = 0
        self._main = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._main = self._main or tag == "main"
        if self._main and tag in ("p", "li"):
            self._depth += 1
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "main":
            self._main = False
        if self._main and tag in ("p", "li"):
            self._depth -= 1

    def handle_data(self, data: str) -> None:
        if self._main and self._depth and self.found:
            self.found[-1] += data


@pytest.mark.parametrize("address", PAGES)
def test_pages_are_easy_to_read(client: httpx.Client, address: str) -> None:
    parser = Paragraphs()
    parser.feed(unescape(client.get(address, headers={"Accept": "text/html"}).text))
    text = " ".join(" ".join(part.split()) for part in parser.found if len(part.split()) > 4)
    assert readability.gulpease(text) >= MIN_GULPEASE


@pytest.mark.parametrize("kind", sorted(catalogue()))
def test_errors_are_easy_to_read_and_do_not_blame(kind: str) -> None:
    document = Problem(kind).document("/x")
    assert readability.gulpease(document["detail"]) >= MIN_GULPEASE
    assert not re.search(r"(?i)\b(errore suo|ha sbagliato|illegale|vietato)\b", document["detail"])
    assert 400 <= document["status"] < 600
    assert "{" not in document["detail"]


def test_every_state_has_words() -> None:
    assert set(words()["referral_state"]) == set(words()["referral_title"]) == {str(state) for state in State}
    assert set(words()["verdict"]) == {"ammissibile", "non_ammissibile", "da_verificare"}
    assert set(words()["status"]) == {"aperta", "chiusa", "non_ancora_aperta", "da_verificare"}
    assert set(words()["outcome"]) == {"soddisfatto", "non_soddisfatto", "sconosciuto"}


def test_icons_exist(client: httpx.Client) -> None:
    sprite = client.get("/static/vendor/bootstrap-italia/sprites.svg").text
    used = [entry["icon"] for group in ("verdict", "status", "outcome") for entry in words()[group].values()]
    for page in ("/", "/misure"):
        used += re.findall(r'sprites\.svg[^#]*#([\w-]+)"', client.get(page).text)
    assert used
    for name in used:
        assert f'id="{name}"' in sprite, name
