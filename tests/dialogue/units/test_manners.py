"""How the assistant behaves: it hears everything, answers what is asked, says nothing twice and never goes round in circles."""

from __future__ import annotations

import json
from typing import Any

import pytest

import eligibility
import texts
from dialogue import Understood
from dialogue.conversation import Conversation
from dialogue.understood import Act, Doubt
from eligibility import answers
from tests.dialogue.people import WORKER, answer_all


def act(kind: str, confidence: float = 0.9, **value: Any) -> Act:
    return Act(kind, value, confidence)


def say(conversation, text: str, intent: str = "inform", facts: dict[str, Any] | None = None, **more: Any):
    return conversation.send(Understood(intent, more.pop("confidence", 0.9), text, facts or {}, **more))


def memory(services, conversation) -> Conversation:
    return Conversation.of(services.cases.get(conversation.case_id).dialogue)


# -- everything heard is used or named -------------------------------------------------------------------------------


def test_a_single_fact_that_was_not_asked_is_said_back(consented) -> None:
    heard = consented().say("ho 50 anni", facts={"eta": 50})
    assert "50 anni" in heard.text
    assert heard.pending == "occupazione"


def test_a_plain_answer_needs_no_echo(consented) -> None:
    heard = consented().say("sono disoccupato", facts={"occupazione": "disoccupato"})
    assert "Ho capito" not in heard.text and "Segno questo" not in heard.text


def test_a_feeling_is_met_once_and_the_talk_goes_on(consented) -> None:
    conversation = consented()
    heard = say(conversation, "ho paura", "out_of_scope", acts=(act("feel", feeling="paura"),))
    assert texts.say("sentire.paura") in heard.text
    assert heard.pending == "occupazione"
    again = say(conversation, "ho tanta paura", "inform", acts=(act("feel", feeling="paura"),))
    assert texts.say("sentire.paura") not in again.text


def test_professionals_get_no_word_about_feelings(consented) -> None:
    heard = say(consented("medico"), "che stanchezza", acts=(act("feel", feeling="stanchezza"),))
    assert texts.say("sentire.stanchezza") not in heard.text


def test_fear_of_losing_the_place_is_met_and_answered_not_asked_for_a_province(talk) -> None:
    conversation = talk()
    heard = say(
        conversation,
        "ho paura di perdere il posto, cosa mi spetta?",
        "check_eligibility",
        acts=(act("feel", feeling="paura"), act("ask", question="Q001")),
    )
    assert texts.say("sentire.paura") in heard.text
    assert answers.get("Q001").text in heard.text
    assert heard.pending != "provincia"


def test_facts_and_a_question_in_one_message_are_both_used(consented) -> None:
    heard = say(
        consented(), "sono disoccupato, posso avere la naspi?", facts={"occupazione": "disoccupato"},
        acts=(act("ask", question="Q001"),),
    )  # fmt: skip
    assert heard.state["facts"]["occupazione"] == "disoccupato"
    assert answers.get("Q001").text in heard.text
    assert heard.pending not in ("occupazione", None)


# -- questions are answered for this person now ----------------------------------------------------------------------


@pytest.mark.parametrize("intent", ["ask_measure_info", "out_of_scope", "nlu_fallback", "check_eligibility"])
@pytest.mark.parametrize("role", ["cittadino", "medico", "sportello"])
def test_a_known_question_is_answered_whatever_the_intent_seemed(consented, intent: str, role: str) -> None:
    conversation = consented(role)
    asked = conversation.state()["pending_question"]["fact"]
    heard = say(conversation, "può licenziarlo?", intent, acts=(act("ask", question="Q002"),))
    assert answers.get("Q002").text in heard.text
    assert heard.pending == asked
    card = next(card for card in heard.cards if card["kind"] == "risposta")
    assert card["updated"] and "sources" in card


@pytest.mark.parametrize("id_", [answer.id for answer in answers.all()])
def test_every_answer_can_be_said(consented, id_: str) -> None:
    heard = consented().press(f'/ask_measure_info{{"domanda": "{id_}"}}')
    assert answers.get(id_).text in heard.text


def test_a_plain_request_is_carried_out_and_not_answered(consented) -> None:
    conversation = consented()
    acts = (act("ask", 0.99, question="Q099"), act("request", 1.0, intent="ask_privacy"))
    heard = say(conversation, "chi vede i miei dati?", "ask_privacy", acts=acts)
    assert answers.get("Q099").text not in heard.text
    assert "cifrato" in heard.text


