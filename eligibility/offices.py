"""Public offices of Lombardy (``offices.csv``): the one of this person's province for a channel of a right.

A telephone is there only where its source is recent enough to be given: tier A (2025 or later, or a short national number)
as it is, tier B (2019 to 2024, or undated) with the date it was read and "da verificare". Older ones are not in the file.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from eligibility.ruleset import HOME

FILE = "offices.csv"
# The kind of office behind each channel; the others (employer, doctors, patronato, operator) have none in the file.
_KINDS = {
    "centro_impiego": ("cpi",), "collocamento_mirato": ("collocamento_mirato", "cpi"), "inps": ("inps",),
    "asst": ("invalidita_civile", "asst"),
}  # fmt: skip
_CAPITALS = {
    "BG": "Bergamo", "BS": "Brescia", "CO": "Como", "CR": "Cremona", "LC": "Lecco", "LO": "Lodi", "MN": "Mantova",
    "MI": "Milano", "MB": "Monza", "PV": "Pavia", "SO": "Sondrio", "VA": "Varese",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Office:
    """One office. ``tier``: A or B of its telephone, empty without one; ``read_on``: date of the source, as written."""

    kind: str
    name: str
    comune: str
    province: str
    address: str
    phone: str
    tier: str
    url: str
    read_on: str

    def to_dict(self) -> dict[str, Any]:
        """The contract's ``{"name", "comune", "url", "phone"?}``, with ``address`` and, for a tier B telephone, ``phone_note``."""
        shown: dict[str, Any] = {"name": self.name, "comune": self.comune or None, "url": self.url or None}
        if self.address:
            shown["address"] = self.address
        if self.phone:
            shown["phone"] = self.phone
            if self.tier == "B":
                when = "in data non nota" if self.read_on.startswith("n.d.") else f"nel {self.read_on[:4]}"
                shown["phone_note"] = f"Numero letto {when}, da verificare."
        return shown


@lru_cache(maxsize=1)
def offices() -> tuple[Office, ...]:
    """Every office of the file, in its order."""
    with (HOME / FILE).open(encoding="utf-8", newline="") as lines:
        return tuple(
            Office(
                row["kind"], row["name"], row["comune"], row["provincia"], row["address"], row["phone"], row["tier"],
                row["url"], row["source_date"],
            )
            for row in csv.DictReader(lines)
        )  # fmt: skip


def office_for(channel: str, province: str | None, comune: str | None = None) -> Office | None:
    """The office of this channel nearest to the person, None where the file has none.

    In the person's comune, else in the capital of the province, else anywhere in the province; a national office for
    everybody. Nothing of another province is ever given.
    """
    for kind in _KINDS.get(channel, ()):
        group = [office for office in offices() if office.kind == kind and office.province in ("", province or "?")]
        if channel == "asst" and kind == "asst" and len(group) > 1:
            continue  # several in the province, and nothing says which one serves the person
        wanted = (comune or "", _CAPITALS.get(province or "", ""))
        group.sort(key=lambda office: wanted.index(office.comune) if office.comune in wanted else len(wanted))
        if group:
            return _with_page(group[0])
    return None


def _with_page(office: Office) -> Office:
    """Where the office has no page of its own, the page of the labour services of its province."""
    if office.url or office.kind not in ("cpi", "collocamento_mirato"):
        return office
    pages = [
        o.url for o in offices() if o.url and o.province == office.province and o.kind in ("cpi", "collocamento_mirato")
    ]
    if not pages:
        return office
    return Office(
        office.kind, office.name, office.comune, office.province, office.address, office.phone, office.tier, pages[0],
        office.read_on,
    )  # fmt: skip
