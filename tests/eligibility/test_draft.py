"""What would change with a draft edition: counted over synthetic people, and checked against one assessment at a time."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

import eligibility
from cli.main import app
from eligibility import draft
from eligibility.errors import RuleError
from eligibility.population import halfway, people
from eligibility.ruleset import HOME

DOTE = HOME / "measures" / "dote_ritorno_al_lavoro" / "2019.yaml"
ON = dt.date(2020, 6, 1)
COUNT = 2000


def text_of(**change: object) -> str:
    """The edition of 2019 as a draft, with some keys replaced."""
    data = yaml.safe_load(DOTE.read_text(encoding="utf-8"))
    return yaml.safe_dump(data | change, allow_unicode=True)


def lower_threshold() -> str:
    return DOTE.read_text(encoding="utf-8").replace("at_least: 70", "at_least: 60")


def attempt(text: str) -> draft.Trial:
    return draft.attempt(draft.read(text), ON, count=COUNT)


def test_the_edition_in_force_changes_nothing() -> None:
    trial = attempt(DOTE.read_text(encoding="utf-8"))
    assert (trial.moved, trial.changes, trial.examples, trial.findings) == (0, [], [], [])
    for known in (True, False):
        assert sum(trial.table[known].values()) == COUNT
        assert all(before == after or not count for (before, after), count in trial.table[known].items())


@pytest.mark.parametrize("known", [True, False])
def test_the_counts_are_those_of_one_assessment_at_a_time(known: bool) -> None:
    trial = attempt(lower_threshold())
    crowd = people(COUNT, 1, on=ON)
    crowd = crowd if known else halfway(crowd, draft.UNTOLD, 1)
    rules = draft.with_draft(trial.draft, eligibility.load())
    slow: dict[tuple[str, str], int] = dict.fromkeys(trial.table[known], 0)
    for person in crowd:
        before = eligibility.assess(person, ON, ["dote_ritorno_al_lavoro"]).assessments[0].verdict
        after = eligibility.assess(person, ON, ["dote_ritorno_al_lavoro"], ruleset=rules).assessments[0].verdict
        slow[before, after] += 1
    assert trial.table[known] == slow
    assert sum(trial.after[known].values()) == COUNT


def test_a_lower_threshold_lets_people_in_and_says_why() -> None:
    trial = attempt(lower_threshold())
    kinds = {(before, after) for (before, after), count in trial.table[True].items() if count and before != after}
    assert kinds == {("non_ammissibile", "ammissibile")}
    assert trial.moved == trial.table[True]["non_ammissibile", "ammissibile"] > 0
    assert [change.kind for change in trial.changes] == ["cambiato"]
    assert 0 < len(trial.examples) <= draft.EXAMPLES
    for example in trial.examples:
        assert (example.before, example.after) == ("non_ammissibile", "ammissibile")
        percent = next(value for label, value in example.facts if "nvalidità" in label and "INAIL" not in label)
        assert 60 <= int(percent.rstrip("%")) < 70
        assert example.reasons


def test_the_same_people_every_time() -> None:
    assert people(50, 3) == people(50, 3) != people(50, 4)
    assert attempt(lower_threshold()).table == attempt(lower_threshold()).table


def test_a_new_edition_that_shares_days_is_told_but_tried() -> None:
    trial = attempt(text_of(edition="2020"))
    assert [str(finding) for finding in trial.findings] == [
        "errore: bozza: vale negli stessi giorni dell'edizione 2019: va prima chiusa quella"
    ]
    assert trial.old is not None and trial.old.edition == "2019" and trial.moved == 0


def test_a_measure_that_does_not_exist_yet_has_nothing_to_compare_with() -> None:
    trial = attempt(text_of(measure="misura_nuova"))
    assert trial.old is None and trial.table[True] == {} and trial.status[0] is None
    assert sum(trial.after[True].values()) == COUNT


def test_hard_words_of_the_draft_are_found() -> None:
    trial = attempt(text_of(summary="Chi ne ha diritto può chiedere la dote."))
    assert any("ha diritto" in str(finding) for finding in trial.findings)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "serve un oggetto"),
        ("a: [", "non si legge"),
        ("- uno\n- due\n", "serve un oggetto"),
        (text_of(kind="boh"), "«kind» deve essere uno di"),
        (text_of(criteria=[]), "almeno un criterio"),
        (text_of(colore="rosso"), "chiavi non previste: colore"),
        (text_of(edition=2020), "«edition» manca"),
        (lower_threshold().replace("fact: invalidita_percento", "fact: invalidita"), "invalidita"),
        (text_of(window={"from": "ieri"}), "data AAAA-MM-GG"),
        ("x: !!python/object/apply:os.system ['true']", "non si legge"),
        ("è" * draft.MAX_BYTES, "troppo grande"),
        ("[" * 5000 + "]" * 5000, "bozza"),
        ("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
            f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)), "troppi valori"),
        (text_of(contacts=[3]), "contacts"),
        (text_of(criteria=[{"id": "uno", "when": {"all": "no"}, "sources": ["R-0"], "text": {}}]), "bozza"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_words(text: str, told: str) -> None:
    with pytest.raises(RuleError) as raised:
        draft.read(text)
    assert told in str(raised.value)
    assert str(raised.value).startswith("bozza") and len(str(raised.value)) < 1000


def test_no_spoilt_file_breaks_the_reader() -> None:
    """Cut anywhere, or with a line missing, the file loads or is refused with a reason."""
    lines = DOTE.read_text(encoding="utf-8").splitlines(keepends=True)
    refused = 0
    for number in range(0, len(lines), 7):
        for text in ("".join(lines[:number]), "".join(lines[:number] + lines[number + 1 :])):
            try:
                draft.read(text)
            except RuleError:
                refused += 1
    assert refused > 20


def test_the_command_tells_the_same(tmp_path: Path) -> None:
    path = tmp_path / "bozza.yaml"
    path.write_text(lower_threshold(), encoding="utf-8")
    done = CliRunner().invoke(app, ["rules", "try", str(path), "--date", "2020-06-01"])
    assert done.exit_code == 0
    assert yaml.safe_load(done.stdout)["compared_with"] == "dote_ritorno_al_lavoro/2019"
    path.write_text("a: [", encoding="utf-8")
    assert CliRunner().invoke(app, ["rules", "try", str(path)]).exit_code == 2
