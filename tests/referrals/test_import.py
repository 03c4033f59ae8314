"""Importing the operators' file: documented columns, a line-by-line report, no way to break anything."""

import csv
import io
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import eligibility
from referrals import csv_import
from referrals.csv_import import OPTIONAL, REQUIRED
from referrals.directory import demo_operators

GOOD = {
    "operatore_id": "OP1",
    "operatore": "Operatore dimostrativo Uno",
    "sede_id": "OP1-1",
    "sede": "Sede di prova",
    "indirizzo": "Via Prova 1",
    "comune": "Cantù",
    "provincia": "CO",
    "cap": "22063",
    "telefono": "031 000000",
    "email": "uno@example.org",
    "albo_lavoro": "L-1",
    "albo_formazione_sezione": "A",
    "misure": "tirocinio@catalogo:2025-01-01/2025-12-31;azioni_di_rete",
    "aree_servite": "CO;LC",
    "orari": "lun-ven 9-13",
    "lingue": "it;en",
    "accessibilita": "ascensore",
    "posti": "4",
    "aggiornato_il": "2025-05-01",
    "sito_web": "https://example.org",
    "capienza_url": "",
    "dimostrativo": "sì",
    "attivo": "sì",
}


def text(*rows, delimiter=","):
    output = io.StringIO()
    writer = csv.DictWriter(output, list(GOOD), delimiter=delimiter)
    writer.writeheader()
    writer.writerows({**GOOD, **row} for row in rows)
    return output.getvalue()


def load(world, content, **more):
    return world.directory.import_csv(content, world.now, **more)


def test_a_good_line_is_kept_whole(world):
    assert load(world, text({})).created == 1
    site = world.directory.nearest("Cantù", measure="tirocinio", on=world.today)[0]
    assert (site.operator, site.name, site.address) == (GOOD["operatore"], GOOD["sede"], GOOD["indirizzo"])
    assert (site.comune, site.provincia, site.phone, site.email) == ("Cantù", "CO", "031 000000", "uno@example.org")
    assert (site.languages, site.accessibility, site.hours) == (("it", "en"), "ascensore", "lun-ven 9-13")
    assert (site.capacity, site.albo_lavoro, site.albo_formazione_sezione, site.demo) == (4, "L-1", "A", True)


def test_importing_again_changes_nothing_and_a_change_is_told(world):
    load(world, text({}))
    assert (load(world, text({})).unchanged, load(world, text({"posti": "5"})).updated) == (1, 1)
    assert load(world, text({"misure": "tirocinio"})).updated == 1
    assert world.directory.nearest(measure="azioni_di_rete") == []
    assert load(world, text({"operatore": "Operatore dimostrativo Nuovo"})).updated == 1


def test_a_dry_run_reports_the_same_and_writes_nothing(world):
    trial = load(world, text({}, {"sede_id": "OP1-2", "comune": "Boh"}), dry_run=True)
    assert world.directory.is_empty()
    real = load(world, text({}, {"sede_id": "OP1-2", "comune": "Boh"}))
    assert (trial.created, trial.errors) == (real.created, real.errors) == (1, ["Riga 3: il comune «Boh» non esiste."])
    assert trial.text().startswith("Prova, nulla è stato scritto.")


def test_a_complete_file_deactivates_what_it_does_not_name_and_never_deletes(world):
    load(world, text({}, {"sede_id": "OP1-2"}))
    report = load(world, text({}), complete=True)
    assert (report.deactivated, report.unchanged) == (1, 1)
    assert world.directory.site("OP1-2") is not None
    assert [m.site_id for m in world.directory.nearest()] == ["OP1-1"]
    assert load(world, text({}, {"sede_id": "OP1-2"})).updated == 1
    assert len(world.directory.nearest()) == 2


