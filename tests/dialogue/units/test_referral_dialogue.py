"""A referral is prepared step by step, sent once, followed and withdrawn."""

from __future__ import annotations

import json

import pytest

from dialogue.conversation import Conversation
from tests.dialogue.conftest import NOW
from tests.dialogue.people import WORKER, answer_all
from tests.dialogue.talk import DirectTalk

HERE = {**WORKER, "comune": "Monza", "provincia": "MB"}


@pytest.fixture
def choosing(result):
    """A conversation at the choice of the operator."""

    def start(role: str = "cittadino"):
        conversation, _ = result(HERE, role)
        heard = conversation.press("/open_referral")
        assert heard.pending == "operatore"
        return conversation, heard

    return start


@pytest.fixture
def confirming(choosing):
    """A conversation where only the last yes is missing."""

    def start(role: str = "cittadino"):
        conversation, heard = choosing(role)
        conversation.press(heard.cards[-1]["sites"][0]["payload"])
        conversation.say("Maria Rossi", facts={"nome": "Maria Rossi"})
        heard = conversation.say("333 1234567", facts={"telefono": "333 1234567"})
        assert heard.pending == "consenso_invio"
        heard = conversation.press("/affirm")
        assert heard.pending == "conferma"
        return conversation, heard

    return start


def test_three_operators_near_the_comune_with_their_distance(choosing) -> None:
    _, heard = choosing()
    sites = heard.cards[-1]["sites"]
    assert len(sites) == 3
    assert all(site["km"] is not None for site in sites)
    assert [b["payload"] for b in heard.buttons[:3]] == [site["payload"] for site in sites]


def test_without_a_comune_it_is_asked_first(result) -> None:
    conversation, _ = result()
    heard = conversation.press("/open_referral")
    assert heard.pending == "comune"
    heard = conversation.say("abito a Lodi", "inform")
    assert heard.pending == "operatore"
    assert heard.state["facts"]["comune"] == "Lodi"


def test_an_operator_can_be_named_or_counted(choosing) -> None:
    conversation, heard = choosing()
    second = heard.cards[-1]["sites"][1]
    heard = conversation.say("il secondo", "inform")
    assert heard.pending == "nome"
    heard = conversation.say("indietro", "go_back")
    assert heard.pending == "operatore"
    heard = conversation.say(second["name"], "inform")
    assert heard.pending == "nome"


def test_name_and_contact_are_read_from_plain_text(choosing) -> None:
    conversation, _ = choosing()
    conversation.say("il primo", "inform")
    assert conversation.say("mi chiamo maria rossi", "inform").pending == "recapito"
    heard = conversation.say("la mia mail è maria@example.org", "inform")
    assert heard.pending == "consenso_invio"


@pytest.mark.parametrize("wrong", ["333", "mario@", "non glielo do", "0000000000000000000"])
def test_a_wrong_contact_is_asked_again(choosing, wrong) -> None:
    conversation, _ = choosing()
    conversation.say("il primo", "inform")
    conversation.say("Maria Rossi", facts={"nome": "Maria Rossi"})
    assert conversation.say(wrong, "inform").pending == "recapito"


def test_the_consent_names_the_operator_and_is_kept_word_for_word(confirming, services) -> None:
    conversation, _ = confirming()
    kept = services.cases.get(conversation.case_id).consents["invio"]
    assert kept.active
    assert "Operatore dimostrativo" in kept.text


def test_a_no_to_the_consent_forgets_the_contact(choosing, services) -> None:
    conversation, _ = choosing()
    conversation.say("il primo", "inform")
    conversation.say("Maria Rossi", facts={"nome": "Maria Rossi"})
    conversation.say("3331234567", facts={"telefono": "3331234567"})
    heard = conversation.press("/deny")
    assert heard.state["referral"] is None
    assert Conversation.of(services.cases.get(conversation.case_id).dialogue).draft == {}


def test_the_confirmation_gives_code_and_pin(confirming) -> None:
    conversation, _ = confirming()
    heard = conversation.press("/affirm")
    receipt = next(card for card in heard.cards if card["kind"] == "segnalazione")
    assert receipt["code"] in heard.text
    assert receipt["pin"] in heard.text
    assert heard.state["referral"]["state"] == "aperta"


def test_a_second_yes_makes_no_second_referral(confirming, services) -> None:
    conversation, _ = confirming()
    first = conversation.press("/affirm").state["referral"]["code"]
    heard = conversation.press("/affirm")
    assert "una volta sola" in heard.text
    assert [r.code for r in services.referrals.all_for_case(conversation.case_id)] == [first]


def test_the_same_confirmation_delivered_twice_gives_the_same_code(confirming, services) -> None:
    from dialogue import Understood

    conversation, _ = confirming()
    yes = Understood("affirm", 1.0, "/affirm")
    first, second = conversation.send(yes, "doppio"), conversation.send(yes, "doppio")
    assert first.texts == second.texts
    assert len(services.referrals.all_for_case(conversation.case_id)) == 1


