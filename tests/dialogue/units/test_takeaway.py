"""The result to take away: the sheet, and the link to it by e-mail."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import select

import eligibility
from cases.db import writing
from cases.errors import CaseNotFound
from dialogue.conversation import Conversation
from papers import result as paper
from referrals import confirmations, links
from referrals.delivery import claim_in
from referrals.errors import LinkInvalid
from referrals.models import LinkRow, OutboxRow
from tests.dialogue.conftest import NOW
from tests.dialogue.people import WORKER

MAIL = '/ask_explain_result{"foglio": "email"}'
HELP = paper.Help("800 318 318", "9-18", "https://rientro.example.org/")
SHEET = '/ask_explain_result{"foglio": "foglio"}'


def _mails(services, case_id):
    with services.cases.session_factory() as session:
        rows = session.scalars(select(OutboxRow).where(OutboxRow.case_id == case_id)).all()
        cipher = services.cases.keyring.cipher(case_id)
        return [cipher.open("outbox", "payload", row.id, row.payload_sealed) for row in rows]


def _confirm(services, conversation, address="maria@example.org"):
    with writing(services.cases.session_factory) as session:
        confirmations.mark_in(session, services.cases.keyring, conversation.case_id, address, NOW)


def _sheet(services, conversation) -> dict:
    return paper.content(services.cases.get(conversation.case_id), services.directory, HELP, NOW.date())


def test_the_sheet_says_what_the_engine_says_with_sources_edition_and_what_to_bring(result, services) -> None:
    conversation, _ = result({**WORKER, "comune": "Monza", "provincia": "MB"})
    sheet = _sheet(services, conversation)
    facts = services.cases.get(conversation.case_id).facts
    assessed = eligibility.assess(facts, NOW.date(), measures=eligibility.CONVERSATION_MEASURES).to_dict()
    said = {measure["title"]: measure for measure in sheet["measures"]}
    words = {
        "ammissibile": "I requisiti ci sono",
        "non_ammissibile": "Un requisito manca",
        "da_verificare": "Da verificare",
    }
    assert len(said) == len(assessed["assessments"])
    for assessment in assessed["assessments"]:
        measure = said[assessment["title"]]
        assert measure["verdict"] == words[assessment["verdict"]]
        assert measure["edition"] == assessment["edition"]
        assert [point["text"] for point in measure["criteria"]] == [c["text"] for c in assessment["criteria"]]
        assert bool(measure["documents"]) == (assessment["verdict"] != "non_ammissibile")
    assert assessed["ruleset"] in sheet["footer"]
    assert "20 novembre 2026" in sheet["date"]
    assert ["Comune dove vive", "Monza"] in sheet["answers"]
    assert len(sheet["sites"]["lines"]) == 3
    marks = {
        mark for m in sheet["measures"] for point in m["criteria"] for mark in re.findall(r"\d+", point["sources"])
    }
    assert marks <= {str(number) for number in range(1, len(sheet["sources"]) + 1)}
    assert marks


def test_the_sheet_is_a_tagged_pdf_and_runs_no_markup(result, services) -> None:
    conversation, _ = result({**WORKER, "comune": "Monza", "provincia": "MB"})
    services.cases.update(conversation.case_id, NOW, "bot", facts={"comune": "#panic[] *x* Monza"})
    pdf = paper.make(services.cases.get(conversation.case_id), services.directory, HELP, NOW, NOW.date())
    assert pdf.startswith(b"%PDF-")
    for mark in (b"/StructTreeRoot", b"/MarkInfo", b"pdfuaid", b"/Lang"):
        assert mark in pdf
    assert len(pdf) < 300_000


def test_the_sheet_exists_before_any_answer_and_names_no_person(talk, services) -> None:
    conversation = talk()
    sheet = _sheet(services, conversation)
    assert sheet["answers"] == []
    assert {measure["verdict"] for measure in sheet["measures"]} == {"Da verificare"}


def test_the_button_leads_to_the_sheet(result) -> None:
    conversation, heard = result()
    assert SHEET in [button["payload"] for button in heard.buttons]
    heard = conversation.press(SHEET)
    card = next(card for card in heard.cards if card["kind"] == "documento")
    assert card["url"] == f"/api/v1/chat/sessions/{conversation.case_id}/summary.pdf"
    assert MAIL in [button["payload"] for button in heard.buttons]


@pytest.mark.parametrize("wish", ["posso avere il pdf?", "vorrei stampare il risultato", "mi scarica il riepilogo"])
def test_the_sheet_may_be_asked_in_words(result, wish) -> None:
    conversation, _ = result()
    heard = conversation.say(wish, "out_of_scope")
    assert any(card["kind"] == "documento" for card in heard.cards)


def test_before_the_result_the_sheet_is_promised_for_the_end(consented) -> None:
    conversation = consented()
    heard = conversation.press(SHEET)
    assert "alla fine delle domande" in heard.text
    assert heard.pending not in (None, "recapito")


def test_the_address_is_asked_checked_confirmed_and_forgotten(result, services) -> None:
    conversation, _ = result()
    assert conversation.press(MAIL).pending == "recapito"
    assert conversation.say("mario at niente", "inform").pending == "recapito"
    heard = conversation.say("scriva a maria.rossi@example.org grazie", "inform")
    assert heard.pending == "conferma"
    assert "maria.rossi@example.org" in heard.text
    assert _mails(services, conversation.case_id) == []
    heard = conversation.press("/affirm")
    assert heard.pending is None
    [mail] = _mails(services, conversation.case_id)
    assert mail["to"] == "maria.rossi@example.org"
    kept = services.cases.get(conversation.case_id).dialogue
    kept.pop("last")
    assert "maria.rossi" not in str(kept)


def test_the_mail_holds_nothing_but_a_link(result, services) -> None:
    conversation, _ = result()
    _confirm(services, conversation)
    conversation.press(MAIL)
    conversation.say("maria@example.org", "inform")
    conversation.press("/affirm")
    [mail] = _mails(services, conversation.case_id)
    whole = (mail["subject"] + mail["text"]).casefold()
    for word in ("salute", "invalid", "malatt", "tumor", "lavoro", "dote", "requisit", "disab", "maria", "risultato"):
        assert word not in whole
    token = mail["text"].partition("/foglio#")[2].split()[0]
    with services.cases.session_factory() as session:
        assert token not in {row.token_hash for row in session.scalars(select(LinkRow))}
    with writing(services.cases.session_factory) as session:
        assert links.redeem_in(session, token, (links.RESULT,), NOW).case_id == conversation.case_id
    with writing(services.cases.session_factory) as session, pytest.raises(LinkInvalid):
        links.redeem_in(session, token, (links.OPERATOR_REFERRAL,), NOW)
    with writing(services.cases.session_factory) as session, pytest.raises(LinkInvalid):
        links.redeem_in(session, token, (links.RESULT,), NOW + dt.timedelta(days=8))


@pytest.mark.parametrize("no", ["/deny", '/ask_explain_result{"foglio": "no"}'])
@pytest.mark.parametrize("asked", [False, True])
def test_a_no_sends_nothing_and_forgets_the_address(result, services, no, asked) -> None:
    conversation, _ = result()
    conversation.press(MAIL)
    if asked:
        conversation.say("maria@example.org", "inform")
    heard = conversation.press(no)
    assert "non mando nulla" in heard.text
    assert heard.pending is None
    assert _mails(services, conversation.case_id) == []
    assert Conversation.of(services.cases.get(conversation.case_id).dialogue).sheet is None


def test_the_same_yes_twice_is_one_mail_and_a_crash_sends_no_second(result, services, monkeypatch) -> None:
    from dialogue import Understood

    conversation, _ = result()
    _confirm(services, conversation)
    conversation.press(MAIL)
    conversation.say("maria@example.org", "inform")
    yes = Understood("affirm", 1.0, "/affirm")
    real = services.cases.update_in

    def crash(*_args: object, **_kwargs: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(services.cases, "update_in", crash)
    with pytest.raises(ConnectionError):
        conversation.send(yes, "interrotto")
    monkeypatch.setattr(services.cases, "update_in", real)
    assert "Fatto" in conversation.send(yes, "interrotto").text
    conversation.send(yes, "interrotto")
    assert len(_mails(services, conversation.case_id)) == 1


def test_nobody_can_be_flooded(result, services) -> None:
    conversation, _ = result()
    _confirm(services, conversation)
    for _ in range(5):
        if conversation.press(MAIL).pending == "recapito":
            conversation.say("maria@example.org", "inform")
            conversation.press("/affirm")
    assert len(_mails(services, conversation.case_id)) == 3


def test_an_address_that_nobody_confirmed_gets_one_question_and_no_sheet(result, services) -> None:
    conversation, _ = result()
    for _ in range(3):
        conversation.press(MAIL)
        conversation.say("maria@example.org", "inform")
        heard = conversation.press("/affirm")
        assert "Prima arriva un'e-mail" in heard.text
    [question] = _mails(services, conversation.case_id)
    assert "/conferma#" in question["text"] and "/foglio" not in question["text"]
    _confirm(services, conversation)
    assert len(_mails(services, conversation.case_id)) == 4


def test_another_wish_while_the_address_is_asked_is_heard(result, services) -> None:
    conversation, _ = result()
    conversation.press(MAIL)
    heard = conversation.say("che documenti servono?", "ask_documents")
    assert heard.pending == "recapito"
    assert conversation.press("/open_referral").pending in ("comune", "operatore")
    assert _mails(services, conversation.case_id) == []


def test_erasure_takes_mail_and_link_with_it(result, services) -> None:
    conversation, _ = result()
    _confirm(services, conversation)
    conversation.press(MAIL)
    conversation.say("maria@example.org", "inform")
    conversation.press("/affirm")
    [mail] = _mails(services, conversation.case_id)
    token = mail["text"].partition("/foglio#")[2].split()[0]
    services.cases.erase(conversation.case_id, NOW)
    with services.cases.session_factory() as session:
        assert session.scalars(select(OutboxRow).where(OutboxRow.case_id == conversation.case_id)).all() == []
        assert claim_in(session, services.cases.keyring, "prova", NOW, 500) is not None
    with writing(services.cases.session_factory) as session, pytest.raises(LinkInvalid):
        links.redeem_in(session, token, (links.RESULT,), NOW)
    with pytest.raises(CaseNotFound):
        services.cases.get(conversation.case_id)
