"""Materials for ATS and ASST: the leaflet with the QR codes of the right territory."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from fastapi import APIRouter, Query, Response
from starlette.requests import Request

import eligibility
from papers import leaflet
from papers.typesetting import qr_markup
from papers.words import words
from settings import clock
from web.portals.doctors.shared import Distributor, doctor_page, pdf
from web.services import Here, in_thread

router = APIRouter()
Choice = Annotated[str, Query(max_length=40)]
Body = Annotated[str, Query(max_length=80)]


@router.get("/medici/materiali")
async def materials(
    request: Request, account: Distributor, services: Here, territorio: Choice = "", ente: Body = ""
) -> Response:
    """Choose a territory; see its QR codes and download the leaflet."""
    offered = leaflet.territories(eligibility.load().facts["provincia"].options)
    own = next((code for code in account.territory if code in offered), "MI")
    chosen = offered.get(territorio, offered[own])
    public_url = services.settings.public_url or ""
    texts = words()["leaflet"]
    codes = [(texts["chat"], qr_markup(f"{public_url}/", texts["qr_chat"]), f"{public_url}/")]
    for code, name in chosen.provinces.items():
        address = leaflet.operators_url(public_url, code)
        drawn = qr_markup(address, texts["qr_operators"].format(place=name))
        codes.append((texts["operators"].format(place=name), drawn, address))
    return doctor_page(
        request,
        "materiali.html",
        offered=offered,
        chosen=chosen,
        body=_plain(ente),
        codes=codes,
        formats=leaflet.FORMATS,
    )


@router.get("/medici/materiali/volantino.pdf")
async def download(
    account: Distributor, services: Here, territorio: Choice = "MI", formato: Choice = "a5", ente: Body = ""
) -> Response:
    """The leaflet; what is not on offer falls back to Milan and A5."""
    offered = leaflet.territories(eligibility.load().facts["provincia"].options)
    territory = offered.get(territorio, offered["MI"])
    paper = formato if formato in leaflet.FORMATS else "a5"
    content = await in_thread(leaflet.make_leaflet, territory, paper, _plain(ente), services.settings, clock.now())
    return pdf(content, f"rientro-{territory.id.lower()}-{paper}.pdf")


def _plain(text: str) -> str:
    """One line without control characters."""
    kept = "".join(c if unicodedata.category(c)[0] not in "CZ" else " " for c in text)
    return " ".join(kept.split())
