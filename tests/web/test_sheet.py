"""The result on paper: with the conversation's token, or with the secret of an e-mail's link."""

from __future__ import annotations

import re

import pytest

from cases.db import writing
from referrals import links
from settings import clock
from tests.web.conftest import Chat, Site


@pytest.fixture
def secret(site: Site, chat: Chat) -> str:
    """The secret of a link to this conversation's sheet."""
    with writing(site.services.cases.session_factory) as session:
        return links.create_in(session, links.RESULT, clock.now(), case_id=chat.session)


def _open(client, link: str):
    token = re.search(r'name="gettone" value="([^"]+)"', client.get("/foglio").text)
    return client.post("/foglio", data={"gettone": token[1], "link": link})


def test_the_token_of_the_conversation_opens_the_sheet(chat: Chat) -> None:
    answer = chat.client.get(f"{chat.path}/summary.pdf", headers=chat.headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert "no-store" in answer.headers["cache-control"]
    assert answer.content.startswith(b"%PDF-")


def test_without_the_token_there_is_no_sheet(site: Site, chat: Chat) -> None:
    with site.client() as stranger:
        assert stranger.get(f"{chat.path}/summary.pdf").status_code == 401
        assert stranger.get("/api/v1/chat/sessions/nessuna/summary.pdf").status_code == 404


def test_the_link_of_the_mail_opens_it_on_another_device(site: Site, secret: str) -> None:
    with site.client() as phone:
        answer = _open(phone, f"https://rientro.example/foglio#{secret}")
        assert answer.status_code == 200
        assert answer.content.startswith(b"%PDF-")
        assert _open(phone, secret).status_code == 200  # again at home: it is not used up by one look


@pytest.mark.parametrize("wrong", ["", "x", "https://rientro.example/foglio#" + "A" * 43])
def test_a_wrong_link_opens_nothing(site: Site, wrong: str) -> None:
    with site.client() as client:
        answer = _open(client, wrong)
        assert answer.status_code == 403
        assert "non vale più" in answer.text


def test_a_link_made_for_something_else_opens_nothing(site: Site, chat: Chat) -> None:
    with writing(site.services.cases.session_factory) as session:
        other = links.create_in(session, links.OPERATOR_REFERRAL, clock.now(), case_id=chat.session)
    with site.client() as client:
        assert _open(client, other).status_code == 403


def test_after_the_erasure_the_link_opens_nothing(site: Site, chat: Chat, secret: str) -> None:
    assert chat.client.delete(chat.path, headers=chat.headers).status_code == 204
    with site.client() as client:
        assert _open(client, secret).status_code == 403


def test_a_form_of_another_site_opens_nothing(site: Site, secret: str) -> None:
    with site.client() as client:
        assert client.post("/foglio", data={"link": secret}).status_code in (400, 403)
