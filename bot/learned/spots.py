"""Numbers and places in a message: what they could be, and the words around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from bot.facts.catalogue import allowed
from bot.facts.gazetteer import Place, gazetteer
from bot.facts.place_names import length_of, place_at
from bot.learned.material import Material

NUMBERS = (
    "invalidita_percento",
    "invalidita_inail_percento",
    "eta",
    "mesi_assenza",
    "giorni_assenza_12_mesi",
    "giorni_assenza_6_mesi",
)
HOME, WORK, UNIT = "home", "sede_lavoro_lombardia", "unita_produttiva_lombardia"
PLACES = (HOME, WORK, UNIT)
NONE = "-"
MOST = 8  # of each sort in one message
WINDOW = 4
_MONTHS = {"mese": 1.0, "mesi": 1.0, "anno": 12.0, "anni": 12.0}
_BUCKETS = (0, 1, 6, 12, 18, 25, 33, 45, 66, 73, 79, 100, 120, 184, 366, 1899, 2040)
_CODE = re.compile(r"(?:bg|bs|cr|lc|mn|mb|pv|mi|lo|va|co|so)$")


@dataclass
class Spot:
    """One number or place.

    :ivar start: first character in the canonical text. :ivar end: one past the last.
    :ivar values: what it would mean in each role: role to facts.
    :ivar cues: names of what stands around it.
    """

    start: int
    end: int
    values: dict[str, dict[str, Any]]
    cues: list[str] = field(default_factory=list)


def numbers(material: Material) -> Iterator[Spot]:
    """The numbers of a message, with the months that a span of time would be."""
    reading = material.reading
    words = reading.whole.split(" ")
    starts = _starts(words)
    seen = 0
    for i, piece in enumerate(reading.pieces):
        value = piece.number
        if value is None or i >= len(words) or seen >= MOST:
            continue
        seen += 1
        following = words[i + 1] if i + 1 < len(words) else ""
        half = 0.5 if words[i + 2 : i + 4] == ["e", "mezzo"] or words[i + 1 : i + 3] == ["e", "mezzo"] else 0.0
        values: dict[str, dict[str, Any]] = {}
        for fact in NUMBERS:
            told: float = value
            if fact == "mesi_assenza":
                if following in _MONTHS:
                    told = (value + half) * _MONTHS[following]
                elif following.startswith("settiman"):
                    told = int(value * 7 / (365.25 / 12) * 2) / 2
                elif following in ("giorni", "giorno", "%", "ore"):
                    continue
            if told == int(told):
                told = int(told)
            if allowed(fact, told) and (isinstance(told, int) or fact == "mesi_assenza"):
                values[fact] = {fact: told}
        cues = _around(words, i, i + 1, material, starts[i])
        cues += [f"v:{_bucket(value)}", f"unit:{following[:6]}", f"v:{_bucket(value)}|unit:{following[:6]}"]
        cues += [f"v:{_bucket(value)}|q:{material.question}"]
        if piece.spelled:
            cues.append("spelled")
        yield Spot(starts[i], starts[i] + len(words[i]), values, cues)


def places(material: Material) -> Iterator[Spot]:
    """The places of a message that are named exactly."""
    text = material.reading.whole
    words = text.split(" ")
    starts = _starts(words)
    i = seen = 0
    while i < len(words) and seen < MOST:
        place = _place(text, words, starts, i)
        if place is None:
            i += 1
            continue
        seen += 1
        last = i + max(place.words, 1)
        home: dict[str, Any] = {"residenza_lombardia": place.lombardia}
        if place.provincia:
            home["provincia"] = place.provincia
        if place.comune:
            home["comune"] = place.comune
        values = {HOME: home, WORK: {WORK: place.lombardia}, UNIT: {UNIT: place.lombardia}}
        cues = _around(words, i, last, material, starts[i])
        sort = "comune" if place.comune else "area" if place.provincia else "region"
        cues += [f"sort:{sort}", f"lombard:{place.lombardia}", f"sort:{sort}|q:{material.question}"]
        yield Spot(starts[i], starts[i] + length_of(text[starts[i] :], place.words), values, cues)
        i = last


def _place(text: str, words: list[str], starts: list[int], i: int) -> Place | None:
    word = words[i]
    if not word[:1].isalpha():
        return None
    if len(word) == 2 and _CODE.match(word):
        before = words[i - 1] if i else ""
        if before in ("(", "provincia", "prov", "a", "di") and word not in ("co", "so", "lo", "mi", "va"):
            return Place(None, word.upper(), True, 1)
        return None
    if word not in _beginnings() or word in gazetteer().common_words and word not in ("provincia",):
        return None
    return place_at(text[starts[i] : starts[i] + 80], loose=False)


@lru_cache(maxsize=1)
def _beginnings() -> frozenset[str]:
    """First words of everything that the gazetteer knows."""
    book = gazetteer()
    names = {place.comune or "" for found in book.exact.values() for place in found}
    names |= set(book.areas) | set(book.outside) | set(book.regions) | set(book.provinces)
    first = {re.split(r"[ '\-/]", key_words(name))[0] for name in names if name}
    return frozenset(first | {"provincia", "lombardia", "brianza", "regione", "s", "val", "sesto"}) - {"", "la", "il"}


def key_words(name: str) -> str:
    """A name folded, its blanks kept."""
    from bot.facts.words import fold

    return fold(name)


def _around(words: list[str], first: int, last: int, material: Material, at: int) -> list[str]:
    """Names of the words near a spot, by place, and of those in its clause."""
    cues = []
    for distance in range(1, WINDOW + 1):
        before = words[first - distance] if first >= distance else "<"
        after = words[last + distance - 1] if last + distance - 1 < len(words) else ">"
        cues += [f"b{distance}:{before}", f"a{distance}:{after}", f"near:{before}", f"near:{after}"]
    cues.append(f"b:{words[first - 2] if first > 1 else '<'} {words[first - 1] if first else '<'}")
    cues.append(f"a:{words[last] if last < len(words) else '>'} {words[last + 1] if last + 1 < len(words) else '>'}")
    part = material.part_at(at)
    inside = part.text.split()
    cues += [f"c:{word}" for word in inside[:30] if not word[:1].isdigit()]
    cues += [f"c4:{word[:5]}" for word in inside[:30] if len(word) > 5]
    clause = material.reading.clause_at(at)
    flags = (("ours", clause.ours), ("asserted", clause.asserted), ("past", clause.past))
    cues += [f"{name}:{is_so}" for name, is_so in flags]
    cues += [f"q:{material.question}", f"role:{material.reading.context.role}"]
    cues.append(f"long:{min(len(words) // 6, 5)}|q:{material.question is not None}")
    if material.reading.negated(at, 4):
        cues.append("negated")
    return cues


def _starts(words: list[str]) -> list[int]:
    starts, position = [], 0
    for word in words:
        starts.append(position)
        position += len(word) + 1
    return starts


def _bucket(value: float) -> str:
    if value != int(value):
        return "broken"
    return str(next((i for i, limit in enumerate(_BUCKETS) if value <= limit), len(_BUCKETS)))