def test_a_complete_file_with_errors_deactivates_nothing(world):
    load(world, text({}, {"sede_id": "OP1-2"}))
    assert load(world, text({"provincia": "ZZ"}), complete=True).deactivated == 0
    assert len(world.directory.nearest()) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"operatore": ""}, "operatore è vuoto"),
        ({"operatore_id": "a b"}, "operatore_id deve avere lettere"),
        ({"sede_id": "../x"}, "sede_id deve avere lettere"),
        ({"comune": "Zibidopoli"}, "il comune «Zibidopoli» non esiste"),
        ({"provincia": "MI"}, "Cantù è in provincia di CO, non MI"),
        ({"cap": "123"}, "il CAP deve avere 5 cifre"),
        ({"email": "boh"}, "l'indirizzo e-mail non è valido"),
        ({"email": "a@example.org\nBcc: b@example.org"}, "l'indirizzo e-mail non è valido"),
        ({"telefono": "javascript:alert(1)"}, "il telefono deve avere cifre"),
        ({"albo_formazione_sezione": "C"}, "albo_formazione_sezione deve essere A, B"),
        ({"misure": "dote_inventata"}, "la misura «dote_inventata» non esiste"),
        ({"misure": "tirocinio:2025-13-01/"}, "la data «2025-13-01»"),
        ({"lingue": "italiano"}, "codici di due lettere"),
        ({"posti": "-1"}, "posti deve essere un numero"),
        ({"aggiornato_il": "01/05/2025"}, "AAAA-MM-GG"),
        ({"sito_web": "javascript:alert(1)"}, "sito_web deve iniziare con https://"),
        ({"sede": "<script>alert(1)</script>"}, "sede contiene caratteri non ammessi"),
        ({"sede": "=HYPERLINK(1)"}, "sede non può iniziare con"),
        ({"indirizzo": "x" * 500}, "indirizzo supera 200 caratteri"),
        ({"attivo": "forse"}, "attivo deve essere sì o no"),
    ],
)
def test_a_wrong_line_is_refused_with_its_number_and_the_others_go_in(world, change, message):
    report = load(world, text({**change}, {"sede_id": "OP2-1", "operatore_id": "OP2"}))
    assert len(report.errors) == 1
    assert report.errors[0].startswith("Riga ")
    assert message in report.errors[0]
    assert [m.site_id for m in world.directory.nearest()] == ["OP2-1"]


def test_doubles_are_told(world):
    report = load(world, text({}, {}, {"sede_id": "OP1-2", "operatore": "Operatore dimostrativo Altro"}))
    assert report.errors == [
        "Riga 3: la sede OP1-1 è già alla riga 2.",
        "Riga 4: l'operatore OP1 ha un altro nome alla riga 2.",
    ]


@pytest.mark.parametrize("missing", ["email", "aggiornato_il", "misure"])
def test_what_makes_a_site_less_useful_is_a_warning(world, missing):
    report = load(world, text({missing: ""}))
    assert report.ok
    assert len(report.warnings) == 1
    assert report.warnings[0].startswith("Riga 2: ")


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_files_saved_by_spreadsheets_are_read(world, tmp_path, delimiter, encoding):
    path = tmp_path / "operatori.csv"
    content = text(
        {"misure": "tirocinio|azioni_di_rete", "lingue": "it|en", "aree_servite": "CO|LC"}, delimiter=delimiter
    )
    path.write_bytes(content.replace("\n", "\r\n").encode(encoding))
    assert load(world, path).created == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "Mancano le colonne"),
        (b"\xff\xfe\x00a", "UTF-16"),
        (b"operatore_id,boh\n1,2\n", "Mancano le colonne"),
        ((",".join([*REQUIRED, "boh"]) + "\n").encode(), "Colonne sconosciute"),
        ((",".join([*REQUIRED, "sede"]) + "\n").encode(), "doppie"),
        (b"a,b\0c\n", "caratteri nulli"),
        (
            (",".join(REQUIRED) + "\n" + '"' + "x" * 200_000 + '"').encode(),
            "non \xc3\xa8 un CSV valido".encode("latin-1").decode(),
        ),
        (b"PK\x03\x04" + bytes(range(128, 256)), "UTF-8"),
    ],
)
def test_a_file_that_is_no_operators_file_is_refused(world, tmp_path, content, message):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    report = load(world, path)
    assert len(report.errors) == 1
    assert message in report.errors[0]
    assert world.directory.is_empty()


def test_a_file_too_large_or_absent_is_refused(world, tmp_path, monkeypatch):
    monkeypatch.setattr(csv_import, "MAX_BYTES", 1000)
    assert "troppo grande" in load(world, text(*({"sede_id": f"S{n}"} for n in range(20)))).errors[0]
    assert "Non riesco a leggere" in load(world, tmp_path / "assente.csv").errors[0]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(REQUIRED + OPTIONAL), st.text(max_size=30), max_size=6))
def test_whatever_a_line_holds_the_import_only_reports(world, change):
    report = load(world, text({**change}), dry_run=True)
    assert report.created + report.updated + report.unchanged + len(report.errors) <= 1


def test_the_documentation_names_every_column():
    page = (Path(__file__).parents[2] / "docs" / "operators-csv.md").read_text(encoding="utf-8")
    assert [c for c in REQUIRED + OPTIONAL if f"`{c}`" not in page] == []
    header = demo_operators().read_text(encoding="utf-8").splitlines()[0].split(",")
    assert set(header) <= set(REQUIRED + OPTIONAL)


def test_the_measures_are_those_of_the_rules():
    folder = Path(eligibility.__file__).parent / "measures"
    kinds = {
        path.parent.name: yaml.safe_load(path.read_text(encoding="utf-8"))["kind"] for path in folder.glob("*/*.yaml")
    }
    assert csv_import.offered_measures() == {measure for measure, kind in kinds.items() if kind != "diritto"}
