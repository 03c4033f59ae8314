"""Staff read the conversation without the PINs."""

from __future__ import annotations

import pytest

from hotline import masking


def said(desk, *texts: str, card: dict | None = None):
    case_id = desk.world.a_case().id
    for number, text in enumerate(texts):
        body = {"text": text} | ({"card": card} if card and number == 0 else {})
        desk.world.cases.add_turn(case_id, "bot" if number == 0 else "persona", body, desk.now, f"key{number}", "done")
    return case_id, desk.world.cases.turns(case_id)


@pytest.mark.parametrize("written", ["482913", "482 913", "48-29-13", "4.8.2.9.1.3", "il pin è 482913."])
def test_a_pin_is_masked_however_it_is_written(desk, written: str) -> None:
    _, turns = said(desk, "Buongiorno", written)
    shown = str([turn.body for turn in masking.without_pins(turns, {"482913"})])
    assert masking.MASK in shown
    assert "482913" not in "".join(character for character in shown if character.isdigit())


def test_the_receipt_is_masked_and_the_rest_stays(desk) -> None:
    card = {"kind": "segnalazione", "code": "RT-1", "pin": "482913", "phone": "02 4829131"}
    _, turns = said(desk, "Il PIN è 482913.", "chiamo il 3334829131", card=card)
    first, second = masking.without_pins(turns, ())
    assert first.body == {
        "text": f"Il PIN è {masking.MASK}.",
        "card": {"kind": "segnalazione", "code": "RT-1", "pin": masking.MASK, "phone": "02 4829131"},
    }
    assert second.body["text"] == "chiamo il 3334829131", "part of a longer number is no PIN"
    assert turns[0].body["card"]["pin"] == "482913", "the person keeps their own"


def test_the_pins_of_all_referrals_of_a_case_are_known(desk) -> None:
    desk.world.with_operators()
    opened = desk.world.a_referral()
    referral = desk.world.referrals.get(opened.code)
    assert desk.world.referrals.pins_of_case(referral.case_id) == {opened.pin}
    assert desk.world.referrals.pins_of_case("0" * 32) == set()
