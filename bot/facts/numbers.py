"""Numbers in digits and in words, as canonical pieces."""

from __future__ import annotations

import re

from text_to_num import find_numbers

from bot.facts.words import Piece, Word

_ELIDED_TENS = {
    "vent'": "venti",
    "trent'": "trenta",
    "quarant'": "quaranta",
    "cinquant'": "cinquanta",
    "sessant'": "sessanta",
    "settant'": "settanta",
    "ottant'": "ottanta",
    "novant'": "novanta",
    "cent'": "cento",
}
_TENS = ("vent", "trent", "quarant", "cinquant", "sessant", "settant", "ottant", "novant")
_ONES = ("un", "du", "tre", "quattr", "cinqu", "sei", "sett", "ott", "nov")
# "cinquantaquattrenne" is somebody of 54; text2num does not know these.
_AGED = {f"{ten}enne": 20 + 10 * i for i, ten in enumerate(_TENS)} | {
    f"{ten}{'i' if i == 0 else 'a'}{one}enne".replace("aun", "un")
    .replace("aott", "ott")
    .replace("iun", "un")
    .replace("iott", "ott"): 20 + 10 * i + n
    for i, ten in enumerate(_TENS)
    for n, one in enumerate(_ONES, 1)
}
# Ordinals and collective words that text2num reads as numbers and that are none here.
_NOT_NUMBERS = re.compile(
    r"^(prim|second|terz|quart|quint|sest|settim|ottav|non|decim|undicesim|dodicesim)[oaie]$|^e$|esim[oaie]$"
)
_UNITS = frozenset(
    {"mese", "mesi", "giorni", "giorno", "giornate", "anni", "anno", "settimane", "settimana", "ore", "%", "euro"}
)
_PLAIN_DIGITS = re.compile(r"^\d+$")
_THOUSANDS = re.compile(r"^\d{1,3}(?:\.\d{3})+$")


class _NumberToken:
    """A word as text2num wants it."""

    __slots__ = ("_skip", "_text")

    def __init__(self, text: str, skip: bool) -> None:
        self._text, self._skip = text, skip

    def text(self) -> str:
        return self._text

    def nt_separated(self, previous: object) -> bool:
        return False

    def not_a_number_part(self) -> bool:
        return self._skip


def canonical_digits(text: str) -> str:
    """Digits as people write them, to a form that ``float`` reads: ``6,5`` is 6.5, ``2.000`` is 2000."""
    if _PLAIN_DIGITS.match(text):
        return text[:15]
    if _THOUSANDS.match(text):
        return text.replace(".", "")
    whole, _, rest = text.replace(",", ".").partition(".")
    return (
        whole[:15] + "." + re.sub(r"\D", "", rest)[:6] if re.fullmatch(r"\d+", rest) else re.sub(r"\D", "", text)[:15]
    )


def with_numbers(words: list[Word]) -> list[Piece]:
    """Pieces in which every number, digits or words, stands as one canonical number.

    :param words: folded words. "sei" counts as 6 only beside a unit, beside other numbers, or alone.
    """
    texts = [_ELIDED_TENS.get(word.text, word.text) for word in words]
    tokens = [_NumberToken(text, _skipped(texts, i)) for i, text in enumerate(texts)]
    spans = {}
    for found in find_numbers(tokens, "it", threshold=0):
        if not found.is_ordinal and not any(texts[i][:1].isdigit() for i in range(found.start, found.end)):
            spans[found.start] = (found.end, found.text.replace(",", "."))
    pieces: list[Piece] = []
    i = 0
    while i < len(words):
        if i in spans:
            end, value = spans[i]
            pieces.append(Piece(value, words[i].start, words[end - 1].end, spelled=True))
            i = end
            continue
        text = texts[i]
        if text.endswith("enne") and text in _AGED:
            pieces.append(Piece(str(_AGED[text]), words[i].start, words[i].end, spelled=True))
            text = "enne"
        pieces.append(Piece(canonical_digits(text) if text[0].isdigit() else text, words[i].start, words[i].end))
        i += 1
    return pieces


def _skipped(texts: list[str], i: int) -> bool:
    text = texts[i]
    if _NOT_NUMBERS.search(text) or (text.isalpha() and text[-1] not in "aeioun"):
        return True
    if text in ("un", "uno", "una"):
        # the grammar of durations reads articles itself; "uno" between digits is part of a dictated number
        return not (
            text == "uno" and {texts[i - 1] if i else "", texts[i + 1] if i + 1 < len(texts) else ""} & _DIGIT_WORDS
        )
    if text == "sei" and len(texts) > 2:
        after = texts[i + 1] if i + 1 < len(texts) else ""
        before = texts[i - 1] if i else ""
        return not (after in _UNITS or after in ("e", "o", "per", "su", ",") or before in _NUMBER_NEIGHBOURS)
    return False


_DIGIT_WORDS = frozenset("zero uno due tre quattro cinque sei sette otto nove".split())
_NUMBER_NEIGHBOURS = frozenset(
    "uno due tre quattro cinque sette otto nove zero venti trenta quaranta cinquanta sessanta settanta ottanta novanta "
    "cento mille il circa quasi erano sono fa ultimi primi per da anzi".split()
)
