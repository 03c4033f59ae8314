"""Typesetting with Typst, which writes tagged PDF by itself; and QR codes.

Words of any script print: Noto has the scripts people write their names in, DejaVu what Noto's parts leave out, and the
Unicode consortium's Last Resort font draws a framed mark for everything else. What no PDF may hold becomes U+FFFD.
"""

from __future__ import annotations

import datetime as dt
import functools
import io
import json
import unicodedata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import manimgx_fonts
import manimgx_fonts_cjk
import segno
import typst
from markupsafe import Markup

_TEMPLATES = Path(__file__).with_name("templates")
#: In the order in which they are asked for a glyph; the last one has a mark for every character.
_FIRST = ("Noto Sans", "Noto Sans CJK SC")
_LAST = ("Noto Emoji", "DejaVu Sans", "Last Resort High-Efficiency")
#: Controls, surrogates, private use: nothing that a reader could read aloud. Unassigned characters keep their mark.
_UNPRINTABLE = frozenset({"Cc", "Cs", "Co"})
_NONCHARACTER = 0xFFFE


@functools.cache
def fonts() -> typst.Fonts:
    """The fonts of this installation, whatever the machine has: a paper looks the same everywhere."""
    drawing = find_spec("matplotlib")  # only its folder is wanted: importing it costs time and memory
    folders = [*manimgx_fonts.__path__, *manimgx_fonts_cjk.__path__]
    if drawing is not None and drawing.submodule_search_locations:
        folders.append(str(Path(drawing.submodule_search_locations[0]) / "mpl-data" / "fonts" / "ttf"))
    return typst.Fonts(include_system_fonts=False, font_paths=folders)


@functools.cache
def families() -> tuple[str, ...]:
    """Families of fonts in the order in which they are asked for a glyph."""
    between = sorted(
        name for name in fonts().families() if name.startswith("Noto Sans") and "CJK" not in name and name not in _FIRST
    )
    return (*_FIRST, *between, *_LAST)


def printable(value: Any) -> Any:
    """The same data with U+FFFD in place of what cannot stand in a PDF, in every text of it."""
    if isinstance(value, str):
        return "".join(map(_printable, value))
    if isinstance(value, dict):
        return {printable(name): printable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [printable(item) for item in value]
    return value


def _printable(character: str) -> str:
    if character == "\n":
        return character
    if character == "\t":
        return " "
    unusable = unicodedata.category(character) in _UNPRINTABLE or character == "\ufeff"
    if unusable or ord(character) & 0xFFFF >= _NONCHARACTER or "\ufdd0" <= character <= "\ufdef":
        return "\N{REPLACEMENT CHARACTER}"
    return character


def typeset(template: str, data: dict[str, Any], now: dt.datetime) -> bytes:
    """The PDF of ``templates/<template>.typ``. Data are never run as markup.

    :param now: the instant that the document says it was made.
    """
    given = json.dumps(printable(data) | {"fonts": families()}, ensure_ascii=False)
    return typst.compile(
        str(_TEMPLATES / f"{template}.typ"),
        root=str(_TEMPLATES),
        sys_inputs={"data": given},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
        font_paths=fonts(),
        timestamp=int(now.timestamp()),
    )


def qr_svg(address: str) -> str:
    """The QR code of an address, for a PDF."""
    drawn = io.BytesIO()
    segno.make(address, error="m", micro=False).save(drawn, kind="svg", border=2, scale=4, xmldecl=False)
    return drawn.getvalue().decode()


def qr_markup(address: str, words: str) -> Markup:
    """The QR code of an address, for a page; ``words`` say what it opens to who does not see it."""
    drawn = segno.make(address, error="m", micro=False).svg_inline(border=2, scale=6, omitsize=True)
    label = Markup('<svg role="img" aria-label="{}" ').format(words)
    return label + Markup(drawn.removeprefix("<svg "))  # noqa: S704 (drawn by segno from modules, no text inside)
