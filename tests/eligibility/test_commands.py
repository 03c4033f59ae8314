"""``python -m eligibility``, the generated pages, and the package standing on its own."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

import eligibility
from eligibility import commands
from eligibility.__main__ import main
from eligibility.changes import compare
from eligibility.pages import write_pages
from eligibility.ruleset import HOME
from tests.eligibility.support import DAY, criterion, rule, ruleset

ROOT = HOME.parent


@pytest.fixture
def facts_file(tmp_path: Path) -> Path:
    path = tmp_path / "fatti.json"
    path.write_text(json.dumps({"occupazione": "disoccupato", "invalidita_percento": 50}), encoding="utf-8")
    return path


def test_assess_prints_what_the_api_returns(facts_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assess", "--facts", str(facts_file), "--date", "2026-03-02", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    expected = eligibility.assess(
        {"occupazione": "disoccupato", "invalidita_percento": 50}, commands.parse_date("2026-03-02")
    )
    assert shown == json.loads(json.dumps(expected.to_dict()))


def test_assess_for_people_to_read(facts_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "assess",
        "--facts",
        str(facts_file),
        "--date",
        "02/03/2026",
        "--measure",
        "tirocinio",
        "--audience",
        "medico",
        "--near",
    ]
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert "paziente" in shown and "Prossima domanda: Quanti anni ha il paziente?" in shown


def test_an_edition_can_be_chosen(facts_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    measure = "dote_lavoro_ammortizzatori"
    arguments = ["assess", "--facts", str(facts_file), "--date", "2026-03-02", "--measure", measure, "--json"]
    assert main([*arguments, "--edition", f"{measure}=2009_deroga"]) == 0
    assert json.loads(capsys.readouterr().out)["assessments"][0]["edition"] == "2009_deroga"
    assert main([*arguments, "--edition", f"{measure}=1999"]) == 2
    assert "2009_deroga" in capsys.readouterr().err


def test_facts_from_standard_input_and_inside_an_envelope(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"facts": {"eta": 30}}'))
    assert commands.read_facts("-") == {"eta": 30}


@pytest.mark.parametrize(
    ("content", "words"),
    [("{", "JSON"), ("[1]", "oggetto"), ('{"eta": 1000}', "tra 0 e 120"), ('{"x": 1}', "non è tra i fatti"), ("[" * 100_000, "JSON"), (" " * 1_000_001, "grande"), ('{"eta": NaN}', "numero")],
)  # fmt: skip
def test_bad_facts_are_told_on_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, words: str
) -> None:
    path = tmp_path / "x.json"
    path.write_text(content, encoding="utf-8")
    assert main(["assess", "--facts", str(path), "--date", "2026-03-02"]) == 2
    caught = capsys.readouterr()
    assert words in caught.err and "Traceback" not in caught.err and caught.out == ""


@pytest.mark.parametrize("date", ["ieri", "2026-13-01", "2026-02-30", "", "1/1"])
def test_bad_dates_are_refused(facts_file: Path, capsys: pytest.CaptureFixture[str], date: str) -> None:
    assert main(["assess", "--facts", str(facts_file), "--date", date]) == 2
    assert "AAAA-MM-GG" in capsys.readouterr().err


def test_a_missing_file_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assess", "--facts", "/non/esiste.json", "--date", "2026-03-02"]) == 2
    assert "Non riesco a leggere" in capsys.readouterr().err


def test_lint_rules_says_how_many(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint-rules"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("0 errori")
    assert main(["lint-rules", "--home", str(tmp_path)]) == 1
    assert "non si legge" in capsys.readouterr().out


def test_batch_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.csv").write_text("id,eta\na,30\nb,300\n", encoding="utf-8")
    arguments = [
        "batch",
        str(tmp_path / "in.csv"),
        "-o",
        str(tmp_path / "out.csv"),
        "--date",
        "2026-03-02",
        "--picture",
        str(tmp_path / "p.svg"),
    ]
    assert main(arguments) == 0
    caught = capsys.readouterr()
    assert json.loads(caught.out)["good"] == 1 and "100%" in caught.err
    ElementTree.parse(tmp_path / "p.svg")


class Reader(HTMLParser):
    """Checks that tags are closed, and collects what a page shows and asks for."""

    VOID = frozenset({"meta", "link", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.asks: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        self.asks += [value for name, value in attrs if name in ("src", "srcset") or (tag == "link" and name == "href")]

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_pages_hold_the_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pages", str(tmp_path), "--date", "2026-03-02"]) == 0
    files = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert all(path.exists() for path in files)
    for edition in eligibility.load().editions:
        html = (tmp_path / edition.measure / f"{edition.edition}.html").read_text(encoding="utf-8")
        page = Reader()
        page.feed(html)
        assert page.open == [] and page.asks == [], "well formed, and asks nothing of the network"
        shown = " ".join(page.text)
        markdown = (tmp_path / edition.measure / f"{edition.edition}.md").read_text(encoding="utf-8")
        svg = ElementTree.parse(tmp_path / edition.measure / f"{edition.edition}.svg").getroot()
        drawn = " ".join(svg.itertext())
        for told in edition.criteria:
            assert told.title in shown and told.title in drawn
            for gap in told.verify:
                assert gap.gap in shown and gap.gap in drawn
            assert all(source in shown and source in markdown for source in told.sources)
        assert f"({edition.edition}.svg)" in markdown


def test_links_between_pages_lead_somewhere(tmp_path: Path) -> None:
    write_pages(tmp_path, DAY)
    links = re.findall(r'href="([^"#]+)"', (tmp_path / "index.html").read_text(encoding="utf-8"))
    assert len(links) >= 12 and all((tmp_path / link).exists() for link in links)


def test_pages_escape_what_they_show(tmp_path: Path) -> None:
    told = criterion("c", {"fact": "a", "is": True})
    told["text"]["sconosciuto"] = "<script>alert(1)</script> & *altro*."
    write_pages(tmp_path, DAY, ruleset(rule([told], title="A <b> & B")))
    html = (tmp_path / "m/uno.html").read_text(encoding="utf-8")
    assert "<script>" not in html and "A <b>" not in html and "&lt;script&gt;" in html
    assert r"\*altro\*" in (tmp_path / "m/uno.md").read_text(encoding="utf-8")
    ElementTree.parse(tmp_path / "m/uno.svg")


def test_the_changes_between_editions() -> None:
    def edition(name: str, year: int, criteria: list, **more: object) -> dict:
        import datetime as dt

        window = {"from": dt.date(year, 1, 1), "to": dt.date(year, 12, 31), "sources": ["S"]}
        return rule(criteria, edition=name, window=window, **more)

    service = {"id": "s", "title": "Servizio", "text": "Un aiuto.", "max_hours": 3, "sources": ["S"]}
    same, gone, new = (criterion(id_, {"fact": "a", "is": True}) for id_ in ("uguale", "tolto", "nuovo"))
    low, high = (criterion("soglia", {"fact": "n", "at_least": n}) for n in (2, 3))
    rules = ruleset(
        edition("a", 2010, [same, gone, low], services=[service]),
        edition("b", 2011, [same, new, high], services=[{**service, "max_hours": 4}]),
    )
    changes = compare(*rules.editions, rules)
    assert [(c.kind, c.where) for c in changes] == [
        ("cambiato", "Periodo"), ("tolto", "Criterio «Tolto»"), ("cambiato", "Criterio «Soglia»"), ("aggiunto", "Criterio «Nuovo»"),
        ("cambiato", "Servizio «s»"),
    ]  # fmt: skip
    assert (changes[2].old, changes[2].new) == ("Dato: almeno 2", "Dato: almeno 3")
    assert compare(rules.editions[0], rules.editions[0], rules) == []


def run_alone(code: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Python with this package alone on the path, and only PyYAML of all that is installed."""
    import yaml

    (tmp_path / "eligibility").symlink_to(HOME)
    (tmp_path / "yaml").symlink_to(Path(yaml.__file__).parent)
    environment = {"PYTHONPATH": str(tmp_path), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-S", "-c", code], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60
    )


