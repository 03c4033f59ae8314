"""Which passwords are refused, and how they are stored."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts import password_choice, passwords


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("corta", "corta"),
        ("undici car.", "corta"),
        ("x" * 201, "lunga"),
        ("password1234", "nota"),
        ("qwertyuiop123", "nota"),
        ("Password2024!", "indovinabile"),
        ("aaaaaaaaaaaaaaaa", "indovinabile"),
        ("1q2w3e4r5t6y7u", "indovinabile"),
        ("amoremioamoremio", "indovinabile"),
        ("lombardia2026", "indovinabile"),
    ],
)
def test_refused(password: str, reason: str) -> None:
    assert passwords.reasons_against(password) == [reason]
    assert reason in passwords.REASONS


@pytest.mark.parametrize(
    "password", ["sette mele verdi e tre pere", "corretto cavallo graffetta", "vX9$kq!7Lm2z", "è già più lungo così"]
)
def test_accepted(password: str) -> None:
    assert passwords.reasons_against(password) == []


def test_words_about_the_person_do_not_count() -> None:
    about = ("Melchiorre Passalacqua", "m.passalacqua@example.org")
    assert passwords.reasons_against("Passalacqua99", about) == ["indovinabile"]
    assert passwords.reasons_against("melchiorrepassalacqua", about) == ["indovinabile"]


@pytest.mark.parametrize(
    "password",
    [
        "tre gatti e Passalacqua sul tetto",
        "M3lch10rr3 e le sette mele verdi",
        "pa$$alacqua-corretto-cavallo-7",
        "il Rientro delle sette mele verdi",
        "r13ntr0-corretto-cavallo-graffetta",
        "Primavera2026-corretto",
        "corretto Inverno del 2025!",
        "settembre 1998 sotto la luna piena",
        "qwertyuiop-asdfghjkl-k7",
        "abcdefghijklmnop 9 Tz",
        "lalalalalalalalala9!Kx",
    ],
)
def test_names_seasons_with_a_year_and_patterns_are_refused_however_long(password: str) -> None:
    """The first rows reach zxcvbn's best score: it knows neither Italian names nor who chooses."""
    about = ("Melchiorre Passalacqua", "m.passalacqua@example.org")
    assert password_choice.reasons_against(password, about) == ["indovinabile"]


@pytest.mark.parametrize(
    "password", ["una primavera senza anno né nome", "corretto cavallo 2026 graffetta", "Ada va al mare con tre cani"]
)
def test_a_season_a_year_or_a_short_name_alone_may_stay(password: str) -> None:
    assert password_choice.reasons_against(password, ("Ada Prova", "ada@example.org")) == []


def test_stored_as_argon2id_and_never_the_same_twice() -> None:
    first, second = passwords.hashed("sette mele verdi"), passwords.hashed("sette mele verdi")
    assert first != second
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.matches("sette mele verdi", first) == (True, None)
    assert passwords.matches("sette mele verdI", first)[0] is False
    assert passwords.matches("sette mele verdi", None)[0] is False


def test_an_outdated_hash_is_renewed() -> None:
    from pwdlib.hashers.argon2 import Argon2Hasher

    weaker = Argon2Hasher(time_cost=1, memory_cost=8192, parallelism=1).hash("sette mele verdi")
    good, newer = passwords.matches("sette mele verdi", weaker)
    assert good
    assert newer is not None
    assert passwords.matches("sette mele verdi", newer) == (True, None)


@given(st.text(max_size=220))
@settings(max_examples=150, deadline=None)
def test_any_text_gets_an_answer(password: str) -> None:
    assert set(passwords.reasons_against(password, ("Ada", "ada@example.org"))) <= set(passwords.REASONS)
