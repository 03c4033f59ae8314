"""Plain language: every text of the product is easy, short, and promises nothing."""

from __future__ import annotations

import re

import pytest

import texts
from texts.readability import gulpease, longest_sentence, words

# Not read by anybody: patterns of names, and the version of the consents.
NOT_PROSE = ("nomi_misure.", "consensi.versione")
ENTRIES = [entry for entry in texts.entries() if not entry.key.startswith(NOT_PROSE) and words(entry.text)]
# Known to everybody as they are.
COMMON_CAPITALS = {"PIN"}


def _id(entry: texts.Entry) -> str:
    return f"{entry.key}-{entry.audience}-{entry.variant}"


@pytest.mark.parametrize("entry", ENTRIES, ids=_id)
def test_a_text_is_easy_to_read(entry: texts.Entry) -> None:
    assert gulpease(entry.text) >= 60


@pytest.mark.parametrize("entry", ENTRIES, ids=_id)
def test_sentences_are_short(entry: texts.Entry) -> None:
    assert longest_sentence(entry.text) < 25


@pytest.mark.parametrize("entry", ENTRIES, ids=_id)
def test_nothing_is_promised_and_nobody_is_blamed(entry: texts.Entry) -> None:
    assert not re.search(r"(?i)\bha diritto\b|\bgarantit|\bsicuramente\b|\bha sbagliato\b|\bcolpa\b", entry.text)


@pytest.mark.parametrize("entry", ENTRIES, ids=_id)
def test_no_acronym_stands_alone(entry: texts.Entry) -> None:
    found = set(re.findall(r"\b[A-Z]{2,}\b", re.sub(r"\{[^}]*\}", "", entry.text))) - COMMON_CAPITALS
    assert all(f"({acronym})" in entry.text for acronym in found)


def test_the_index_follows_the_published_formula() -> None:
    # 10 words, 50 letters, one sentence: 89 + (300 * 1 - 10 * 50) / 10
    assert gulpease("parla parla parla parla parla parla parla parla parla parla.") == 69


def test_an_audience_without_words_of_its_own_hears_those_of_the_citizen() -> None:
    assert texts.say("riepilogo.vuoto", "medico") == texts.say("riepilogo.vuoto", "cittadino")


def test_a_variant_past_the_last_starts_again() -> None:
    number = texts.variants("colloquio.torniamo")
    assert texts.say("colloquio.torniamo", variant=number) == texts.say("colloquio.torniamo", variant=0)


def test_a_value_with_braces_is_shown_as_it_is() -> None:
    assert "{telefono}" in texts.say("colloquio.numero_fuori", errore="{telefono}")


def test_an_unknown_key_is_a_clear_error() -> None:
    with pytest.raises(texts.TextMissing):
        texts.say("apertura.non_esiste")


def test_doctors_hear_of_the_patient() -> None:
    assert "paziente" in texts.say("consensi.salute", "medico")
    assert "persona" in texts.say("apertura.chiedi_consenso", "sportello")
