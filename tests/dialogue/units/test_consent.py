"""Health data wait for a consent of their own."""

from __future__ import annotations


def asked(talk, role: str = "cittadino"):
    """A conversation where a health fact was told, so that the consent is asked."""
    conversation = talk(role)
    return conversation, conversation.say("ho il 75%", facts={"invalidita_percento": 75})


def test_the_opening_says_that_a_machine_speaks_and_asks_for_no_consent(talk) -> None:
    opening = talk().opening
    assert "automatico" in opening.text
    assert "non una persona" in opening.text
    assert not opening.cards
    assert len(opening.buttons) == 5


def test_a_laid_off_person_is_not_stopped_by_the_consent(talk) -> None:
    heard = talk().press('/inform{"situazione": "perso_lavoro"}')
    assert heard.pending not in ("consenso_salute", "situazione")
    assert heard.state["facts"] == {"situazione": "perso_lavoro", "occupazione": "disoccupato"}
    assert heard.state["situation"] == "perso_lavoro"


def test_the_consent_is_asked_with_its_exact_text_when_a_health_fact_is_told(talk) -> None:
    _, heard = asked(talk)
    assert heard.pending == "consenso_salute"
    assert heard.cards[0]["kind"] == "consenso"
    assert "cifrata" in heard.cards[0]["text"]


def test_the_consent_is_asked_when_the_first_health_fact_is_needed(talk) -> None:
    import eligibility

    conversation = talk()
    heard = conversation.press("/check_eligibility")
    catalogue = eligibility.load().facts
    told = {"occupazione": "dipendente_tempo_indeterminato", "provincia": "MI", "eta": 50}
    while heard.pending != "consenso_salute":
        assert not catalogue[heard.pending].sensitive
        heard = conversation.say("", facts={heard.pending: told.get(heard.pending, True)})
    heard = conversation.press("/affirm")
    assert catalogue[heard.pending].sensitive


def test_an_answer_that_never_comes_leaves_health_aside_and_the_talk_goes_on(talk) -> None:
    conversation, _ = asked(talk)
    conversation.say("bla bla", "nlu_fallback")
    heard = conversation.say("bla bla bla", "nlu_fallback")
    assert heard.pending != "consenso_salute"
    assert "da verificare" in heard.text
    assert "invalidita_percento" not in heard.state["facts"]


def test_what_is_told_before_the_consent_is_used_after_a_yes(talk) -> None:
    conversation = talk()
    said = conversation.say("ho il 75%", facts={"invalidita_percento": 75})
    assert said.state["facts"] == {}
    assert said.pending == "consenso_salute"
    agreed = conversation.press("/affirm")
    assert agreed.state["facts"] == {"invalidita_percento": 75}


def test_the_text_agreed_to_is_kept_with_version_and_hash(talk, services) -> None:
    conversation, heard = asked(talk)
    shown = heard.cards[0]["text"]
    conversation.press("/affirm")
    kept = services.cases.get(conversation.case_id).consents["salute"]
    assert kept.text == shown
    assert kept.version
    assert kept.text_hash


def test_after_a_no_health_facts_are_dropped_and_others_stay(talk) -> None:
    conversation = talk()
    conversation.say("ho il 75% e vivo a Milano", facts={"invalidita_percento": 75, "provincia": "MI"})
    refused = conversation.press("/deny")
    assert refused.state["facts"] == {"provincia": "MI"}
    assert refused.state["consents"]["salute"]["given"] is False
    assert "invalidita_percento" not in str(refused.state["facts"])


def test_without_consent_no_health_question_is_asked_and_the_verdict_stays_open(talk) -> None:
    import eligibility

    conversation, _ = asked(talk)
    heard = conversation.press("/deny")
    facts = eligibility.load().facts
    answers = {"occupazione": "dipendente_tempo_indeterminato", "provincia": "MI", "eta": 50}
    for _ in range(len(facts)):  # a conversation that asks for ever must fail here, not hang
        if heard.pending not in facts:
            break
        asked_for = facts[heard.pending]
        assert not asked_for.sensitive
        value = answers.get(asked_for.id, True if asked_for.type == "bool" else None)
        heard = conversation.say("", facts={asked_for.id: value})
    assert heard.pending == "riepilogo"
    result = conversation.press("/affirm")
    assert result.verdicts["dote_ritorno_al_lavoro"] == "da_verificare"


def test_a_health_fact_after_a_no_is_not_kept(talk) -> None:
    conversation, _ = asked(talk)
    conversation.press("/deny")
    said = conversation.say("ho il 75%", facts={"invalidita_percento": 75})
    assert "invalidita_percento" not in said.state["facts"]
    assert "non ho il suo consenso" in said.text


def test_asking_why_before_answering_explains_and_asks_again(talk) -> None:
    conversation, _ = asked(talk)
    heard = conversation.press("/ask_why")
    assert "legge" in heard.text
    assert heard.pending == "consenso_salute"


def test_a_side_question_before_the_consent_is_answered(talk) -> None:
    conversation, _ = asked(talk)
    heard = conversation.say("quanto vale?", "ask_amount")
    assert "2.000 euro" in heard.text
    assert heard.pending == "consenso_salute"


def test_the_professionals_words_say_who_agrees(talk) -> None:
    assert "paziente" in asked(talk, "medico")[1].cards[0]["text"]
    assert "letto questo testo alla persona" in asked(talk, "sportello")[1].cards[0]["text"]


def test_a_refusal_can_become_a_consent_later(talk) -> None:
    conversation, _ = asked(talk)
    conversation.press("/deny")
    offered = conversation.say("ho il 75%", facts={"invalidita_percento": 75})
    payload = next(b["payload"] for b in offered.buttons if "consenso_salute" in b["payload"])
    conversation.press(payload)
    heard = conversation.say("ho il 75%", facts={"invalidita_percento": 75})
    assert heard.state["facts"]["invalidita_percento"] == 75
    assert heard.state["consents"]["salute"]["given"] is True


def test_the_consent_can_be_taken_back_and_health_facts_go(result, services) -> None:
    conversation, _ = result()
    assert conversation.say("ritiro il consenso sui dati di salute", "delete_data").pending == "conferma"
    heard = conversation.press("/affirm")
    assert "invalidita_percento" not in heard.state["facts"]
    assert heard.state["facts"]["eta"] == 50
    assert not services.cases.get(conversation.case_id).consented("salute")
