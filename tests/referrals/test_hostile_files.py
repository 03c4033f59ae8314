"""Files made to hurt: each is refused at once, with a sentence that says what is wrong, and nothing is written."""

import time
import tracemalloc

import pytest

from referrals.csv_import import MAX_BYTES, MAX_LINES, MOST_SHOWN, OPTIONAL, REQUIRED

pytestmark = pytest.mark.any_database

HEADER = ",".join(REQUIRED).encode()
LINE = {
    "operatore_id": "X1",
    "operatore": "Operatore",
    "sede_id": "X1-1",
    "sede": "Sede",
    "indirizzo": "Via Prova 1",
    "comune": "Milano",
    "provincia": "MI",
}


def with_line(**cells: str) -> bytes:
    """A file of one line, good but for ``cells``."""
    line = LINE | cells
    quoted = ('"' + cell.replace('"', '""') + '"' for cell in line.values())
    return (",".join(line) + "\n" + ",".join(quoted) + "\n").encode()


HOSTILE = {
    "a line of 100 MB": (HEADER + b"\n" + b"x" * 100_000_000, "troppo grande"),
    "a cell as large as the file may be": (HEADER + b"\n" + b"x" * (MAX_BYTES - 1000), "non è un CSV valido"),
    "a million columns": (b",".join(b"c%d" % n for n in range(1_000_000)) + b"\n", "Mancano le colonne"),
    "a million columns more": (HEADER + b"," + b",".join(b"c%d" % n for n in range(1_000_000)), "e altre 999990"),
    "a million cells in a line": (HEADER + b"\n" + b"x," * 1_000_000, "numero di colonne"),
    "too many lines": (HEADER + b"\n" + b"x\n" * (MAX_LINES + 10), "troppe righe"),
    "null bytes": (HEADER + b"\nX1\0,Operatore\n", "caratteri nulli"),
    "UTF-16": (HEADER.decode().encode("utf-16"), "UTF-16"),
    "UTF-8 with something broken": (
        HEADER + "\nX1,Unità".encode() + b"\xe0",
        "né in UTF-8 né in Windows-1252 (riga 2)",
    ),
    "overlong UTF-8": (HEADER + b"\nX1,\xc0\xaf", "né in UTF-8 né in Windows-1252 (riga 2)"),
    "an unclosed quotation": (HEADER + b'\n"X1' + b"\n" * 200_000, "non è un CSV valido"),
    "a formula": (with_line(operatore="=cmd|' /C calc'!A0"), "non può iniziare con"),
    "a formula behind spaces": (with_line(sede="  =HYPERLINK(1)"), "non può iniziare con"),
    "a formula in the catalogue": (with_line(misure="tirocinio@=1+1"), "non può iniziare con"),
    "mark-up": (with_line(sede="<img src=x onerror=alert(1)>"), "caratteri non ammessi"),
    "a code with something hidden": (with_line(sede_id="X\u200b1"), "sede_id deve avere"),
    "a formula behind what nobody sees": (with_line(sede="\u200b\u202e=1+1"), "non può iniziare con"),
    "an address that runs": (with_line(sito_web="javascript:alert(1)"), "https://"),
}


@pytest.mark.long
@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_soon_and_clearly(world, tmp_path, name):
    content, message = HOSTILE[name]
    path = tmp_path / "operatori.csv"
    path.write_bytes(content)
    began = time.monotonic()
    tracemalloc.start()
    report = world.directory.import_csv(path, world.now)
    memory = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert message in report.text()
    assert world.directory.is_empty()
    assert len(report.text()) < 60_000
    assert memory < 25 * MAX_BYTES
    assert time.monotonic() - began < 60


def test_of_thousands_of_wrong_lines_the_first_are_shown_and_the_rest_counted(world):
    lines = "\n".join(",".join((LINE | {"sede_id": "!"}).values()) for _ in range(3000))
    report = world.directory.import_csv(f"{HEADER.decode()}\n{lines}\n", world.now)
    assert len(report.errors) == 3000
    assert len(report.text().splitlines()) == MOST_SHOWN + 2
    assert f"Altri problemi: {3000 - MOST_SHOWN}." in report.text()


def test_a_file_without_end_is_not_read_to_its_end(world):
    assert "troppo grande" in world.directory.import_csv("/dev/zero", world.now).errors[0]


@pytest.mark.parametrize("column", [c for c in REQUIRED + OPTIONAL if c not in ("telefono", "posti")])
def test_no_column_takes_a_formula(world, column):
    report = world.directory.import_csv(with_line(**{column: "=1+1"}).decode(), world.now)
    assert report.errors and world.directory.is_empty()
