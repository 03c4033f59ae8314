"""The leaflet that ATS and ASST hand out: what Rientro is, the chat, and the operators of the right territory."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from papers.typesetting import qr_svg, typeset
from papers.words import words

#: Paper sizes offered, as Typst names them.
FORMATS = {"a5": "A5 (volantino)", "a4": "A4 (locandina)"}


@dataclass(frozen=True)
class Territory:
    """Where a leaflet is handed out: one province, or an ATS with its provinces."""

    id: str
    title: str
    provinces: dict[str, str]


def territories(provinces: dict[str, str]) -> dict[str, Territory]:
    """The ATS, then the provinces of Lombardy (code -> name)."""
    found = {id_: Territory(id_, each["title"], each["provinces"]) for id_, each in words()["territories"].items()}
    ours = {code for territory in found.values() for code in territory.provinces}
    return found | {
        code: Territory(code, f"Provincia di {name}", {code: name}) for code, name in provinces.items() if code in ours
    }


def operators_url(public_url: str, province: str) -> str:
    """The public list of operators of a province."""
    return f"{public_url}/operatori?{urlencode({'provincia': province})}"


def make_leaflet(territory: Territory, paper: str, body: str, settings: Any, now: dt.datetime) -> bytes:
    """The leaflet as a tagged PDF. ``body``: who hands it out, may be empty; ``paper``: one of :data:`FORMATS`."""
    w = words()["leaflet"]
    data = {
        "texts": {name: w[name] for name in ("title", "lead", "points", "chat", "footer")},
        "paper": paper,
        "chat_url": f"{settings.public_url}/",
        "chat_qr": qr_svg(f"{settings.public_url}/"),
        "chat_alt": w["qr_chat"],
        "places": [
            {
                "title": w["operators"].format(place=name),
                "alt": w["qr_operators"].format(place=name),
                "qr": qr_svg(operators_url(settings.public_url, code)),
                "url": operators_url(settings.public_url, code),
            }
            for code, name in territory.provinces.items()
        ],
        "help": w["help"].format(phone=settings.help_phone, note=settings.help_phone_note),
        "given": w["given"].format(body=body) if body else "",
    }
    return typeset("leaflet", data, now)
