"""Ciphertext opens only in its own place, unaltered, under its own key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import crypto
from cases.errors import DecryptionFailed

PLACE = ("turn", "body", "row 1")
KEY = crypto.new_key()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_what_is_sealed_comes_back(value):
    cipher = crypto.Cipher("case", KEY)
    assert cipher.open(*PLACE, cipher.seal(*PLACE, value)) == value


@pytest.mark.parametrize("other", [("consent", "body", "row 1"), ("turn", "text", "row 1"), ("turn", "body", "row 2")])
def test_a_value_copied_to_another_place_does_not_open(other):
    cipher = crypto.Cipher("case", KEY)
    with pytest.raises(DecryptionFailed):
        cipher.open(*other, cipher.seal(*PLACE, "parola"))


def test_a_value_of_another_case_does_not_open_even_under_the_same_key():
    sealed = crypto.Cipher("case", KEY).seal(*PLACE, "parola")
    with pytest.raises(DecryptionFailed):
        crypto.Cipher("other case", KEY).open(*PLACE, sealed)


def test_places_that_read_alike_when_joined_differ():
    sealed = crypto.seal(KEY, b"x", "ab", "c")
    with pytest.raises(DecryptionFailed):
        crypto.open_sealed(KEY, sealed, "a", "bc")


@given(st.data())
def test_any_altered_bit_is_noticed(data):
    sealed = bytearray(crypto.seal(KEY, b"parola segreta", *PLACE))
    position = data.draw(st.integers(0, len(sealed) - 1))
    sealed[position] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(DecryptionFailed):
        crypto.open_sealed(KEY, bytes(sealed), *PLACE)


def test_the_same_value_never_looks_the_same():
    assert crypto.seal(KEY, b"x", *PLACE) != crypto.seal(KEY, b"x", *PLACE)
