"""How easy an Italian text is to read: the Gulpease index (Lucisano and Piemontese, 1988) and the longest sentence."""

from __future__ import annotations

import re

from eligibility import readability

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_PLACE = re.compile(r"\{[^{}]*\}")
_SENTENCE_END = re.compile(r"(?<![.!?])[.!?]+(?=\s|$)|\n+")


def sentences(text: str) -> list[str]:
    """The sentences of a text; a line of a list counts as one, a colon ends none."""
    return [part for part in _SENTENCE_END.split(_PLACE.sub("dato", text)) if _WORD.search(part)]


def words(text: str) -> list[str]:
    """The words of a text; a place to be filled counts as one short word."""
    return _WORD.findall(_PLACE.sub("dato", text))


def gulpease(text: str) -> float:
    """The Gulpease index of a text whose places to be filled each count as a short word (``eligibility.readability``).

    :raises ValueError: when the text has no words.
    """
    if not words(text):
        raise ValueError("a text without words has no readability")
    return readability.gulpease(_PLACE.sub("dato", text))


def longest_sentence(text: str) -> int:
    """Number of words of the longest sentence."""
    return max((len(words(sentence)) for sentence in sentences(text)), default=0)
