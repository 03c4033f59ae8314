"""Italian comuni on the map: find one by name, tell how far two are.

The table is ``data/comuni.csv`` (how it was made: ``data/build_comuni.py``).
"""

import csv
import math
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LOMBARDIA = ("BG", "BS", "CO", "CR", "LC", "LO", "MN", "MI", "MB", "PV", "SO", "VA")

_TABLE = Path(__file__).with_name("data") / "comuni.csv"
_EARTH_KM = 6371.0088
_ABBREVIATIONS = {"s": ("san", "santa", "sant"), "ss": ("santi",), "st": ("santo",)}


@dataclass(frozen=True)
class Place:
    """A comune and the point where its people live."""

    istat: str
    name: str
    provincia: str
    latitude: float
    longitude: float

    def km_to(self, latitude: float, longitude: float) -> float:
        """Great-circle distance in kilometres."""
        a, b = math.radians(self.latitude), math.radians(latitude)
        half = math.radians(longitude - self.longitude) / 2
        chord = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(half) ** 2
        return 2 * _EARTH_KM * math.asin(math.sqrt(chord))


def find(comune: str | None, provincia: str | None = None) -> Place | None:
    """The comune of this name; case, accents, apostrophes and bilingual halves do not matter.

    Six names exist twice in Italy: ``provincia`` decides, else Lombardia is preferred. None when no
    comune has the name.
    """
    if not comune:
        return None
    found: list[Place] = []
    for form in _forms(comune):
        found = _by_name().get(form, [])
        if found:
            break
    if provincia:
        inside = [p for p in found if p.provincia == provincia.upper()]
        found = inside or found
    return min(found, key=lambda p: (p.provincia not in LOMBARDIA, p.istat)) if found else None


def centre(provincia: str | None) -> tuple[float, float] | None:
    """Mean point of a province's comuni, the last resort when the comune is not known."""
    inside = [p for p in _all() if p.provincia == (provincia or "").upper()]
    if not inside:
        return None
    return (
        math.fsum(p.latitude for p in inside) / len(inside),
        math.fsum(p.longitude for p in inside) / len(inside),
    )


def all_in(provincia: str) -> list[Place]:
    """Comuni of one province, by ISTAT code."""
    return [p for p in _all() if p.provincia == provincia.upper()]


@cache
def _all() -> tuple[Place, ...]:
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(
            Place(
                row["istat"],
                row["comune"],
                row["provincia"],
                float(row["latitudine"]),
                float(row["longitudine"]),
            )
            for row in csv.DictReader(file)
        )


@cache
def _by_name() -> dict[str, list[Place]]:
    index: dict[str, list[Place]] = defaultdict(list)
    for place in _all():
        for name in {place.name, *place.name.split("/")}:
            index[_key(name)].append(place)
    return index


def _forms(name: str) -> list[str]:
    """Ways to read a written name, plain first: "S. Donato" may be San, Santa or Sant'."""
    forms = [_key(name)]
    first, _, rest = name.strip().lower().partition(".")
    if rest and first in _ABBREVIATIONS:
        forms += [_key(long + " " + rest) for long in _ABBREVIATIONS[first]]
    # "Milano (MI)" and "Reggio nell'Emilia, RE"
    shorter = re.sub(r"(?<![\s,])[\s,]*\(?\b[A-Z]{2}\b\)?$", "", name.strip())
    if shorter and shorter != name.strip():
        forms.append(_key(shorter))
    return forms


def _key(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub("[^a-z]", "", plain.lower())