def test_the_package_works_alone_with_only_pyyaml(tmp_path: Path) -> None:
    code = (
        "import datetime, eligibility, sys; from eligibility.__main__ import main;"
        "print(eligibility.assess({}, datetime.date(2026, 3, 2)).next_question.fact);"
        "assert main(['lint-rules']) == 0; assert main(['pages', 'fuori', '--date', '2026-03-02']) == 0;"
        "assert not {'numpy', 'pydantic', 'fastapi', 'sqlalchemy', 'holidays'} & set(sys.modules)"
    )
    done = run_alone(code, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] in eligibility.load().facts


def test_importing_is_quick() -> None:
    code = "import time; t = time.perf_counter(); import eligibility; print(time.perf_counter() - t)"
    times = [
        float(subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout)
        for _ in range(5)
    ]
    assert min(times) < 0.150


def modules() -> list[Path]:
    return sorted(HOME.glob("*.py"))


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.name)
def test_no_clock_no_network_and_nothing_of_the_rest(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    imported = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").split(".")[0])
        elif isinstance(node, ast.Attribute):
            assert node.attr not in ("today", "now", "utcnow", "environ"), (
                f"{path.name} reads the clock or the environment"
            )
    if path.name == "population.py":
        imported.remove("random")  # the synthetic people of draft.py, seeded: no verdict depends on them
    assert not imported & {
        "time",
        "socket",
        "urllib",
        "http",
        "requests",
        "httpx",
        "random",
        "logging",
        "sqlite3",
        "subprocess",
    }
    assert not imported & {"cases", "referrals", "actions", "web", "cli", "bot", "texts", "settings"}
    assert len(source.splitlines()) <= 400
