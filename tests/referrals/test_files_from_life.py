"""Operators' files as people's programs write them: read as they are meant, or refused with the cause and the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from texts import typed

HEAD = "operatore_id,operatore,sede_id,sede,indirizzo,comune,provincia,cap,telefono,email,misure,aggiornato_il"
LINE = "ZETA,Operatore Zeta,ZETA-1,Zeta Città,Via Prova 1,Cantù,CO,22063,031 0000001,z@example.org,,2025-05-01"


def given(world, tmp_path: Path, data: bytes):
    path = tmp_path / "operatori.csv"
    path.write_bytes(data)
    return world.directory.import_csv(path, world.now)


def text(line: str = LINE, head: str = HEAD) -> str:
    return f"{head}\n{line}\n"


@pytest.mark.parametrize(
    "data",
    [
        text().encode(),
        text().encode("utf-8-sig"),
        b"\xef\xbb\xbf" + text().encode("utf-8-sig"),
        text().encode("cp1252"),
        text().replace("\n", "\r\n").encode(),
        text().replace(",", ";").encode(),
        text().replace(",", "\t").encode(),
        ("sep=;\n" + text().replace(",", ";")).encode(),
        ("sep=;\r\n" + text().replace(",", ";").replace("\n", "\r\n")).encode("cp1252"),
        ("SEP=\t\n" + text().replace(",", "\t")).encode("utf-8-sig"),
        text().replace("\n", ",,,\n").encode(),
        text(LINE + ",,").encode(),
        text(LINE.replace("Zeta Città", "Zeta\u200b Ci\u202ettà\u2060")).encode(),
    ],
)
def test_what_is_meant_is_read(world, tmp_path: Path, data: bytes) -> None:
    report = given(world, tmp_path, data)
    assert report.ok, report.errors
    assert report.created == 1
    assert (
        next(s for s in world.directory.nearest(comune="Cantù", limit=50) if s.site_id == "ZETA-1").name == "Zeta Città"
    )


@pytest.mark.parametrize(
    ("column", "value", "cause"),
    [
        ("cap", "2063", "zero iniziale"),
        ("cap", "22O63", "5 cifre"),
        ("telefono", "310000001", "zero iniziale"),
        ("telefono", "000000", "non può esistere"),
        ("telefono", "123456", "non può esistere"),
        ("telefono", "3.31E+09", "arrotondato"),
        ("aggiornato_il", "2025-06-04", "futuro"),
        ("aggiornato_il", "01/05/2025", "AAAA-MM-GG"),
        ("misure", "dote_ritorno_al_lavoro:2025-12-31/2025-01-01", "prima di cominciare"),
        ("sede", "=HYPERLINK(1)", "iniziare"),
        ("sede", "\u200b\u202e=HYPERLINK(1)", "iniziare"),
        ("sede_id", "ZETA\u200b-1", "sede_id"),
        ("email", "z@exam\u200bple.org", "e-mail"),
        ("comune", "Cantùppoli", "non esiste"),
    ],
)
def test_what_is_wrong_is_refused_with_cause_and_line(
    world, tmp_path: Path, column: str, value: str, cause: str
) -> None:
    cells = dict(zip(HEAD.split(","), LINE.split(","), strict=True)) | {column: value}
    report = given(world, tmp_path, ("sep=;\n" + text(";".join(cells.values()), HEAD.replace(",", ";"))).encode())
    assert len(report.errors) == 1 and cause in report.errors[0], report.errors
    assert report.errors[0].startswith("Riga 3:")


def test_an_encoding_nobody_knows_is_refused_with_its_line(world, tmp_path: Path) -> None:
    report = given(world, tmp_path, text().encode("cp1252") + b"\x81\x8d")
    assert report.errors == ["Il file non è né in UTF-8 né in Windows-1252 (riga 3): lo salvi come «CSV UTF-8»."]


@pytest.mark.parametrize(
    "value", ["=1+1", "+39", "-1", "@SUM(A1)", "\t=1", "\r=1", "\u200b=1", "\ufeff\u202e=1", " =1", "＝1", "|calc"]
)
def test_no_cell_of_an_export_is_run(value: str) -> None:
    assert typed.cell(value) == "'" + value


@pytest.mark.parametrize("value", ["Ada", "3 posti", "", "a=b", None])
def test_other_cells_stay_as_they_are(value: str | None) -> None:
    assert typed.cell(value) == (value or "")


@pytest.mark.parametrize("number", ["000000", "123456", "0000000000", "333 12345", "112", "02 12", "abc", "", "+39"])
def test_a_number_nobody_can_have_is_none(number: str) -> None:
    assert typed.phone(number) is None


@pytest.mark.parametrize(
    ("written", "number"),
    [("333 123 4567", "+393331234567"), ("02\u200b 0000001", "+39020000001"), ("+41 44 668 18 00", "+41446681800")],
)
def test_a_number_is_read_however_it_is_written(written: str, number: str) -> None:
    assert typed.phone(written) == number


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Ada\u202e Prova", "Ada Prova"),
        ("  Ada\n Prova\u200b", "Ada Prova"),
        ("e\u0301lise", "élise"),
        ("李娜", "李娜"),
        ("a", None),
        ("\u200b\u200b\u200b", None),
        ("12", None),
        ("<b>Ada", None),
    ],
)
def test_names(written: str, name: str | None) -> None:
    assert typed.person_name(written) == name
