"""Reads the name of a place at a point of the canonical text."""

from __future__ import annotations

import re

from bot.facts.gazetteer import Place, gazetteer

# Codes of provinces that are no words: "vivo a Bg".
_CODES = frozenset({"bg", "bs", "cr", "lc", "mn", "mb", "pv"})
_PROVINCE_OF = re.compile(r"^(?:in |della |nella |la |sempre )?provincia (?:di |del |della |: )?")
_WORD = re.compile(r"[a-z]+'?|-")


def length_of(text: str, words: int) -> int:
    """How many characters the first `words` words of canonical `text` take."""
    position = -1
    for _ in range(words):
        position = text.find(" ", position + 1)
        if position < 0:
            return len(text)
    return position


def place_at(text: str, loose: bool = True) -> Place | None:
    """The place that canonical `text` begins with.

    :param loose: whether shortened and misspelt names of comuni count.
    """
    book = gazetteer()
    article = re.match(r"(?:la |il |l' )", text)
    if article:
        rest = place_at(text[article.end() :], loose=False)
        return Place(rest.comune, rest.provincia, rest.lombardia, rest.words + 1) if rest and not rest.comune else None
    province = _PROVINCE_OF.match(text)
    if province:
        named = name_words(text[province.end() :])
        code = named[0].upper() if len(named) == 1 and len(named[0]) == 2 else ""
        found = (code, 1) if code in book.lombard_codes else book.province(named)
        if found:
            return Place(None, found[0], found[0] in book.lombard_codes, province.group(0).count(" ") + found[1])
        return None
    words = name_words(text)
    if not words:
        return None
    if len(words) == 1 and words[0] in _CODES and words[0].upper() in book.lombard_codes:
        return Place(None, words[0].upper(), True, 1)  # "vivo a Bg"
    for n in range(min(3, len(words)), 0, -1):
        name = " ".join(words[:n])
        if name in book.areas:
            return Place(None, book.areas[name], True, n)
        if name in ("lombardia", "regione lombardia", "brianza"):
            return Place(None, None, True, n)
        if name in book.regions or name in book.outside:
            return Place(None, None, False, n)
    after = _hint_of_province(text, words)
    return book.comune(words, after, loose)


def _hint_of_province(text: str, words: list[str]) -> str | None:
    """Code of a province named just behind a comune: "Castro (BG)", "Vedano, provincia di Varese"."""
    match = re.match(
        r"^[a-z' \-]{1,60}?(?:\( ([a-z]{2}) \)|,? (?:in )?provincia (?:di |del |: )?([a-z' ]{1,60}))", text
    )
    if not match:
        return None
    found = gazetteer().province((match[1] or match[2]).split())
    return found[0] if found else None


_STOPS = frozenset(
    "ma pero mentre e ed o con per da dal dalla che dove sono ho ha ma lavoro lavora abito abita vivo vive part parttime come invece io "
    "quindi poi adesso ora provincia prov in nel ma tempo il non ci mi".split()
)


def name_words(text: str) -> list[str]:
    """Words that may belong to one name: letters and apostrophes, up to a sign or a word no name holds."""
    words: list[str] = []
    for token in text.split(" ")[:10]:
        if token == "." and words and len(words[-1]) <= 3:
            continue  # "s . donato"
        if token == "-" and words:
            continue
        if not _WORD.fullmatch(token) or (
            token in _STOPS and not (words and token in ("e", "ed", "con", "in", "al", "sul"))
        ):
            break
        words.append(token)
    while words and words[-1] in _STOPS:
        words.pop()
    return words[:6]
