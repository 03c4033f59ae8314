"""Referrals over HTTP and their status page."""

from __future__ import annotations

import re
import threading

import httpx
import pytest

from tests.web.conftest import Chat, Site

MEASURE = "collocamento_mirato"


def body_for(chat: Chat, **contact: str) -> dict:
    sites = chat.client.get("/api/v1/operators", params={"comune": "Lodi", "measure": MEASURE}).json()
    site = sites[0]["site_id"]
    consent = chat.client.get("/api/v1/referrals/consent", params={"site_id": site}).json()
    assert sites[0]["operator"] in consent["text"]
    return {
        "site_id": site,
        "measure": MEASURE,
        "contact": {"nome": "Zenobia Quattrocchi", "telefono": "333 1234567"} | contact,
        "consent": {"accepted": True, "version": consent["version"]},
    }


def open_referral(chat: Chat, body: dict, key: str | None = "segnalazione-1") -> httpx.Response:
    headers = chat.headers | ({"Idempotency-Key": key} if key else {})
    return chat.client.post("/api/v1/referrals", json=body, headers=headers)


def test_a_referral_is_opened_once_for_a_key(chat: Chat) -> None:
    body = body_for(chat)
    first, again = open_referral(chat, body), open_referral(chat, body)
    assert first.status_code == 201 and first.json() == again.json()
    opened = first.json()
    assert opened["state"] == "aperta" and re.fullmatch(r"\d{6}", opened["pin"])
    state = chat.read()["state"]
    assert state["referral"]["code"] == opened["code"]
    other = open_referral(chat, body, key="segnalazione-2")
    assert other.status_code == 409 and other.json()["type"] == "/problemi/segnalazione-gia-aperta"


def test_concurrent_confirmations_make_one_referral(site: Site, chat: Chat) -> None:
    body = body_for(chat)
    answers: list[httpx.Response] = []

    def confirm() -> None:
        with httpx.Client(base_url=site.url, timeout=30) as client:
            answers.append(open_referral(Chat(client, chat.session, chat.token, []), body))

    threads = [threading.Thread(target=confirm) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["code"] for answer in answers}) == 1
    assert len(site.services.referrals.all_for_case(chat.session)) == 1


def test_what_a_referral_needs(chat: Chat) -> None:
    body = body_for(chat)
    assert open_referral(chat, body, key=None).status_code == 422
    assert (
        chat.client.post("/api/v1/referrals", json=body, headers={"Idempotency-Key": "chiave-123"}).status_code == 401
    )
    refused = {
        "accepted": open_referral(chat, body | {"consent": {"accepted": False, "version": "1"}}, "k-accepted"),
        "version": open_referral(chat, body | {"consent": {"accepted": True, "version": "vecchia"}}, "k-version"),
        "contact": open_referral(chat, body_for(chat, telefono="12"), "k-contact"),
        "site": open_referral(chat, body | {"site_id": "nessuno"}, "k-site-id"),
    }
    statuses = {name: response.status_code for name, response in refused.items()}
    assert statuses == {"accepted": 422, "version": 409, "contact": 422, "site": 404}
    assert refused["contact"].json()["errors"][0]["field"] == "contact.telefono"
    assert chat.read()["state"]["referral"] is None


def test_status_by_pin_by_token_and_by_nobody(site: Site, chat: Chat) -> None:
    opened = open_referral(chat, body_for(chat)).json()
    address = f"/api/v1/referrals/{opened['code']}"
    with site.client() as anyone:
        good = anyone.get(address, headers={"X-PIN": opened["pin"]})
        assert good.status_code == 200 and good.json()["state"] == "aperta"
        assert "Zenobia" not in good.text and "333" not in good.text
        assert anyone.get(address).status_code == 404
        assert anyone.get(address, headers={"X-PIN": "000000"}).status_code == 404
        assert anyone.get("/api/v1/referrals/RT-0000-0000-0000-0", headers={"X-PIN": "1"}).status_code == 404
    assert chat.client.get(address, headers=chat.headers).status_code == 200


def test_wrong_pins_close_the_code_for_a_while(site: Site, chat: Chat) -> None:
    opened = open_referral(chat, body_for(chat)).json()
    address = f"/api/v1/referrals/{opened['code']}"
    statuses = [chat.client.get(address, headers={"X-PIN": f"{n:06}"}).status_code for n in range(6)]
    assert statuses[:5] == [404] * 5 and statuses[5] == 429
    locked = chat.client.get(address, headers={"X-PIN": opened["pin"]})
    assert locked.status_code == 429 and int(locked.headers["retry-after"]) > 60


def test_cancelling(chat: Chat) -> None:
    opened = open_referral(chat, body_for(chat)).json()
    address = f"/api/v1/referrals/{opened['code']}/cancel"
    assert chat.client.post(address, json={"pin": "x"}).status_code == 404
    done = chat.client.post(address, json={"pin": opened["pin"]})
    assert done.status_code == 200 and done.json()["state"] == "annullata"


@pytest.fixture
def page(site: Site):
    with site.client(headers={"Accept": "text/html"}) as client:
        yield client


def form_of(html: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html))


def test_the_status_page_by_code_and_pin(chat: Chat, page: httpx.Client) -> None:
    opened = open_referral(chat, body_for(chat)).json()
    fields = form_of(page.get("/segnalazione").text)
    typed = opened["code"].lower().replace("-", " ")
    shown = page.post("/segnalazione", data=fields | {"codice": typed, "pin": opened["pin"]})
    assert shown.status_code == 200 and opened["code"] in shown.text
    assert "Zenobia" not in shown.text
    asked = page.post("/segnalazione/annulla", data=form_of(shown.text))
    assert "Annullare la richiesta?" in asked.text
    kept = page.post("/segnalazione/annulla", data=form_of(asked.text) | {"conferma": "no"})
    assert "Annulla la richiesta" in kept.text
    done = page.post("/segnalazione/annulla", data=form_of(asked.text) | {"conferma": "si"})
    assert "La richiesta è annullata" in done.text
    again = page.post("/segnalazione/annulla", data=form_of(asked.text) | {"conferma": "si"})
    assert again.status_code in (200, 409)


def test_the_status_page_explains_mistakes(chat: Chat, page: httpx.Client) -> None:
    opened = open_referral(chat, body_for(chat)).json()
    fields = form_of(page.get("/segnalazione").text)
    for code, pin, status in (("RT-123", "1", 422), (opened["code"], "", 422), (opened["code"], "000000", 404)):
        response = page.post("/segnalazione", data=fields | {"codice": code, "pin": pin})
        assert response.status_code == status
        assert "status-note tone-danger" in response.text
    forged = page.post("/segnalazione/annulla", data=fields | {"aperta": "gAAAA", "conferma": "si"})
    assert forged.status_code == 403


def test_the_address_of_the_person_s_e_mail_opens_the_form(chat: Chat, page: httpx.Client) -> None:
    response = page.get("/segnalazioni/RT-4H7K-9M2P-XXXX-C")
    assert response.status_code == 200 and "RT-4H7K-9M2P-XXXX-C" in response.text
