"""Whole kinds of misreading that must not come back, each with words of its own."""

from __future__ import annotations

import pytest

from bot.facts.context import Context
from bot.facts.extract import read


def facts(text: str, question: str | None = None) -> dict:
    return {found.fact: found.value for found in read(text, Context(question=question)).facts}


@pytest.mark.parametrize("text", ["si", "Si.", "no", "No!", "ok", "so"])
@pytest.mark.parametrize("question", ["provincia", "comune", "nome", "eta", None])
def test_yes_and_no_are_no_place_name_or_number(text: str, question: str | None) -> None:
    assert facts(text, question) == {}


@pytest.mark.parametrize(
    ("old", "new", "province"),
    [
        ("Gerosa", "Val Brembilla", "BG"),
        ("Civenna", "Bellagio", "CO"),
        ("Virgilio", "Borgo Virgilio", "MN"),
        ("Bastida de' Dossi", "Cornale e Bastida", "PV"),
        ("Villa Poma", "Borgo Mantovano", "MN"),
        ("Zelo Surrigone", "Vermezzo con Zelo", "MI"),
        ("Uggiate-Trevano", "Uggiate con Ronago", "CO"),
        ("Malgesso", "Bardello con Malgesso e Bregano", "VA"),
    ],
)
def test_a_comune_that_was_joined_has_its_name_of_today(old: str, new: str, province: str) -> None:
    got = facts(f"abito a {old}")
    assert (got.get("comune"), got.get("provincia"), got.get("residenza_lombardia")) == (new, province, True)


@pytest.mark.parametrize(
    ("slip", "comune"),
    [
        ("bergano", "Bergamo"),
        ("lenano", "Legnano"),
        ("ciavenna", "Chiavenna"),
        ("Bregano", "Bardello con Malgesso e Bregano"),
        ("brregano", "Bardello con Malgesso e Bregano"),
    ],
)
def test_a_slip_is_rather_of_a_comune_of_today_than_of_one_that_was_joined(slip: str, comune: str) -> None:
    assert facts(slip, "comune").get("comune") == comune


@pytest.mark.parametrize(
    ("text", "question", "name"),
    [
        ("mi chiamo Niccolò D'Amico", None, "Niccolò D'Amico"),
        ("Maria De Lò", "nome", "Maria De Lò"),
        ("Renè Dall'Ò", "nome", "Renè Dall'Ò"),
        ("zoë bianchi", "nome", "zoë bianchi"),
        ("Mario Invaldi", "nome", "Mario Invaldi"),
        ("Jose\u0301 Pe\u0301rez", "nome", "José Pérez"),
    ],
)
def test_a_name_is_kept_as_typed(text: str, question: str | None, name: str) -> None:
    assert facts(text, question) == {"nome": name}


@pytest.mark.parametrize("text", ["333 12", "il numero è 340 123", "0000000000", "12345", "333 333 333 333 333"])
def test_a_telephone_is_whole_or_refused(text: str) -> None:
    assert "telefono" not in facts(text, "recapito")


@pytest.mark.parametrize(
    ("text", "comune"),
    [
        ("abito in via Lodi 12 a Cremona", "Cremona"),
        ("sto in piazza Bergamo, a Treviglio", "Treviglio"),
        ("vivo a Milano in viale Monza", "Milano"),
    ],
)
def test_a_street_is_no_town(text: str, comune: str) -> None:
    assert facts(text)["comune"] == comune
