"""Typesetting with Typst, which writes tagged PDF by itself; and QR codes."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import segno
import typst
from markupsafe import Markup

_HERE = Path(__file__).parent


def typeset(template: str, data: dict[str, Any], now: dt.datetime) -> bytes:
    """The PDF of ``<template>.typ`` beside this file. Data are never run as markup."""
    return typst.compile(
        str(_HERE / f"{template}.typ"),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
        timestamp=int(now.timestamp()),
    )


def qr_svg(address: str) -> str:
    """The QR code of an address, for a PDF."""
    picture = io.BytesIO()
    segno.make(address, error="m", micro=False).save(picture, kind="svg", border=2, scale=4, xmldecl=False)
    return picture.getvalue().decode()


def qr_markup(address: str, words: str) -> Markup:
    """The QR code of an address, for a page; ``words`` say what it opens to who does not see it."""
    drawn = segno.make(address, error="m", micro=False).svg_inline(border=2, scale=6, omitsize=True)
    label = Markup('<svg role="img" aria-label="{}" ').format(words)
    return label + Markup(drawn.removeprefix("<svg "))  # noqa: S704 (drawn by segno from modules, no text inside)
