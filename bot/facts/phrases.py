"""Finds the phrases of ``phrases.yaml`` with spaCy's PhraseMatcher."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import spacy
import yaml
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from bot.facts.reading import Reading
from bot.facts.words import language


class Phrase(NamedTuple):
    """A phrase in a message: fact and value it stands for, first and last word, characters in the canonical text."""

    fact: str
    value: str
    start: int
    end: int
    text: str


def spelled_out(pattern: str) -> list[str]:
    """All phrases that a pattern of the file stands for, in canonical form."""
    parts = re.split(r"\(([^()]*)\)", pattern)
    choices = [part.split("|") if i % 2 else [part] for i, part in enumerate(parts)]
    texts = {" ".join("".join(chosen).split()) for chosen in itertools.product(*choices)}
    while any("@" in text for text in texts):
        texts = {text.replace("@", ending, 1) for text in texts for ending in ("oaie" if "@" in text else " ")}
    return sorted(text.replace("zero", "0") for text in texts)


@lru_cache(maxsize=2)
def _matcher(nlp: spacy.Language) -> PhraseMatcher:
    matcher = PhraseMatcher(nlp.vocab, attr="ORTH")
    catalogue = yaml.safe_load((Path(__file__).parent / "phrases.yaml").read_text(encoding="utf-8"))
    for fact, values in catalogue.items():
        for value, patterns in values.items():
            phrases = [text for pattern in patterns for text in spelled_out(pattern)]
            matcher.add(f"{fact}={value}", [Doc(nlp.vocab, words=phrase.split()) for phrase in phrases])
    return matcher


def phrases(reading: Reading, fact: str) -> Iterator[Phrase]:
    """Phrases about `fact` in what is stated about the person, the longest where some overlap, in order."""
    if not reading.pieces:
        return
    nlp = language()
    words = reading.text.split(" ")
    matches = _matcher(nlp)(Doc(nlp.vocab, words=words))
    starts = list(itertools.accumulate((len(word) + 1 for word in words), initial=0))
    named = []
    for label, first, last in matches:
        about, _, value = nlp.vocab.strings[label].partition("=")
        if about == fact:
            named.append((first, last, value))
    taken = -1
    for first, last, value in sorted(named, key=lambda item: (item[0], -item[1])):
        if first >= taken:
            start, end = starts[first], starts[last] - 1
            yield Phrase(fact, value, start, end, reading.text[start:end])
            taken = last
