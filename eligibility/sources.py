"""Where the rules come from: the documents of sources.yaml, with links pinned to a date where the law allows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from eligibility.errors import RuleError


@dataclass(frozen=True, slots=True)
class Source:
    """A document. ``kind``: seed, official or secondary. ``pin``: the site shows the text of any date.

    ``read_on``: the day it was read, or the date printed on it.
    """

    id: str
    title: str
    url: str | None
    kind: str
    pin: str | None = None
    read_on: dt.date | None = None

    def link(self, on: dt.date) -> str | None:
        """The address, pinned to the day when the site can (Normattiva)."""
        if self.url and self.pin == "normattiva":
            return f"{self.url}!vig={on.isoformat()}"
        return self.url

    def to_dict(self, on: dt.date) -> dict[str, Any]:
        """The contract's ``{"id", "title", "url"}``; the title says when the document was read, where that is known."""
        read = f" (letta il {self.read_on:%d/%m/%Y})" if self.read_on else ""
        return {"id": self.id, "title": f"{self.title}{read}", "url": self.link(on)}


def parse_sources(data: Any, where: str = "sources.yaml") -> dict[str, Source]:
    """Read the content of sources.yaml. Raises RuleError."""
    if not isinstance(data, Mapping) or data.get("schema") != 1 or not isinstance(data.get("sources"), list):
        raise RuleError(f"{where}: servono «schema: 1» e l'elenco «sources».")
    found: dict[str, Source] = {}
    for n, item in enumerate(data["sources"]):
        place = f"{where}: sources[{n}]"
        if not isinstance(item, Mapping) or set(item) - {"id", "title", "url", "kind", "pin", "read_on"}:
            raise RuleError(f"{place}: una fonte ha id, title, url, kind e a volte pin e read_on.")
        if not isinstance(item.get("id"), str) or not isinstance(item.get("title"), str):
            raise RuleError(f"{place}: servono «id» e «title».")
        if item.get("kind") not in ("seed", "official", "secondary"):
            raise RuleError(f"{place}: «kind» deve essere seed, official o secondary.")
        if item.get("pin") not in (None, "normattiva"):
            raise RuleError(f"{place}: «pin» può essere solo normattiva.")
        if not isinstance(item.get("read_on"), dt.date | None) or isinstance(item.get("read_on"), dt.datetime):
            raise RuleError(f"{place}: «read_on» deve essere una data AAAA-MM-GG.")
        if item["id"] in found:
            raise RuleError(f"{place}: «{item['id']}» è ripetuta.")
        found[item["id"]] = Source(
            item["id"], item["title"], item.get("url"), item["kind"], item.get("pin"), item.get("read_on")
        )
    return found


def cite(sources: Mapping[str, Source], ids: Iterable[str], on: dt.date) -> list[dict[str, Any]]:
    """The documents of these ids as the contract shows them."""
    return [sources[id_].to_dict(on) for id_ in ids]
