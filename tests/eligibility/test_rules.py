"""Rule files: what the loader refuses and the linter reports; and that the real ones are clean."""

from __future__ import annotations

import copy
import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import eligibility
from eligibility.errors import RuleError
from eligibility.lint import lint
from eligibility.readability import gulpease
from eligibility.ruleset import HOME, load_from
from tests.eligibility.support import criterion, rule, ruleset

GOOD = rule(
    [
        criterion(
            "c", {"fact": "a", "is": True}, [{"when": {"fact": "n", "at_least": 5}, "gap": "G", "text": "Aperto."}]
        )
    ],
    services=[{"id": "s", "title": "Servizio", "text": "Un aiuto.", "sources": ["S"]}],
    gaps=[{"id": "G", "text": "Non si sa."}],
    plan={"max_amount": 5, "obligations": [{"id": "o", "services": ["s"], "at_least": 1, "text": "Serve."}]},
    status_text={"aperta": "È aperta."},
    how_to_apply="Chieda a un operatore.",
)


def put(place: tuple, value: Any) -> dict[str, Any]:
    data = copy.deepcopy(GOOD)
    inner: Any = data
    for key in place[:-1]:
        inner = inner[key]
    if value is None:
        inner.pop(place[-1], None)
    else:
        inner[place[-1]] = value
    return data


C = ("criteria", 0)
WRONG = [
    (("schema",), 2, "schema: 1"), (("kind",), "gatto", "kind"), (("measure",), None, "measure"), (("edition",), 2019, "virgolette"),
    (("title",), "", "title"), (("nuova_chiave",), 1, "chiavi non previste: nuova_chiave"), (("summary",), None, "summary"),
    (("criteria",), [], "almeno un criterio"), (("criteria",), "x", "serve un elenco"), (("criteria",), ["x"], "serve un oggetto"),
    (("criteria",), GOOD["criteria"] * 2, "ripetuti: c"),
    ((*C, "sources"), [], "almeno una fonte"), ((*C, "sources"), ["ZZ"], "ZZ"), ((*C, "sources"), "S", "serve un elenco"),
    ((*C, "id"), None, "id"), ((*C, "boh"), 1, "boh"), ((*C, "text", "sconosciuto"), None, "text.sconosciuto"),
    ((*C, "text", "altro"), "x", "altro"), ((*C, "applies"), {"fact": "a", "is": True}, "vanno insieme"),
    ((*C, "text", "non_si_applica"), "Non la riguarda.", "vanno insieme"), ((*C, "when"), None, "condizione"),
    ((*C, "when"), {"fact": "zz", "is": 1}, "«zz» non è in facts.yaml"), ((*C, "when"), {"fact": "a", "is": "sì"}, "tipo sbagliato"),
    ((*C, "when"), {"fact": "n", "is": True}, "tipo sbagliato"), ((*C, "when"), {"fact": "n", "at_least": "3"}, "tipo sbagliato"),
    ((*C, "when"), {"fact": "n", "is": 2.5}, "tipo sbagliato"), ((*C, "when"), {"fact": "x", "is": False}, "tipo sbagliato"),
    ((*C, "when"), {"fact": "colore", "is": "viola"}, "viola"), ((*C, "when"), {"fact": "colore", "in": []}, "elenco di valori"),
    ((*C, "when"), {"fact": "colore", "in": "rosso"}, "elenco di valori"), ((*C, "when"), {"fact": "colore", "in": ["blu", "blu"]}, "ripetuto"),
    ((*C, "when"), {"fact": "colore", "at_least": "blu"}, "solo con i numeri"), ((*C, "when"), {"fact": "a", "equals": 1}, "non è un confronto"),
    ((*C, "when"), {"all": []}, "almeno una condizione"), ((*C, "when"), {"any": {}}, "almeno una condizione"),
    ((*C, "when"), {"all": [{"not": 3}]}, r"when.all\[0\].not"), ((*C, "when"), {"const": 1}, "const"),
    ((*C, "when"), {"fact": "a"}, "non capisco"), ((*C, "when"), {"a": 1, "b": 2}, "non capisco"),
    ((*C, "verify", 0, "gap"), None, "gap"), ((*C, "verify", 0, "text"), None, "verify"), ((*C, "verify", 0, "x"), 1, "verify"),
    ((*C, "verify"), "x", "elenco"), (("window",), None, "window"), (("window", "sources"), [], "almeno una fonte"),
    (("window", "from"), "2020-01-01", "data"), (("window", "to"), dt.date(2019, 1, 1), "prima dell'inizio"),
    (("window", "from"), dt.datetime(2020, 1, 1, 12, tzinfo=dt.UTC), "data"), (("window", "uncertain"), [{"from": None, "to": None}], "uncertain"),
    (("window", "quando"), 1, "quando"), (("status_text",), {"boh": "x"}, "boh"), (("gaps",), [{"text": "x"}], "id"),
    (("services", 0, "when"), {"fact": "zz", "is": 1}, "zz"), (("services", 0, "sources"), ["ZZ"], "ZZ"),
    (("services",), GOOD["services"] * 2, "ripetuti: s"), (("services", 0, "text"), {"medico": "x"}, "cittadino"),
    (("plan", "obligations", 0, "services"), ["zz"], "zz"), (("plan", "obligations", 0, "text"), None, "testo"),
    (("plan", "boh"), 1, "boh"), (("plan", "obligations", 0, "unless"), {"x": 1}, "unless"), (("plan",), [1], "oggetto"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "value", "words"), WRONG)