def test_a_doubtful_question_does_not_come_before_a_plain_intent(consented) -> None:
    acts = (act("ask", 0.58, question="Q026", alternatives=["Q098"]),)
    heard = say(consented(), "quanti soldi sono?", "ask_amount", confidence=0.99, acts=acts)
    assert "2.000 euro" in heard.text


def test_an_address_is_no_other_language(result) -> None:
    conversation, _ = result()
    conversation.press('/ask_explain_result{"foglio": "email"}')
    heard = say(conversation, "maria@example.org", acts=(act("other_language", language="en"),))
    assert heard.pending == "conferma"


def test_two_close_candidates_become_two_buttons(consented) -> None:
    conversation = consented()
    heard = say(
        conversation, "e il posto?", "ask_measure_info",
        acts=(act("ask", 0.45, question="Q001", alternatives=["Q004"]),),
    )  # fmt: skip
    offered = [b["payload"] for b in heard.buttons if "domanda" in b["payload"]]
    assert offered == ['/ask_measure_info{"domanda": "Q001"}', '/ask_measure_info{"domanda": "Q004"}']
    assert answers.get("Q004").text in conversation.press(offered[1]).text


def test_the_one_fact_that_decides_is_named_and_asked(consented) -> None:
    conversation = consented()
    known = {k: v for k, v in WORKER.items() if k != "invalidita_percento"} | {"invalidita_inail_percento": 0}
    conversation.say("", facts={**known, "occupazione": "disoccupato", "rientrato_al_lavoro": False})
    measure = "collocamento_mirato"
    facts = conversation.state()["facts"]
    [assessment] = eligibility.assess(facts, conversation.now.date(), measures=[measure]).to_dict()["assessments"]
    assert assessment["missing_facts"] == ["invalidita_percento"]
    heard = say(conversation, "posso iscrivermi?", "ask_measure_info", acts=(act("ask", measure=measure),))
    assert "manca solo un dato: invalidità civile" in heard.text
    assert heard.pending == "invalidita_percento"


# -- nothing twice, no question three times, no loop -----------------------------------------------------------------


def test_nothing_is_said_twice_running(consented) -> None:
    conversation = consented()
    before: set[str] = set()
    for _ in range(8):
        heard = conversation.press("/ask_amount")
        assert not before & set(heard.texts)
        before = set(heard.texts)


def test_a_question_is_put_twice_and_then_only_its_buttons_stay(consented) -> None:
    conversation = consented()
    wordings = {
        words
        for words in (
            eligibility.load().facts["occupazione"].question["cittadino"],
            *eligibility.load().facts["occupazione"].variants["cittadino"],
        )
    }
    put = 1  # by the fixture
    for number in range(10):
        heard = conversation.press(("/ask_amount", "/ask_services", "/ask_privacy")[number % 3])
        put += any(words in heard.text for words in wordings)
        assert heard.pending == "occupazione"
        assert any("occupazione" in b["payload"] or "gruppo" in b["payload"] for b in heard.buttons)
    assert put == 2


def test_a_question_not_understood_twice_is_left_and_said_so(consented) -> None:
    conversation = consented()
    conversation.say("grzb", "nlu_fallback")
    heard = conversation.say("grzb grzb", "nlu_fallback")
    assert "da verificare" in heard.text
    assert heard.pending not in ("occupazione", None)


def test_an_answer_in_plain_words_that_looks_like_a_correction_does_not_go_round_in_circles(consented) -> None:
    conversation = consented()
    few_days = {**WORKER, "giorni_assenza_12_mesi": 20}
    heard = conversation.press("/check_eligibility")
    while heard.pending != "assenza_continuativa":
        heard = conversation.say("", facts={heard.pending: few_days.get(heard.pending)})
    heard = conversation.say("No, si è trattato di periodi distinti", "correct_answer")
    assert "Che cosa devo cambiare" not in heard.text
    if heard.pending == "assenza_continuativa":
        heard = conversation.say("No, si è trattato di periodi distinti", "correct_answer")
    assert heard.state["facts"]["assenza_continuativa"] is False


