"""Many people from a CSV file."""

from __future__ import annotations

import csv
import datetime as dt
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import eligibility
from benchmarks.eligibility_population import people
from eligibility import batch
from eligibility.batch import BatchError, run
from eligibility.commands import batch as batch_command
from eligibility.vectorized import Crowd, encode_column, member_of, pack, unpack
from tests.eligibility.support import DAY

RULES = eligibility.load()
FACTS = [id_ for id_, fact in RULES.facts.items() if fact.type != "string"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
    return path


def results(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8", errors="surrogateescape") as lines:
        return list(csv.DictReader(lines))


def judged(folder: Path, text: str, **more: object) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    source = write(folder / "in.csv", text)
    run(source, folder / "out.csv", DAY, rejects=folder / "bad.csv", **more)
    return results(folder / "out.csv"), results(folder / "bad.csv")


def as_cell(value: object) -> str:
    return {True: "sì", False: "no", None: "?"}.get(value, str(value)) if isinstance(value, bool | None) else str(value)


def test_everybody_gets_the_same_answer_as_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "ROWS", 37)
    rng = np.random.default_rng(3)
    crowd = []
    for person in people(200, seed=9, on=DAY):
        known = {id_: person[id_] for id_ in FACTS if rng.random() < 0.7}
        known.update({id_: None for id_ in FACTS if rng.random() < 0.1})
        crowd.append(known)
    lines = [",".join(["id", *FACTS])]
    lines += [",".join([f"p{n}", *(as_cell(p[i]) if i in p else "" for i in FACTS)]) for n, p in enumerate(crowd)]
    rows, bad = judged(folder, "\n".join(lines))
    assert bad == [] and [row["id"] for row in rows] == [f"p{n}" for n in range(200)]
    for row, person in zip(rows, crowd, strict=True):
        for answer in eligibility.assess(person, DAY).assessments:
            name = answer.measure
            assert row[f"{name}_esito"] == answer.verdict
            assert row[f"{name}_stato"] == answer.status
            assert row[f"{name}_manca"].split() == list(answer.missing_facts)


def test_bad_rows_are_listed_with_line_and_reason_and_the_others_are_done(folder: Path) -> None:
    rows, bad = judged(
        folder,
        "id,occupazione,invalidita_percento,residenza_lombardia\n"
        "a,disoccupato,70,sì\n"
        "b,astronauta,70,sì\n"
        "\n"
        "c,disoccupato,170,forse\n"
        "d,disoccupato\n"
        'e,"disoccupato,70,sì\n'
        "f,disoccupato,70,sì,di più\n"
        '"g",disoccupato," 70 %",NO\n'
        "h\x00,disoccupato,70,sì\n"
        "i,disoccupato,nan,sì\n"
        "l,,,\n"
        "m,?,non so,NULL\n",
    )
    assert [row["id"] for row in rows] == ["a", "g", "l", "m"]
    assert [(row["riga"], row["id"]) for row in bad] == [
        ("3", "b"), ("5", "c"), ("6", ""), ("7", ""), ("8", ""), ("10", ""), ("11", "i"),
    ]  # fmt: skip
    reasons = {row["riga"]: row["motivo"] for row in bad}
    assert "può essere una di queste" in reasons["3"]
    assert "tra 0 e 100" in reasons["5"] and "sì o no" in reasons["5"]
    assert "2 colonne invece di 4" in reasons["6"] and "5 colonne" in reasons["8"]
    assert reasons["7"] == reasons["10"] == "La riga non si legge."
    assert "astronauta" not in reasons["3"] and "170" not in reasons["5"]


def test_semicolons_marks_of_order_and_other_line_ends(folder: Path) -> None:
    rows, bad = judged(folder, "\ufeffid;mesi_assenza;assenza_continuativa\r\nà;6,5;sì\r\nb;;\r\n")
    assert [row["id"] for row in rows] == ["à", "b"] and bad == []


def test_without_an_id_column_the_line_number_is_the_id(folder: Path) -> None:
    rows, _ = judged(folder, "eta\n30\n\n40\n")
    assert [row["id"] for row in rows] == ["2", "4"]


def test_one_endless_line_costs_one_row(folder: Path) -> None:
    rows, bad = judged(folder, "id,eta\na,30\n" + "x" * 70_000 + "\nb,40\n" + "y" * 60_000)
    assert [row["id"] for row in rows] == ["a", "b"]
    assert [row["riga"] for row in bad] == ["3", "5"]


def test_bytes_that_are_not_text_do_not_stop_the_run(folder: Path) -> None:
    source = folder / "in.csv"
    source.write_bytes(b"id,eta,provincia\na\xff,30,MI\nb,40,M\xfe\n")
    run(source, folder / "out.csv", DAY)
    assert len(results(folder / "out.csv")) == 1
    assert [row["riga"] for row in results(folder / "out.scarti.csv")] == ["3"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "vuoto"), ("\n", "vuoto"), (",,\n", "vuoto"), ("id,invalidita_percent\n", "invalidita_percento"), ("id,nome\n", "«nome» non è prevista"),
        ("eta,eta\n", "due volte"), ("id,id,eta\n", "due volte"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_used(folder: Path, text: str, words: str) -> None:
    with pytest.raises(BatchError, match=words):
        judged(folder, text)
    assert not (folder / "out.csv").exists() and not list(folder.glob("*.parziale"))


def test_missing_and_equal_files(folder: Path) -> None:
    with pytest.raises(BatchError, match="Non riesco a leggere"):
        run(folder / "none.csv", folder / "out.csv", DAY)
    source = write(folder / "in.csv", "eta\n30\n")
    with pytest.raises(BatchError, match="devono essere diversi"):
        run(source, source, DAY)
    with pytest.raises(eligibility.UnknownMeasure):
        run(source, folder / "out.csv", DAY, measures=["boh"])


def test_no_fact_is_copied_to_an_output_file(folder: Path) -> None:
    judged(folder, "id,comune,invalidita_percento,eta\na,Cernusco sul Naviglio,83,47\nb,Cernusco sul Naviglio,183,47\n")
    for name in ("out.csv", "bad.csv"):
        text = (folder / name).read_text(encoding="utf-8")
        assert not any(word in text for word in ("Cernusco", "83", "47"))


def test_the_summary_counts_and_draws(folder: Path) -> None:
    source = write(folder / "in.csv", "id,occupazione\n" + "a,disoccupato\n" * 3 + "b,apprendista\nc,boh\n")
    seen: list[tuple[int, int]] = []
    summary = batch_command(
        source,
        folder / "out.csv",
        DAY,
        ["dote_ritorno_al_lavoro"],
        picture=folder / "p.png",
        progress=lambda *p: seen.append(p),
    )
    assert (summary["good"], summary["bad"], summary["date"]) == (4, 1, DAY.isoformat())
    assert summary["measures"] == {
        "dote_ritorno_al_lavoro": {"ammissibile": 0, "da_verificare": 1, "non_ammissibile": 3}
    }
    assert (folder / "p.png").read_bytes().startswith(b"\x89PNG")
    assert seen[-1][0] == seen[-1][1] == source.stat().st_size


def test_memory_does_not_grow_with_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "ROWS", 500)
    peaks = []
    for count in (2_000, 20_000):
        row = "disoccupato,70,sì\n"
        source = write(folder / f"{count}.csv", "occupazione,invalidita_percento,residenza_lombardia\n" + row * count)
        run(source, folder / "warm.csv", DAY)
        tracemalloc.start()
        run(source, folder / "out.csv", DAY)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.3


def test_what_was_read_is_forgotten_when_it_is_too_much(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_MAX_REMEMBERED", 5)
    monkeypatch.setattr(batch, "ROWS", 4)
    cells = [f"{n / 2:g}" for n in range(60)]
    rows, bad = judged(
        folder, "id,mesi_assenza,assenza_continuativa\n" + "".join(f"{c},{c},sì\n" for c in cells) + "x,boh,sì\n"
    )
    assert len(rows) == 60 and len(bad) == 1
    missing = [row["dote_ritorno_al_lavoro_manca"] for row in rows]
    assert ("giorni_assenza_12_mesi" in missing[11], "giorni_assenza_12_mesi" in missing[12]) == (True, False)


def test_columns_of_known_values_become_classes() -> None:
    codes = encode_column(RULES.domains["invalidita_percento"], np.array([0, 33, 45, 46, 69, 70, 100], np.int32))
    assert list(codes) == [RULES.domains["invalidita_percento"].code(v) for v in (0, 33, 45, 46, 69, 70, 100)]
    months = encode_column(RULES.domains["mesi_assenza"], np.array([5.99, 6, 6.01], np.float32))
    assert months[0] < months[1] == months[2]
    place = {value: n for n, value in enumerate(RULES.facts["provincia"].values)}
    codes = encode_column(RULES.domains["provincia"], np.array([place["MI"], place["NO"], place["NA"]], np.uint8))
    assert codes[0] != codes[1] == codes[2]
    towns = encode_column(RULES.domains["comune"], np.array(["Lodi", "Milano"]))
    assert list(towns) == [0, 0]
    assert list(encode_column(RULES.domains["part_time"], np.array([True, False]))) == [
        RULES.domains["part_time"].code(True), RULES.domains["part_time"].code(False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("id_", "column"),
    [
        ("eta", np.array([30, 121])), ("eta", np.array([-1])), ("mesi_assenza", np.array([np.nan])),
        ("provincia", np.array([200])), ("provincia", np.array([-1])), ("part_time", np.array([1, 0])),
    ],
)  # fmt: skip
def test_wrong_columns_are_refused(id_: str, column: np.ndarray) -> None:
    with pytest.raises(ValueError, match=id_):
        encode_column(RULES.domains[id_], column)


@pytest.mark.parametrize("length", [1, 63, 64, 65, 1000])
def test_planes_keep_every_bit(length: int) -> None:
    flags = np.random.default_rng(length).random(length) < 0.5
    assert (unpack(pack(flags), length) == flags).all()
    codes = np.random.default_rng(1).integers(0, 5, length).astype(np.uint8)
    for chosen in range(32):
        member = np.array([bool(chosen >> n & 1) for n in range(5)])
        assert (member_of(codes, member) == member[codes]).all()


def test_a_crowd_larger_than_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eligibility.vectorized.CHUNK", 100)
    compiled = [RULES.compiled(edition) for edition in RULES.editions]
    crowd = Crowd(RULES, compiled)
    columns = {"invalidita_percento": np.arange(250) % 101, "part_time": np.zeros(250, bool)}
    verdicts = crowd.verdicts(crowd.encode(columns))
    alone = [eligibility.assess({"invalidita_percento": n % 101}, dt.date(2026, 1, 1)) for n in range(250)]
    for edition, found in zip(RULES.editions, verdicts, strict=True):
        if RULES.edition(edition.measure, dt.date(2026, 1, 1)) is edition:
            assert [("non_ammissibile", "da_verificare", "ammissibile")[v] for v in found] == [
                a.of(edition.measure).verdict for a in alone
            ]
