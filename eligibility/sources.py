"""Where the rules come from: the documents of sources.yaml, with links pinned to a date where the law allows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from eligibility.errors import RuleError


@dataclass(frozen=True, slots=True)
class Source:
    """A document. ``kind``: seed, official or secondary. ``pin``: the site shows the text of any date."""

    id: str
    title: str
    url: str | None
    kind: str
    pin: str | None = None

    def link(self, on: dt.date) -> str | None:
        """The address, pinned to the day when the site can (Normattiva)."""
        if self.url and self.pin == "normattiva":
            return f"{self.url}!vig={on.isoformat()}"
        return self.url

    def to_dict(self, on: dt.date) -> dict[str, Any]:
        """The contract's ``{"id", "title", "url"}``."""
        return {"id": self.id, "title": self.title, "url": self.link(on)}


def parse_sources(data: Any, where: str = "sources.yaml") -> dict[str, Source]:
    """Read the content of sources.yaml. Raises RuleError."""
    if not isinstance(data, Mapping) or data.get("schema") != 1 or not isinstance(data.get("sources"), list):
        raise RuleError(f"{where}: servono «schema: 1» e l'elenco «sources».")
    found: dict[str, Source] = {}
    for n, item in enumerate(data["sources"]):
        place = f"{where}: sources[{n}]"
        if not isinstance(item, Mapping) or set(item) - {"id", "title", "url", "kind", "pin"}:
            raise RuleError(f"{place}: una fonte ha id, title, url, kind e a volte pin.")
        if not isinstance(item.get("id"), str) or not isinstance(item.get("title"), str):
            raise RuleError(f"{place}: servono «id» e «title».")
        if item.get("kind") not in ("seed", "official", "secondary"):
            raise RuleError(f"{place}: «kind» deve essere seed, official o secondary.")
        if item.get("pin") not in (None, "normattiva"):
            raise RuleError(f"{place}: «pin» può essere solo normattiva.")
        if item["id"] in found:
            raise RuleError(f"{place}: «{item['id']}» è ripetuta.")
        found[item["id"]] = Source(item["id"], item["title"], item.get("url"), item["kind"], item.get("pin"))
    return found


def cite(sources: Mapping[str, Source], ids: Iterable[str], on: dt.date) -> list[dict[str, Any]]:
    """The documents of these ids as the contract shows them."""
    return [sources[id_].to_dict(on) for id_ in ids]