def test_a_correction_announced_twice_without_a_value_ends(result) -> None:
    conversation, _ = result()
    assert conversation.say("è sbagliato", "correct_answer").pending == "riepilogo"
    conversation.say("no no, proprio sbagliato", "correct_answer")
    heard = conversation.say("sbagliato ho detto", "correct_answer")
    assert heard.pending is None


def test_the_summary_is_shown_once(consented) -> None:
    conversation = consented()
    heard = answer_all(conversation, conversation.say("", facts=WORKER))
    assert [card["kind"] for card in heard.cards] == ["riepilogo"]
    heard = conversation.say("ho 51 anni", facts={"eta": 51})
    assert "riepilogo" not in [card["kind"] for card in heard.cards]
    assert "51 anni" in heard.text
    assert heard.pending is None


# -- an answer is checked against its question -----------------------------------------------------------------------


def test_a_no_to_another_question_is_asked_back(consented) -> None:
    conversation = consented()
    heard = conversation.say("", facts={"occupazione": "dipendente_tempo_indeterminato", "provincia": "MI"})
    while eligibility.load().facts[heard.pending].type != "bool":
        heard = conversation.say("", facts={heard.pending: WORKER.get(heard.pending)})
    asked = heard.pending
    heard = conversation.say("no, tutti di fila", "deny")
    assert asked not in heard.state["facts"]
    assert heard.pending == asked
    assert conversation.say("no", "deny").state["facts"][asked] is False


def test_what_may_mean_two_things_is_asked_back_and_never_taken(consented) -> None:
    conversation = consented()
    heard = say(conversation, "sto in via Roma", uncertain=(Doubt("comune", "Roma", 0.4),))
    assert "Roma" in heard.text
    assert "comune" not in heard.state["facts"]
    assert "comune" not in conversation.press("/deny").state["facts"]
    say(conversation, "sto in via Roma", uncertain=(Doubt("comune", "Roma", 0.4),))
    assert conversation.press("/affirm").state["facts"]["comune"] == "Roma"


HOME = {"comune": "Cremona", "provincia": "CR", "residenza_lombardia": True}


@pytest.mark.parametrize("yes", ["words", "button"])
@pytest.mark.parametrize("order", [tuple(HOME), tuple(reversed(HOME))])
def test_a_yes_to_the_place_takes_all_that_its_words_told_of_the_home(consented, yes, order) -> None:
    conversation = consented()
    doubts = (*(Doubt(f, HOME[f], 0.59, (17, 24)) for f in order), Doubt("sede_lavoro_lombardia", True, 0.59, (17, 24)))
    heard = say(conversation, "vivo e lavoro a Cremona", uncertain=doubts)
    assert "Cremona" in heard.text
    assert not heard.state["facts"]
    heard = conversation.say("sì", "affirm") if yes == "words" else conversation.press(heard.buttons[0]["payload"])
    assert heard.state["facts"] == HOME


def test_a_no_to_the_place_drops_all_that_its_words_told_of_the_home(consented) -> None:
    conversation = consented()
    say(conversation, "sto a Cremona", uncertain=tuple(Doubt(f, v, 0.59, (6, 13)) for f, v in HOME.items()))
    heard = conversation.say("no", "deny")
    assert not heard.state["facts"]
    assert heard.pending != "conferma"


def test_a_place_told_in_other_words_does_not_come_along(consented) -> None:
    conversation = consented()
    doubts = (Doubt("comune", "Cremona", 0.59, (6, 13)), Doubt("provincia", "MN", 0.59, (30, 37)))
    say(conversation, "sto a Cremona, prima stavo a Mantova", uncertain=doubts)
    assert conversation.say("sì", "affirm").state["facts"] == {"comune": "Cremona"}


def test_what_was_told_by_the_way_of_an_answer_and_is_not_sure_is_asked_back_too(consented) -> None:
    conversation = consented()
    doubts = (Doubt("unita_produttiva_lombardia", True, 0.8),)
    heard = say(
        conversation, "sono in cassa, la ditta è su a Lecco", facts={"occupazione": "sospeso_cig"}, uncertain=doubts
    )
    assert heard.state["facts"] == {"occupazione": "sospeso_cig"}
    assert heard.pending == "conferma"
    assert conversation.press("/affirm").state["facts"]["unita_produttiva_lombardia"] is True


