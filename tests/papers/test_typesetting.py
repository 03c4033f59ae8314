"""Words of any script print; what cannot print leaves a visible mark; nobody gets an error for a character."""

from __future__ import annotations

import datetime as dt
import io
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from papers.letter import Letter, make_letter
from papers.typesetting import families, printable
from settings.config import Settings

NOW = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
SETTINGS = Settings(public_url="https://rientro.example.org")


def _letter(name: str) -> bytes:
    content = Letter(kind="check", url="https://rientro.example.org/", doctor=name, ruleset="1+abc")
    return make_letter(content, SETTINGS, NOW, NOW.date())


def _fonts(pdf: bytes) -> set[str]:
    names = set()
    for page in PdfReader(io.BytesIO(pdf)).pages:
        for font in page["/Resources"]["/Font"].values():
            names.add(str(font.get_object()["/BaseFont"]).partition("+")[2])
    return names


@pytest.mark.parametrize(
    ("name", "font"),
    [
        ("Fátima Ñandú Łukasz", "NotoSans"),
        ("Олена Коваль", "NotoSans"),
        ("فاطمة الزهراء", "NotoSansArabic"),
        ("李小龙", "NotoSansCJK"),
        ("ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ", "NotoSansGurmukhi"),
        ("রহিম উদ্দিন", "NotoSansBengali"),
        ("සුනිල් පෙරේරා", "NotoSansSinhala"),
        ("ተስፋዬ", "NotoSansEthiopic"),
        ("გიორგი", "NotoSansGeorgian"),
        ("สมชาย", "NotoSansThai"),
        ("\N{BRAILLE PATTERN DOTS-1}", "DejaVuSans"),
    ],
)
def test_a_name_in_any_script_is_printed_in_a_font_that_has_it(name: str, font: str) -> None:
    used = _fonts(_letter(name))
    assert any(found.startswith(font) for found in used), used
    assert not any("LastResort" in found for found in used)


@pytest.mark.parametrize("character", ["\u0378", "\U0001e900", "\U00012000"], ids=ascii)
def test_a_character_that_no_font_draws_leaves_a_mark(character: str) -> None:
    assert any("LastResort" in found for found in _fonts(_letter(f"Nome {character}")))


@pytest.mark.parametrize("character", ["\x00", "\x07", "\ud800", "\ue000", "\ufffe", "\ufdd0", "\U0010ffff", "\ufeff"])
def test_what_a_pdf_cannot_hold_becomes_the_replacement_character(character: str) -> None:
    assert printable({"a": [f"x{character}y"]}) == {"a": ["x\ufffdy"]}
    assert _letter(f"Nome {character} Cognome").startswith(b"%PDF-")


def test_tabs_become_spaces_and_lines_stay() -> None:
    assert printable("a\tb\nc") == "a b\nc"


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.text(st.characters(), min_size=1, max_size=40))
def test_no_text_at_all_stops_a_paper(text: str) -> None:
    pdf = _letter(text)
    assert pdf.startswith(b"%PDF-") and b"/StructTreeRoot" in pdf


def test_one_character_of_every_block_prints() -> None:
    """A letter of each 128 of the first planes: what people may type, and what nobody expects."""
    everything = [
        chr(point) for point in range(0x20, 0x30000, 0x80) if unicodedata.category(chr(point)) not in ("Cs", "Co", "Cc")
    ]
    assert _letter("".join(everything)).startswith(b"%PDF-")


def test_the_last_family_has_a_mark_for_everything() -> None:
    assert families()[0] == "Noto Sans" and families()[-1] == "Last Resort High-Efficiency"
