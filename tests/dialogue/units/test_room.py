"""Before anything is prepared, the chosen operator is asked whether there is room, without saying for whom."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from cases.db import writing
from referrals.directory_models import OperatorRow, SiteRow
from tests.dialogue.people import WORKER

HERE = {**WORKER, "comune": "Monza", "provincia": "MB"}


class Operator:
    """An operator's own system, which says how many places it has."""

    def __init__(self) -> None:
        self.places: int | None = 0
        self.asked: list[dict[str, list[str]]] = []
        self.headers: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(parse_qs(urlsplit(self.path).query))
                outer.headers.append(str(self.headers))
                self.send_response(200 if outer.places is not None else 500)
                self.end_headers()
                self.wfile.write(json.dumps({"posti": outer.places}).encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/posti"


@pytest.fixture
def operator(services, result) -> Iterator[tuple]:
    """The nearest site's operator publishes its places; the conversation is at the choice of the operator."""
    conversation, _ = result(HERE)
    heard = conversation.press("/open_referral")
    sites = heard.cards[-1]["sites"]
    system = Operator()
    with writing(services.cases.session_factory) as session:
        site = session.get_one(SiteRow, sites[0]["site_id"])
        before, operator_id, places = site.operator.capacity_url, site.operator_id, site.capacity
        site.operator.capacity_url = system.url
    yield system, conversation, sites
    with writing(services.cases.session_factory) as session:
        session.get_one(OperatorRow, operator_id).capacity_url = before
        session.get_one(SiteRow, sites[0]["site_id"]).capacity = places
    system.server.shutdown()
    system.server.server_close()


def test_a_full_operator_is_said_to_be_full_and_others_are_offered(operator) -> None:
    _, conversation, sites = operator
    heard = conversation.press(sites[0]["payload"])
    assert "non ha posto" in heard.text
    assert sites[0]["name"] in heard.text
    assert heard.pending == "operatore"
    offered = [site["site_id"] for site in heard.cards[-1]["sites"]]
    assert offered
    assert sites[0]["site_id"] not in offered


def test_nothing_about_the_person_is_told_to_the_operator(operator) -> None:
    system, conversation, sites = operator
    conversation.press(sites[0]["payload"])
    [asked] = system.asked
    assert asked == {"sede": [sites[0]["site_id"]], "misura": ["dote_ritorno_al_lavoro"]}
    assert conversation.case_id not in system.headers[0]


def test_who_chooses_a_full_operator_again_gets_it_and_it_is_asked_once(operator) -> None:
    system, conversation, sites = operator
    conversation.press(sites[0]["payload"])
    heard = conversation.press(sites[0]["payload"])
    assert heard.pending == "nome"
    assert len(system.asked) == 1


def test_an_operator_with_room_is_taken_and_not_asked_at_every_step(operator) -> None:
    system, conversation, sites = operator
    system.places = 3
    assert conversation.press(sites[0]["payload"]).pending == "nome"
    conversation.say("Maria Rossi", facts={"nome": "Maria Rossi"})
    conversation.say("3331234567", facts={"telefono": "3331234567"})
    assert len(system.asked) == 1


def test_an_operator_that_does_not_answer_is_no_obstacle(operator, services) -> None:
    system, conversation, sites = operator
    with writing(services.cases.session_factory) as session:
        session.get_one(SiteRow, sites[0]["site_id"]).capacity = None
    system.places = None
    assert conversation.press(sites[0]["payload"]).pending == "nome"