def test_the_words_of_a_plain_request_are_not_guessed_at(consented) -> None:
    conversation = consented()
    heard = say(
        conversation,
        "mi trovi un centro accreditato",
        "open_referral",
        acts=(act("request", intent="open_referral"),),
        uncertain=(Doubt("occupazione", "autonomo", 0.54),),
    )
    assert heard.pending == "occupazione"


def test_after_a_look_at_the_operators_nearby_the_open_question_comes_back(consented) -> None:
    conversation = consented()
    conversation.say("operatori vicini?", "ask_operator_near")
    heard = conversation.say("Como", facts={"comune": "Como", "provincia": "CO", "residenza_lombardia": True})
    assert "dimostrativa" in heard.text
    assert heard.pending == "occupazione"


# -- a measure that is named ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("intent", "recognised", "clear", "told"),
    [
        ("ask_amount", "Q119", 0.98, "2.000 euro"),  # of another matter
        ("ask_services", "Q098", 0.9, "Coaching"),  # of this measure, and less clear than the intent
    ],
)
def test_what_is_plainly_asked_of_a_named_measure_is_answered_by_its_rules(
    consented, intent, recognised, clear, told
) -> None:
    acts = (act("ask", clear, question=recognised),)
    heard = say(consented(), "e la dote, che mi dà?", intent, confidence=0.99, acts=acts)
    assert told in heard.text
    assert answers.get(recognised).text not in heard.text


def test_a_question_on_the_measure_itself_that_is_as_clear_as_the_intent_is_answered(consented) -> None:
    acts = (act("ask", 1.0, question="Q098"),)
    heard = say(consented(), "che cos'è una dote?", "ask_services", confidence=0.9, acts=acts)
    assert answers.get("Q098").text in heard.text


# -- typed buttons ---------------------------------------------------------------------------------------------------


def test_typing_the_words_of_a_button_is_pressing_it(result) -> None:
    conversation, heard = result({**WORKER, "comune": "Monza", "provincia": "MB"})
    assert "Vorrei un operatore" in [b["title"] for b in heard.buttons]
    heard = conversation.say("vorrei un operatore!", "ask_human", confidence=0.95)
    assert heard.pending == "operatore"


def test_a_situation_can_be_typed(talk) -> None:
    heard = talk().say("Ho perso il lavoro", "out_of_scope")
    assert heard.state["facts"]["occupazione"] == "disoccupato"


# -- safety, languages, pauses ---------------------------------------------------------------------------------------


def test_a_dark_thought_is_met_with_a_line_and_a_person_and_the_talk_goes_on(consented) -> None:
    conversation = consented()
    heard = say(conversation, "non vedo una via d'uscita", safety="concern")
    assert "02 2327 2327" in json.dumps(heard.cards)
    assert "dalle 9 alle 24" in json.dumps(heard.cards, ensure_ascii=False)
    assert "/ask_human" in [b["payload"] for b in heard.buttons]
    assert heard.pending == "occupazione"


def test_danger_is_heard_whatever_the_intent_seemed(consented, services) -> None:
    heard = say(consented(), "mi ammazzo", "inform", safety="emergency")
    assert "112" in heard.text
    assert not heard.buttons


@pytest.mark.parametrize("language", ["en", "fr", "es", "ro", "sq", "uk", "ar", "zh"])
def test_another_language_is_told_what_this_is_with_buttons_that_need_no_writing(talk, language: str) -> None:
    conversation = talk()
    heard = say(conversation, "hello", "out_of_scope", acts=(act("other_language", language=language),))
    assert "800 318 318" in heard.text
    assert [b["payload"] for b in heard.buttons] == ["/ask_human", "/check_eligibility"]
    assert conversation.press("/check_eligibility").buttons


def test_a_language_without_words_of_ours_is_not_understood_as_before(talk) -> None:
    assert say(talk(), "hallo", "nlu_fallback", acts=(act("other_language", language="nl"),)).texts


def test_back_at_every_step_of_a_referral(result) -> None:
    conversation, _ = result({**WORKER, "comune": "Monza", "provincia": "MB"})
    heard = conversation.press("/open_referral")
    conversation.press(heard.cards[-1]["sites"][0]["payload"])
    conversation.say("Maria Rossi", facts={"nome": "Maria Rossi"})
    conversation.say("333 1234567", facts={"telefono": "333 1234567"})
    seen = []
    for _ in range(4):
        seen.append(conversation.press("/go_back").pending)
    assert seen == ["recapito", "nome", "operatore", None]


