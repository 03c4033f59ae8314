"""Codes: unguessable, readable aloud, and mistyped ones are told apart."""

import math

from hypothesis import assume, given
from hypothesis import strategies as st

from referrals import codes

BODY = st.text(codes.ALPHABET, min_size=12, max_size=12)


def bare(code):
    return code.removeprefix("RT-").replace("-", "")


def test_a_code_has_sixty_random_bits_and_no_ambiguous_letter():
    assert 12 * math.log2(len(codes.ALPHABET)) >= 60
    assert not set("ILOU") & set(codes.ALPHABET)
    made = {codes.new_code() for _ in range(2000)}
    assert len(made) == 2000
    assert all(codes.normalise(code) == code for code in made)
    # Every letter turns up at every place: none is fixed by mistake.
    assert all(len({bare(code)[i] for code in made}) == 32 for i in range(12))


@given(BODY)
def test_any_way_of_writing_a_code_is_understood(body):
    code = codes._dress(body)
    assert codes.normalise(code.lower()) == code
    assert codes.normalise(f"  {code.replace('-', ' ')} ") == code
    assert codes.normalise(code.removeprefix("RT-")) == code
    assert codes.normalise(code.replace("0", "O").replace("1", "l").replace("V", "u")) == code


@given(BODY, st.integers(0, 12), st.sampled_from(codes.ALPHABET))
def test_one_wrong_character_is_always_noticed(body, place, letter):
    letters = bare(codes._dress(body))
    assume(letters[place] != letter)
    assert codes.normalise(letters[:place] + letter + letters[place + 1 :]) is None


def test_most_swaps_of_neighbours_are_noticed():
    noticed = total = 0
    for _ in range(400):
        letters = bare(codes.new_code())
        for i in range(12):
            if letters[i] != letters[i + 1]:
                total += 1
                swapped = letters[:i] + letters[i + 1] + letters[i] + letters[i + 2 :]
                noticed += codes.normalise(swapped) is None
    assert noticed / total > 0.99


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_a_code(text):
    found = codes.normalise(text)
    assert found is None or codes.normalise(found) == found


@given(BODY)
def test_a_pin_has_six_digits_and_depends_on_secret_and_code(body):
    code = codes._dress(body)
    pin = codes.pin_for(b"secret", code)
    assert len(pin) == 6
    assert pin.isdigit()
    assert pin == codes.pin_for(b"secret", code)
    assert codes.pin_hash(b"secret", code, pin) != codes.pin_hash(b"other", code, pin)
