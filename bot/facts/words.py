"""From a message to canonical words: lower case, no accents, numbers as digits, each with its place in the message."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import spacy
from spacy.tokenizer import Tokenizer
from spacy.tokens import Doc

# Pieces of one run of characters without blanks: numbers, words with their apostrophe, runs of one sign.
_PIECE = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+'?|([^\w\s])\1*|_+")
_APOSTROPHES = {"’": "'", "‘": "'", "`": "'", "´": "'", "ʼ": "'", "‐": "-", "‑": "-", "–": "-", "—": "-"}
_MOST_STRINGS = 150_000  # spaCy remembers every word it has seen; beyond this the vocabulary starts afresh


class Word(NamedTuple):
    """One word of a message: its text and where it stands."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Piece:
    """A canonical word.

    :ivar canon: canonical form; digits for a number.
    :ivar start: place in the message.
    :ivar end: place in the message.
    :ivar spelled: whether a number was written in words.
    """

    canon: str
    start: int
    end: int
    spelled: bool = False

    @property
    def number(self) -> float | None:
        """Its value when it is a number."""
        return float(self.canon) if self.canon[:1].isdigit() else None


def fold(text: str) -> str:
    """`text` in lower case without accents, character by character: every place stays the same."""
    return "".join(map(_fold_character, text))


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    if character in _APOSTROPHES:
        return _APOSTROPHES[character]
    base = "".join(c for c in unicodedata.normalize("NFKD", character.lower()) if not unicodedata.combining(c))
    if len(base) == 1:
        return base
    return " " if unicodedata.category(character).startswith(("C", "Z")) else "?"


class _Language:
    """spaCy's blank Italian with our splitting rules; no trained package is needed."""

    def __init__(self) -> None:
        self.nlp = spacy.blank("it")
        self.nlp.tokenizer = Tokenizer(self.nlp.vocab, infix_finditer=_PIECE.finditer)


_language: _Language | None = None


def language() -> spacy.Language:
    """The shared spaCy object, renewed when its memory of words has grown too large."""
    global _language
    if _language is None or len(_language.nlp.vocab.strings) > _MOST_STRINGS:
        _language = _Language()
    return _language.nlp


def tokenize(text: str) -> list[Word]:
    """Words, numbers and signs of `text`."""
    return [Word(t.text, t.idx, t.idx + len(t.text)) for t in language()(text) if not t.is_space]


def document(pieces: list[Piece]) -> Doc:
    """A spaCy document of canonical words, for its matchers."""
    return Doc(language().vocab, words=[piece.canon for piece in pieces])