def test_a_wrong_rule_is_refused_and_the_place_named(place: tuple, value: object, words: str) -> None:
    assert ruleset(GOOD).editions
    with pytest.raises(RuleError, match=words) as refused:
        ruleset(put(place, value))
    assert str(refused.value).startswith(("m.yaml", "None.yaml"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A copy of the real rules, to spoil."""
    for name in ("facts.yaml", "sources.yaml", "situations.yaml"):
        shutil.copy(HOME / name, tmp_path / name)
    for folder in ("measures", "signposts", "network", "quota"):
        shutil.copytree(HOME / folder, tmp_path / folder)
    return tmp_path


DOTE = "measures/dote_ritorno_al_lavoro/2019.yaml"


def spoil(home: Path, name: str, change: Callable[[Any], None]) -> list[str]:
    path = home / name
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return [str(finding) for finding in lint(home)]


def of(data: Any, id_: str) -> Any:
    return next(item for item in data["criteria"] if item["id"] == id_)


LONG = "L'amministrazione regionale provvederà successivamente all'approvazione della documentazione amministrativa presentata."


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: of(d, "invalidita").update(when={"fact": "invalidita_percento", "at_least": 0}), "sempre vero"),
        (lambda d: of(d, "invalidita").update(when={"fact": "invalidita_percento", "more_than": 100}), "sempre falso"),
        (lambda d: of(d, "residenza").update(when={"any": [{"fact": "eta", "at_least": 18}, {"fact": "eta", "at_least": 20}]}), "non cambia mai nulla"),
        (lambda d: of(d, "residenza").update(when={"not": {"all": [{"fact": "eta", "at_least": 18}, {"fact": "eta", "at_least": 16}]}}), "non cambia mai nulla"),
        (lambda d: of(d, "residenza").update(when={"fact": "rientrato_al_lavoro", "is": False}), "si escludono"),
        (lambda d: of(d, "residenza").update(when={"fact": "rientrato_al_lavoro", "is": True}), "non decide mai"),
        (lambda d: of(d, "residenza").update(verify=[{"when": {"fact": "eta", "less_than": 0}, "gap": "G", "text": "Boh."}]), "non si presenta mai"),
        (lambda d: d["services"][0].update(when={"fact": "eta", "at_least": 0}), "sempre la stessa"),
        (lambda d: of(d, "residenza")["text"].update(soddisfatto=LONG), "Gulpease"),
        (lambda d: d.update(summary=LONG), "summary: testo difficile"),
        (lambda d: d["how_to_apply"]["steps"].append(LONG), "steps"),
        (lambda d: d["documents"][0].update(text="Lei ha diritto alla dote."), "può chiedere"),
        (lambda d: of(d, "residenza").update(sources=[]), "almeno una fonte"),
        (lambda d: of(d, "residenza")["text"].pop("sconosciuto"), "text.sconosciuto"),
        (lambda d: d.update(edition="2020"), "nome del file"),
    ],
)  # fmt: skip
def test_the_linter_reports(home: Path, change: Callable[[Any], None], words: str) -> None:
    assert any(words in finding and "dote_ritorno" in finding for finding in spoil(home, DOTE, change))


def test_the_linter_reports_overlapping_editions(home: Path) -> None:
    findings = spoil(
        home,
        "measures/dote_lavoro_ammortizzatori/2009_deroga.yaml",
        lambda d: d["window"].update(to=dt.date(2010, 1, 27)),
    )
    assert any("negli stessi giorni" in finding for finding in findings)


def test_the_linter_reports_every_broken_file_at_once(home: Path) -> None:
    (home / "measures/tirocinio/emergo_milano.yaml").write_text("a: [", encoding="utf-8")
    findings = spoil(home, DOTE, lambda d: d.update(kind="gatto"))
    assert sum("tirocinio" in f or "dote_ritorno" in f for f in findings) == 2


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("facts.yaml", lambda d: d["facts"]["eta"]["variants"].pop("medico"), "in altre parole"),
        ("facts.yaml", lambda d: d["facts"]["eta"]["why"].update(cittadino=LONG), "Gulpease"),
        ("facts.yaml", lambda d: d["facts"]["eta"].update(type="data"), "tipo"),
        ("sources.yaml", lambda d: d["sources"].append({"id": "S0", "title": "x", "kind": "seed"}), "ripetuta"),
        ("sources.yaml", lambda d: d["sources"].append({"id": "S00", "title": "x", "kind": "voce"}), "kind"),
        ("sources.yaml", lambda d: d["sources"].append({"id": "S00", "kind": "seed"}), "title"),
        ("sources.yaml", lambda d: d["sources"].append({"id": "S00", "title": "x", "kind": "seed", "pin": "x"}), "pin"),
        ("sources.yaml", lambda d: d["sources"].append("x"), "una fonte ha"),
        ("sources.yaml", lambda d: d.update(schema=2), "schema"),
        ("signposts/gol.yaml", lambda d: d.update(when={"fact": "eta", "less_than": 0}), "mai a nessuno"),
        ("signposts/gol.yaml", lambda d: d.update(sources=["ZZ"]), "fonte"),
        ("signposts/gol.yaml", lambda d: d["text"].update(si=LONG), "Gulpease"),
        ("signposts/gol.yaml", lambda d: d["text"].pop("si"), "text.si"),
        ("signposts/gol.yaml", lambda d: d.update(boh=1), "chiavi"),
        ("signposts/gol.yaml", lambda d: d.update(id="altro"), "nome del file"),
        ("network/azioni_di_rete_fase_2_2021.yaml", lambda d: d.update(edition="x"), "non esiste"),
        ("network/azioni_di_rete_fase_2_2021.yaml", lambda d: d["partners"]["text"].update(soddisfatto=LONG), "Gulpease"),
        ("network/azioni_di_rete_fase_2_2021.yaml", lambda d: d["partners"].update(sources=["ZZ"]), "ZZ"),
        ("quota/legge_68_1999_2017-03-01.yaml", lambda d: d["disability"]["brackets"].pop(), "senza limite"),
    ],
)  # fmt: skip
def test_the_linter_reads_the_other_files_too(home: Path, name: str, change: Callable[[Any], None], words: str) -> None:
    findings = spoil(home, name, change)
    assert any(words in finding for finding in findings), findings


def test_the_real_rules_are_clean() -> None:
    assert [str(finding) for finding in lint()] == []


def test_the_version_names_the_content(home: Path) -> None:
    same = load_from(home).version
    assert same == eligibility.load().version and same.startswith("1+") and len(same) == 14
    path = home / "quota/legge_68_1999_2017-03-01.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\n# nota\n", encoding="utf-8")
    assert load_from(home).version != same


def test_a_new_measure_is_only_a_file(home: Path) -> None:
    data = yaml.safe_load((home / DOTE).read_text(encoding="utf-8"))
    data.update(
        measure="dote_nuova", edition="2030", window={"from": dt.date(2030, 1, 1), "to": None, "sources": ["S0"]}
    )
    (home / "measures/dote_nuova").mkdir()
    (home / "measures/dote_nuova/2030.yaml").write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    rules = load_from(home)
    answer = eligibility.assess(
        {"occupazione": "autonomo"}, dt.date(2031, 1, 1), ["dote_nuova"], ruleset=rules
    ).assessments[0]
    assert (answer.verdict, answer.status) == ("non_ammissibile", "aperta")
    assert [f for f in lint(home) if f.level == "errore"] == []


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("Il gatto dorme.", 100.0), ("", 100.0), ("...", 100.0),
        ("Questa frase contiene alcune parole abbastanza lunghe e poi finisce qui", 89 + (300 - 10 * 61) / 11),
        ("Vale 2.000 euro.", 100.0), ("L'ora è tarda. Andiamo", 100.0),
    ],
)  # fmt: skip
def test_gulpease(text: str, index: float) -> None:
    assert gulpease(text) == pytest.approx(index)


def test_gulpease_counts_sentences_with_and_without_their_stop() -> None:
    words = "parola " * 20
    one, also_one, two = words.strip(), words.strip() + ".", words.strip() + ". " + words.strip() + "."
    assert gulpease(one) == gulpease(also_one) == gulpease(two) == pytest.approx(89 + (300 - 10 * 120) / 20)
    assert 0 <= gulpease(LONG) < 60