def test_a_crash_between_referral_and_case_gives_the_same_code_on_retry(confirming, services, monkeypatch) -> None:
    from dialogue import Understood

    conversation, _ = confirming()
    yes = Understood("affirm", 1.0, "/affirm")
    real = services.cases.update_in

    def crash(*_args: object, **_kwargs: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(services.cases, "update_in", crash)
    with pytest.raises(ConnectionError):
        conversation.send(yes, "interrotto")
    monkeypatch.setattr(services.cases, "update_in", real)
    heard = conversation.send(yes, "interrotto")
    only = services.referrals.all_for_case(conversation.case_id)
    assert len(only) == 1
    assert only[0].code in heard.text


def test_contact_data_leave_the_dialogue_once_sent(confirming, services) -> None:
    conversation, _ = confirming()
    conversation.press("/affirm")
    conversation.press("/ask_documents")
    kept = json.dumps(services.cases.get(conversation.case_id).dialogue)
    assert "Rossi" not in kept
    assert "333" not in kept


def test_everything_can_be_changed_before_sending(confirming) -> None:
    conversation, _ = confirming()
    changes = conversation.press("/deny")
    payload = next(b["payload"] for b in changes.buttons if "recapito" in b["payload"])
    assert conversation.press(payload).pending == "recapito"
    heard = conversation.say("maria@example.org", facts={"email": "maria@example.org"})
    assert heard.pending == "conferma"
    assert "maria@example.org" in heard.text


def test_choosing_another_operator_asks_the_consent_again(confirming) -> None:
    conversation, _ = confirming()
    conversation.press("/deny")
    heard = conversation.press('/correct_answer{"fact": "operatore"}')
    heard = conversation.press(heard.cards[-1]["sites"][1]["payload"])
    assert heard.pending == "consenso_invio"


def test_a_fact_that_excludes_the_measure_stops_the_referral(confirming) -> None:
    conversation, _ = confirming()
    heard = conversation.say("era il 40", "correct_answer", facts={"invalidita_percento": 40})
    assert heard.pending != "conferma"
    assert heard.verdicts["dote_ritorno_al_lavoro"] == "non_ammissibile"
    assert heard.state["referral"] is None


def test_leaving_sends_nothing(choosing) -> None:
    conversation, _ = choosing()
    heard = conversation.say("lasciamo perdere", "cancel_referral")
    assert heard.pending is None
    assert "Non ho inviato nulla" in heard.text


def test_status_is_told_and_asked_back_when_the_wish_is_not_plain(confirming) -> None:
    conversation, _ = confirming()
    code = conversation.press("/affirm").state["referral"]["code"]
    assert code in conversation.press("/referral_status").text
    unsure = conversation.say("novità?", "referral_status", confidence=0.4)
    assert unsure.pending == "conferma"
    assert "sta partendo" in conversation.press("/affirm").text


def test_cancelling_needs_a_yes(confirming) -> None:
    conversation, _ = confirming()
    conversation.press("/affirm")
    assert conversation.say("annulla", "cancel_referral").pending == "conferma"
    assert conversation.press("/deny").state["referral"]["state"] == "aperta"
    conversation.say("annulla", "cancel_referral")
    assert conversation.press("/affirm").state["referral"]["state"] == "annullata"


def test_wanting_an_operator_early_finishes_the_interview_first(consented) -> None:
    conversation = consented()
    heard = conversation.say("voglio parlare con un operatore accreditato", "open_referral")
    assert "poche risposte" in heard.text
    answer_all(conversation, conversation.say("", facts=HERE), HERE)
    heard = conversation.press("/affirm")
    assert heard.pending == "operatore"


def test_a_doctor_sends_a_patient(result) -> None:
    conversation, _ = result(HERE, "medico")
    heard = conversation.say("devo segnalare un mio paziente", "ask_gp_refer")
    heard = conversation.press("/affirm") if heard.pending == "conferma" else heard
    assert heard.pending == "operatore"
    assert "paziente" in heard.text


@pytest.mark.parametrize(
    ("role", "agree", "handed_over"),
    [
        ("medico", "Il paziente è d'accordo", "consegni al paziente"),
        ("sportello", "Legga il testo", "detti alla persona"),
    ],
)
def test_with_an_account_a_referral_is_opened_for_somebody_else(result, role, agree, handed_over) -> None:
    conversation, _ = result(HERE, role)
    near = conversation.press("/open_referral")
    conversation.press(near.cards[-1]["sites"][0]["payload"])
    conversation.say("Carlo Verdi", facts={"nome": "Carlo Verdi"})
    heard = conversation.say("347 1234567", facts={"telefono": "347 1234567"})
    assert heard.pending == "consenso_invio" and agree in heard.text
    assert conversation.press("/affirm").pending == "conferma"
    heard = conversation.press("/affirm")
    assert "RT-" in heard.text and handed_over in heard.text


@pytest.mark.parametrize("role", ["medico", "sportello"])
def test_who_says_to_speak_for_another_hears_at_once_what_a_referral_takes(services, role) -> None:
    """No promise to prepare one, which would be taken back after twenty questions."""
    conversation = DirectTalk(services, role, NOW, "198.51.100.7")
    conversation.press("/check_eligibility")
    heard = conversation.say("devo segnalare una persona", "ask_gp_refer")
    assert "/accesso" in heard.text and "800 318 318" in heard.text
    assert "preparo" not in heard.text
    assert heard.pending == "occupazione"


@pytest.mark.parametrize("how", ["press", "say"])
def test_an_operator_seen_nearby_can_be_chosen_at_once(result, how) -> None:
    conversation, _ = result(HERE)
    near = conversation.say("operatori vicini?", "ask_operator_near")
    site = near.cards[0]["sites"][0]
    if how == "press":
        heard = conversation.press(site["payload"])
    else:
        heard = conversation.say("la prima", "go_back")
    assert heard.pending == "nome"
    assert "Dote Ritorno al Lavoro" in heard.text


def test_a_list_of_operators_is_good_for_one_turn(result) -> None:
    conversation, _ = result(HERE)
    conversation.say("operatori vicini?", "ask_operator_near")
    conversation.press("/ask_documents")
    assert conversation.say("la prima", "go_back").pending != "nome"


def test_after_a_refusal_another_operator_is_tried_without_telling_all_again(confirming, services) -> None:
    conversation, _ = confirming()
    first = conversation.press("/affirm").state["referral"]["code"]
    referral = services.referrals.get(first)
    services.referrals.transition(first, "inviata", "sistema", conversation.now)
    services.referrals.transition(
        first, "rifiutata", f"operatore:{referral.operator_id}", conversation.now, "posti esauriti"
    )
    heard = conversation.press("/referral_status")
    assert "Possiamo scegliere un altro operatore" in heard.text
    assert "/open_referral" in {b["payload"] for b in heard.buttons}
    heard = conversation.press("/open_referral")
    assert heard.pending == "operatore"
    assert referral.operator not in {site["operator"] for site in heard.cards[-1]["sites"]}
    assert conversation.press(heard.cards[-1]["sites"][0]["payload"]).pending == "consenso_invio"
    assert conversation.press("/affirm").pending == "conferma"
    heard = conversation.press("/affirm")
    second = heard.state["referral"]["code"]
    assert second != first
    assert services.referrals.get(first).state == "riassegnata"
    assert services.referrals.get(first).next_code == second


def test_more_operators_can_be_seen(choosing) -> None:
    conversation, first = choosing()
    more = conversation.press("/ask_operator_near")
    assert more.pending == "operatore"
    shown = {site["site_id"] for site in first.cards[-1]["sites"]}
    assert not shown & {site["site_id"] for site in more.cards[-1]["sites"]}


def test_a_time_that_the_operator_offers_is_accepted_in_the_chat(confirming, services) -> None:
    import datetime as dt

    from referrals.appointments import Appointments

    conversation, _ = confirming()
    code = conversation.press("/affirm").state["referral"]["code"]
    operator = f"operatore:{services.referrals.get(code).operator_id}"
    services.referrals.transition(code, "inviata", "sistema", conversation.now)
    services.referrals.transition(code, "presa_in_carico", operator, conversation.now)
    starts_at = conversation.now + dt.timedelta(days=3)
    Appointments(services.referrals).propose(code, operator, starts_at, conversation.now)
    heard = conversation.press("/referral_status")
    assert "propone un appuntamento" in heard.text
    assert heard.pending == "conferma"
    heard = conversation.press("/affirm")
    assert heard.state["referral"]["state"] == "appuntamento_fissato"
    assert "L'appuntamento è" in conversation.press("/referral_status").text


def test_a_time_that_does_not_suit_is_declined_in_the_chat(confirming, services) -> None:
    import datetime as dt

    from referrals.appointments import DECLINED, Appointments

    conversation, _ = confirming()
    code = conversation.press("/affirm").state["referral"]["code"]
    operator = f"operatore:{services.referrals.get(code).operator_id}"
    services.referrals.transition(code, "inviata", "sistema", conversation.now)
    services.referrals.transition(code, "presa_in_carico", operator, conversation.now)
    appointments = Appointments(services.referrals)
    appointments.propose(code, operator, conversation.now + dt.timedelta(days=3), conversation.now)
    conversation.press("/referral_status")
    heard = conversation.press("/deny")
    assert "un altro giorno" in heard.text
    assert [meeting.status for meeting in appointments.list(code)] == [DECLINED]
