"""The way from a message to a :class:`Reading`: fold, split, expand abbreviations, repair typos, read numbers."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

import yaml
from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.facts.clauses import analyse
from bot.facts.context import Context
from bot.facts.corrections import apply_corrections
from bot.facts.numbers import with_numbers
from bot.facts.reading import Reading
from bot.facts.words import Piece, Word, fold, tokenize
from bot.intents.focus import cap_length

LONGEST_START, LONGEST_END = 1500, 1500  # characters
MOST_WORDS = 500  # a message of noise has a word for each sign; real ones of 3000 characters have about this many
_HUNDRED = frozenset({"cento", "100"})


@lru_cache(maxsize=1)
def _spelling() -> tuple[dict[str, str], list[str], frozenset[str], dict[str, str]]:
    data = yaml.safe_load((Path(__file__).parent / "spelling.yaml").read_text(encoding="utf-8"))
    keywords = [word for line in data["keywords"] for word in line.split()]
    known = frozenset(keywords) | {word for line in data["look_alikes"] for word in line.split()}
    single = {_single_letters(word): word for word in keywords if len(word) > 7}
    return {str(k): str(v) for k, v in data["abbreviations"].items()}, keywords, known, single


def _single_letters(word: str) -> str:
    """`word` with doubled letters written once: the commonest error of all."""
    return re.sub(r"(.)\1", r"\1", word)


# "rientravo" is no misspelt "rientrato".
_VERB_FORM = re.compile(r"(?:[aei]v[oai]|[aei]vano|[aei]ndo|[aei]re|iamo|[ao]no|ro|rei|rebbe|r[ae])$")


@lru_cache(maxsize=8192)
def repaired(word: str) -> str:
    """The keyword of our domain that `word` misspells, or `word` itself."""
    _, keywords, known, single = _spelling()
    if len(word) < 6 or len(word) > 20 or word in known or not word.isalpha() or _VERB_FORM.search(word):
        return word
    if _single_letters(word) in single:
        return single[_single_letters(word)]
    limit = 1 if len(word) < 13 else 2
    best = process.extract(word, keywords, scorer=OSA.distance, score_cutoff=limit, limit=2)
    if not best or (len(best) > 1 and best[0][1] == best[1][1]) or best[0][0][0] != word[0]:
        return word
    return best[0][0]


def _expanded(words: list[Word]) -> list[Word]:
    """Abbreviations of chats and forms in full, "per cento" as ``%``."""
    abbreviations = _spelling()[0]
    result: list[Word] = []
    i = 0
    while i < len(words):
        word = words[i]
        following = words[i + 1] if i + 1 < len(words) else None
        after_digit = bool(result) and (result[-1].text[0].isdigit() or result[-1].text in _TENS)
        if (
            word.text in ("per", "x", "su")
            and following
            and following.text in _HUNDRED
            and (after_digit or word.text != "su")
        ):
            result.append(Word("%", word.start, following.end))
            i += 2
            continue
        if word.text in ("percento", "pct", "percent", "xcento"):
            result.append(Word("%", word.start, word.end))
        elif word.text == "no" and _foreign_no(result, following):
            result.append(Word("non", word.start, word.end))
        elif word.text in _ELIDED and following and following.text[0] in "aeiou" and following.start == word.end + 1:
            result.append(Word(word.text + "'", word.start, word.end))
        elif word.text in abbreviations:
            parts = abbreviations[word.text].split()
            result.extend(Word(part, word.start, word.end) for part in parts)
        else:
            result.append(Word(repaired(word.text), word.start, word.end))
        i += 1
    return result


def _foreign_no(before: list[Word], following: Word | None) -> bool:
    """ "Io no lavoro", as people say who are learning Italian."""
    verbs = ("lavoro", "lavora", "ho", "sono", "so", "abito", "prendo", "capisco", "avere", "essere", "posso")
    return bool(before) and before[-1].text == "io" and following is not None and following.text in verbs


# Articles and prepositions that people write without their apostrophe: "nell ultimo anno", "l azienda".
_ELIDED = frozenset("l nell dell all dall sull coll quell quest d".split())

_TENS = frozenset(
    "venti trenta quaranta cinquanta sessanta settanta ottanta novanta uno due tre quattro cinque sei sette otto nove".split()
)
_DOTTED = [  # dotted abbreviations, as the splitter leaves them
    (re.compile(r"\bco ?\. ?co ?\. ?(?:co|pro) ?\.?(?= |$)|\bcococo\b|\bcocopro\b"), "cococo"),
    (re.compile(r"\bp ?\. ?iva\b|\bpartita i ?\. ?v ?\. ?a\b|\bpiva\b|\bp iva\b|\bpart ?\. iva\b"), "partita iva"),
    (re.compile(r"\bc ?\. ?i ?\. ?g ?\. ?o\b"), "cigo"),
    (re.compile(r"\bc ?\. ?i ?\. ?g ?\. ?s\b"), "cigs"),
    (re.compile(r"\bc ?\. ?i ?\. ?g\b"), "cig"),
    (re.compile(r"\bi ?\. ?c ?\.?(?= (?:al |del )?\d)"), "invalidita civile"),
    (re.compile(r"\bs ?/ ?n\b"), "sul naviglio"),
    (re.compile(r"\bs ?/ ?a\b"), "sull' adda"),
    (re.compile(r"\bl ?\. ?68\b"), "legge 68"),
    (re.compile(r"\bi ?\. ?n ?\. ?a ?\. ?i ?\. ?l\b"), "inail"),
    (re.compile(r"\bf ?\. ?i ?\. ?s\b(?= |$)"), "fis"),
    (re.compile(r"\bt(?:empo)? ?\.? ?ind(?:et)?\b(?: ?\.)?|\bt ?\. ?i(?: ?\.|(?= |$))"), "tempo indeterminato"),
    (re.compile(r"\bt(?:empo)? ?\.? ?det\b(?: ?\.)?|\bt ?\. ?d(?: ?\.|(?= |$))"), "tempo determinato"),
    (re.compile(r"\bfull ?-? ?time\b"), "fulltime"),
    (re.compile(r"\bpart ?-? ?time\b|\bparttime\b|\bpart ?-? ?taim\b|\bpartime\b"), "parttime"),
]


def prepare(text: str, context: Context) -> Reading:
    """`text` ready for the extractors.

    :param text: a message of any length; of a very long one, beginning and end are read.
    """
    text = cap_length(unicodedata.normalize("NFC", text), LONGEST_START, LONGEST_END)
    pieces = canonical_pieces(text)
    whole = " ".join(piece.canon for piece in pieces)
    return Reading(pieces, context, whole, analyse(whole, context), text)


def canonical_pieces(text: str) -> list[Piece]:
    """Canonical words of `text`, corrections applied."""
    words = tokenize(fold(text))
    if len(words) > MOST_WORDS:
        words = words[: MOST_WORDS // 2] + words[-MOST_WORDS // 2 :]
    pieces = _joined_abbreviations(with_numbers(_expanded(words)))
    return apply_corrections(pieces)


def _joined_abbreviations(pieces: list[Piece]) -> list[Piece]:
    for pattern, name in _DOTTED:
        text = " ".join(piece.canon for piece in pieces)
        matches = list(pattern.finditer(text))
        for match in reversed(matches):
            first = text.count(" ", 0, match.start())
            last = text.count(" ", 0, match.end())
            merged = [Piece(part, pieces[first].start, pieces[last].end) for part in name.split()]
            pieces = [*pieces[:first], *merged, *pieces[last + 1 :]]
    return pieces