def test_a_referral_whose_step_is_not_understood_is_put_aside_and_taken_up_again(result) -> None:
    conversation, _ = result({**WORKER, "comune": "Monza", "provincia": "MB"})
    heard = conversation.press("/open_referral")
    conversation.press(heard.cards[-1]["sites"][0]["payload"])
    conversation.say("?!", "nlu_fallback")
    heard = conversation.say("?!?", "nlu_fallback")
    assert "metto da parte" in heard.text.lower()
    assert heard.pending is None
    assert conversation.press("/open_referral").pending == "nome"


# -- what is not forgotten -------------------------------------------------------------------------------------------


def test_starting_again_does_not_forget_mails_and_referrals(result, services) -> None:
    conversation, _ = result({**WORKER, "comune": "Monza", "provincia": "MB"})
    conversation.press('/ask_explain_result{"foglio": "email"}')
    conversation.say("maria@example.org", "inform")
    conversation.press("/affirm")
    conversation.press("/restart")
    heard = conversation.press("/affirm")
    assert heard.state["facts"] == {}
    assert memory(services, conversation).mails == 1


def test_a_second_referral_is_not_opened_after_starting_again(result, services) -> None:
    conversation, _ = result({**WORKER, "comune": "Monza", "provincia": "MB"})
    heard = conversation.press("/open_referral")
    conversation.press(heard.cards[-1]["sites"][0]["payload"])
    conversation.say("Maria Rossi", facts={"nome": "Maria Rossi"})
    conversation.say("333 1234567", facts={"telefono": "333 1234567"})
    conversation.press("/affirm")
    code = conversation.press("/affirm").state["referral"]["code"]
    conversation.press("/restart")
    conversation.press("/affirm")
    conversation.press("/check_eligibility")
    assert code in conversation.press("/open_referral").text
    assert len(services.referrals.all_for_case(conversation.case_id)) == 1


# -- the plan --------------------------------------------------------------------------------------------------------


def test_the_end_is_what_can_be_done_today(result) -> None:
    conversation, heard = result({**WORKER, "comune": "Monza", "provincia": "MB"})
    card = next(card for card in heard.cards if card["kind"] == "piano")
    assert [action["measure"] for action in card["actions"]] == [entry["measure"] for entry in heard.state["plan"]]
    assert heard.state["plan"]
    assert heard.state["situation"] == "rientro_dopo_malattia"
    assert heard.texts[0].startswith("In breve")
    again = conversation.say("ho 51 anni", facts={"eta": 51})
    assert "piano" not in [card["kind"] for card in again.cards]


def test_words_near_a_questions_in_a_story_are_no_question(consented) -> None:
    near = act("ask", 0.58, question="Q012", alternatives=["Q007"])
    heard = say(
        consented(), "sono rientrata dopo otto mesi, ho 50 anni", facts={"eta": 50}, acts=(near,), confidence=0.99
    )
    assert answers.get("Q012").text not in heard.text and "50 anni" in heard.text


def test_a_clear_question_in_a_story_is_answered(consented) -> None:
    clear = act("ask", 0.95, question="Q012", alternatives=["Q007"])
    heard = say(consented(), "ho 50 anni, possono licenziarmi?", facts={"eta": 50}, acts=(clear,), confidence=0.99)
    assert answers.get("Q012").text in heard.text


def test_after_a_dark_thought_nothing_else_is_guessed(consented) -> None:
    heard = say(consented(), "certe sere non vorrei svegliarmi", "cancel_referral", safety="concern", confidence=0.4)
    assert texts.say("sentire.pensiero_buio") in heard.text
    assert not any("Annullare" in button["title"] for button in heard.buttons)
    assert heard.pending == "occupazione"


def test_a_situation_typed_later_is_a_situation_chosen(consented) -> None:
    conversation = consented()
    say(conversation, "ho 50 anni", facts={"eta": 50})
    heard = say(conversation, "Sono in cassa integrazione", "out_of_scope", confidence=0.5)
    assert heard.state is not None and heard.state["facts"]["occupazione"] == "sospeso_cig"
