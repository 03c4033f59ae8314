"""The words of e-mails: plain, neutral about health, complete."""

import pytest

from referrals import states, words
from texts.readability import gulpease, longest_sentence

MAILS = {kind: text for kind, text in words.load().items() if isinstance(text, dict) and "subject" in text}
HEALTH = (
    "salute",
    "malatt",
    "oncolog",
    "tumor",
    "cura",
    "invalid",
    "disabil",
    "terapi",
    "ritorno al lavoro",
    "diagnos",
)


@pytest.mark.parametrize("kind", MAILS)
def test_a_mail_is_plain_italian(kind):
    text = MAILS[kind]["text"]
    assert gulpease(text) >= 60
    assert longest_sentence(text) <= 25
    assert "diritto" not in text


@pytest.mark.parametrize("kind", MAILS)
def test_a_mail_says_nothing_about_health_and_asks_for_no_name(kind):
    whole = (MAILS[kind]["subject"] + MAILS[kind]["text"]).lower()
    assert not [word for word in HEALTH if word in whole]
    assert not [place for place in ("{nome}", "{name}", "{telefono}", "{measure}", "{misura}") if place in whole]


def test_every_state_has_its_words():
    assert set(words.load()["stati"]) == set(states.State)


def test_a_missing_value_is_an_error_not_a_strange_mail():
    with pytest.raises(KeyError):
        words.mail("operatore_nuova", code="RT")
