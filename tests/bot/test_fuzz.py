"""Whatever is written, reading it neither fails nor takes long."""

from __future__ import annotations

import gc
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.facts.catalogue import CONTACTS, allowed
from bot.facts.context import Context
from bot.facts.extract import read
from bot.intents.emergency import look_for_emergency
from bot.intents.focus import cap_length, deciding_part
from bot.intents.ngrams import features

QUESTIONS = [
    None,
    "comune",
    "provincia",
    "invalidita_percento",
    "mesi_assenza",
    "giorni_assenza_12_mesi",
    "occupazione",
    "ammortizzatore",
    "eta",
    "part_time",
    "nome",
    "recapito",
    "conferma",
    "no such question",
]
FRAGMENTS = [
    "abito a ",
    "s. ",
    "il 70 ",
    "% ",
    "anzi ",
    "no ",
    "sei mesi ",
    "dal 3/3 al 20/9 ",
    "mio marito ",
    "non ",
    "inail ",
    "mario@",
    "chiocciola ",
    "punto ",
    "339 ",
    "uno due ",
    "ﷺ",
    "😀",
    "\x00",
    "‮",
    "é",
    "'",
    "\n",
    "?",
    ",",
    "Monza ",
]
LONGEST_MS = 50

noise = st.one_of(
    st.text(max_size=400),
    st.lists(st.sampled_from(FRAGMENTS), max_size=60).map("".join),
    st.text(alphabet="0123456789 .,/-%€", max_size=200),
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=noise, question=st.sampled_from(QUESTIONS), role=st.sampled_from(["cittadino", "medico", "sportello"]))
def test_any_text_gives_only_facts_of_the_catalogue(text: str, question: str | None, role: str) -> None:
    understood = read(text, Context(question=question, role=role))
    for found in understood.facts:
        assert found.fact in CONTACTS or allowed(found.fact, found.value)
        assert 0 <= found.start <= found.end <= len(text) + 1
    assert len({found.fact for found in understood.facts}) == len(understood.facts)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("sono assente da sei mesi anzi sette", 7),
        ("0MESI SEI MESI:ANZI0", 0),
        ("sono stata assente 4 mesi, no scusi, 5", 5),
    ],
)
def test_a_corrected_figure_stands_where_both_were_said(text: str, value: int) -> None:
    (found,) = [item for item in read(text, Context()).facts if item.fact == "mesi_assenza"]
    assert found.value == value
    assert found.start < found.end == len(text)
    assert "mesi" in text[found.start : found.end].lower()


@settings(max_examples=200, deadline=None)
@given(text=noise)
def test_any_text_has_features_and_no_accidental_emergency_error(text: str) -> None:
    assert isinstance(features(cap_length(text)), list)
    look_for_emergency(text)
    deciding_part(cap_length(text))


HUGE = {
    "one letter": "a" * 10_000,
    "blanks": " " * 10_000,
    "digits": "1" * 10_000,
    "separate digits": "1 " * 5_000,
    "places": "abito a " * 1_250,
    "saints": "san " * 2_500,
    "corrections": "70% anzi " * 1_100,
    "U+FDFA": "ﷺ" * 10_000,
    "emoji": "😀👍" * 5_000,
    "control characters": "\x00\x01\x1f" * 3_400,
    "combining accents": "é" * 5_000,
    "direction marks": "‮‭" * 5_000,
    "signs": "?!.,;" * 2_000,
    "mails": "a@" * 5_000,
    "story": "sono stata in malattia sei mesi, ho il 75%, abito a Monza. " * 170,
}


@pytest.mark.parametrize("name", HUGE)
def test_ten_kilobytes_take_less_than_a_blink(name: str) -> None:
    text = HUGE[name]
    read("abito a Monza", Context())
    gc.collect()
    gc.disable()
    try:
        for question in (None, "comune", "invalidita_percento", "recapito"):
            started = time.process_time()
            read(text, Context(question=question))
            look_for_emergency(text)
            features(cap_length(text))
            assert (time.process_time() - started) * 1000 < 2 * LONGEST_MS  # three readings of it
    finally:
        gc.enable()


def test_the_classifier_sees_at_most_a_thousand_characters() -> None:
    assert len(cap_length("x" * 50_000)) <= 1001
    assert cap_length("inizio " + "x" * 50_000 + " fine").endswith("fine")
