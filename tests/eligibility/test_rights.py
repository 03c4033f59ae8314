"""What a right has more than a dote: deadlines of one person, figures that grow old, questions for those concerned."""

from __future__ import annotations

import datetime as dt

import pytest
import yaml

import eligibility
from eligibility.derive import implied
from eligibility.figures import dated
from eligibility.lint import lint
from eligibility.ruleset import HOME, load_from, parse_ruleset, rule_files
from tests.eligibility.support import DAY, criterion, fact, rule, ruleset

ON = dt.date(2026, 11, 30)
WORKER = {"occupazione": "dipendente_tempo_indeterminato"}


def due(facts: dict, on: dt.date, measure: str = "naspi") -> dict:
    (found,) = eligibility.assess(facts, on, [measure]).of(measure).deadlines
    return found.to_dict()


def test_a_deadline_is_counted_from_the_day_after_and_said_with_its_date() -> None:
    found = due({"data_cessazione": "2026-11-27"}, ON)
    assert (found["date"], found["days_left"], found["passed"]) == ("2027-02-03", 65, False)
    assert found["label"] == "entro 68 giorni: fino al 3 febbraio 2027"
    assert found["text"] == "Faccia la domanda di NASpI entro 68 giorni: fino al 3 febbraio 2027."
    assert found["sources"]


@pytest.mark.parametrize(
    ("on", "left"), [(dt.date(2027, 2, 2), 1), (dt.date(2027, 2, 3), 0), (dt.date(2027, 2, 4), -1)]
)
def test_the_last_day_is_still_good_and_the_next_is_not(on: dt.date, left: int) -> None:
    found = due({"data_cessazione": "2026-11-27"}, on)
    assert (found["days_left"], found["passed"]) == (left, left < 0)
    verdict = eligibility.assess(
        {"occupazione": "disoccupato", "ex_subordinato": True, "motivo_cessazione": "licenziamento",
         "settimane_contributi_4_anni": 60, "dimissioni_ultimi_12_mesi": False, "ammortizzatore": "nessuno",
         "data_cessazione": "2026-11-27"}, on, ["naspi"],
    ).of("naspi").verdict  # fmt: skip
    assert verdict == ("da_verificare" if left < 0 else "ammissibile")


def test_a_passed_deadline_says_when_it_was_and_what_to_do() -> None:
    text = due({"data_cessazione": "2026-01-01"}, ON)["text"]
    assert text.startswith("Il termine era il 10 marzo 2026.") and "patronato" in text


@pytest.mark.parametrize("facts", [{}, {"data_cessazione": None}])
def test_without_the_date_the_deadline_says_from_when_it_counts(facts: dict) -> None:
    found = due(facts, ON)
    assert (found["date"], found["days_left"], found["passed"]) == (None, None, False)
    assert found["text"] == "Faccia la domanda di NASpI entro 68 giorni dall'ultimo giorno di lavoro."


@pytest.mark.parametrize(
    ("since", "verdict"), [(0, "ammissibile"), (68, "ammissibile"), (69, "non_ammissibile"), (-5, "ammissibile")]
)
def test_conditions_see_the_days_since_a_date(since: int, verdict: str) -> None:
    rules = ruleset(
        rule([criterion("c", {"fact": "giorno", "days_since_at_most": 68})]), facts={"giorno": fact("date")}
    )
    told = (DAY - dt.timedelta(days=since)).isoformat()
    assert eligibility.assess({"giorno": told}, DAY, ruleset=rules).assessments[0].verdict == verdict
    assert eligibility.assess({"giorno": None}, DAY, ruleset=rules).assessments[0].verdict == "da_verificare"


def test_a_figure_says_its_year_and_past_its_last_day_that_it_is_old() -> None:
    amounts = lambda on: eligibility.describe("naspi", on)["amounts"]  # noqa: E731
    (now,), (later,) = amounts(ON), amounts(dt.date(2027, 1, 1))
    assert now["text"].endswith("Importi del 2026.") and now["stale"] is False
    assert later["text"].endswith("Importi del 2026: quelli di oggi vanno verificati.") and later["stale"] is True


def test_no_figure_of_any_right_is_said_past_its_date_without_that_word() -> None:
    seen = 0
    for edition in eligibility.load().editions:
        for name, items in edition.items.items():
            for item in items:
                if "expires" in item.data:
                    after = item.data["expires"] + dt.timedelta(days=1)
                    shown = {
                        i["id"]: i for i in eligibility.describe(edition.measure, after, edition=edition.edition)[name]
                    }
                    assert "vanno verificati" in shown[item.id]["text"], (edition.id, item.id)
                    seen += 1
    assert seen
    assert "stale" not in dated({"text": "Sempre."}, ON)


def test_a_limit_of_a_past_year_is_an_open_point_and_not_a_verdict() -> None:
    told = {**criterion("reddito", {"fact": "n", "at_most": 3}), "year": 2026, "expires": dt.date(2026, 12, 31)}
    rules = ruleset(
        rule([told, criterion("b", {"fact": "b", "is": True})], window={"from": None, "to": None, "sources": ["S"]})
    )

    def found(facts: dict, on: dt.date) -> tuple:
        answer = eligibility.assess(facts, on, ruleset=rules).assessments[0]
        return answer.verdict, answer.criteria[0].outcome, answer.criteria[0].gap, answer.missing_facts

    last, after = dt.date(2026, 12, 31), dt.date(2027, 1, 1)
    assert found({"n": 3, "b": True}, last) == ("ammissibile", "soddisfatto", None, ())
    assert found({"n": 4, "b": True}, last) == ("non_ammissibile", "non_soddisfatto", None, ())
    for n in (3, 4):
        assert found({"n": n, "b": True}, after) == ("da_verificare", "sconosciuto", "importi_2026", ())
    assert found({"n": 3, "b": False}, after)[0] == "non_ammissibile", "another criterion may still say no"
    assert found({}, after)[3] == ("b",), "nobody is asked what an old limit cannot use"


def test_the_linter_warns_ninety_days_before_a_figure_expires() -> None:
    def warned(on: dt.date) -> bool:
        return any("naspi" in f.where and "scad" in f.text for f in lint(HOME, on))

    assert [warned(dt.date(2026, 12, 31) - dt.timedelta(days=days)) for days in (90, 89)] == [False, True]
    assert any("è scaduto da 1 giorni" in f.text for f in lint(HOME, dt.date(2027, 1, 1)))
    assert all(f.level == "avviso" for f in lint(HOME, dt.date(2027, 1, 1)))


def test_a_right_without_what_to_do_or_where_fails_the_linter(tmp_path) -> None:
    files = rule_files(HOME)
    name = "measures/naspi/2026.yaml"
    data = yaml.safe_load(files[name])
    for key in ("action", "channel", "keywords", "effects"):
        del data[key]
    del data["amounts"][0]["read_on"]
    for path, text in {**files, name: yaml.safe_dump(data, allow_unicode=True)}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    texts = [str(f) for f in lint(tmp_path) if f.where.startswith(name)]
    assert len(texts) == 5 and any("«channel»" in t for t in texts) and any("read_on" in t for t in texts)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"from": "eta"}, "non è un fatto con una data"), ({"days": None}, "uno solo"), ({"months": 2}, "uno solo"),
        ({"on": dt.date(2026, 1, 1)}, "serve «from»"), ({"days": 0}, "intero"), ({"sources": []}, "fonte"),
        ({"altro": 1}, "chiavi non previste"), ({"counted": None}, "counted"), ({"passed": None}, "manca il testo"),
    ],
)  # fmt: skip
def test_a_wrong_deadline_is_refused_with_the_place(change: dict, words: str) -> None:
    files = rule_files(HOME)
    data = yaml.safe_load(files["measures/naspi/2026.yaml"])
    data["deadlines"][0].update(change)
    with pytest.raises(eligibility.RuleError, match="deadlines") as refused:
        parse_ruleset({**files, "measures/naspi/2026.yaml": yaml.safe_dump(data, allow_unicode=True)})
    assert (
        words in str(refused.value)
        or "servono un testo" in str(refused.value)
        or "serve un testo" in str(refused.value)
    )


def test_a_fact_is_asked_only_of_those_whom_it_concerns() -> None:
    facts = {"a": fact("bool"), "b": {**fact("bool"), "ask_when": {"fact": "a", "is": True}}}
    useful = {"any": [{"all": [{"fact": "a", "is": True}, {"fact": "b", "is": True}]}, {"fact": "b", "is": False}]}
    rules = ruleset(rule([criterion("c", useful)]), facts=facts)
    alone = ruleset(rule([criterion("c", {"fact": "b", "is": True})]), facts=facts)

    def asked(told: dict, exclude: tuple = (), rules_=rules) -> str | None:
        question = eligibility.next_question(told, DAY, exclude=exclude, ruleset=rules_)
        return question and question.fact

    assert asked({}) == "a", "what settles whether the question makes sense comes first"
    assert asked({"a": True}, rules_=alone) == "b" and asked({"a": False}) is None and asked({"a": None}) is None
    assert asked({}, exclude=("a",)) is None
    assert asked({}, rules_=alone) is None, "nobody is asked about a only to be asked about b"
    assert eligibility.assess({"a": False}, DAY, ruleset=alone).assessments[0].missing_facts == ("b",)
    assert eligibility.assess({"b": True}, DAY, ruleset=alone).assessments[0].verdict == "ammissibile"


def test_what_an_office_can_verify_is_left_to_it_and_believed_when_told() -> None:
    facts = {"a": {**fact("bool"), "left_to_office": True}}
    rules = ruleset(rule([criterion("c", {"fact": "a", "is": True})]), facts=facts)
    assert eligibility.next_question({}, DAY, ruleset=rules) is None
    assert eligibility.assess({}, DAY, ruleset=rules).assessments[0].missing_facts == ("a",)
    assert eligibility.assess({"a": True}, DAY, ruleset=rules).assessments[0].verdict == "ammissibile"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, None), (WORKER, None), ({**WORKER, "rientrato_al_lavoro": True}, "rientro_dopo_malattia"),
        ({**WORKER, "rientrato_al_lavoro": False}, "in_malattia"), ({"occupazione": "disoccupato"}, "perso_lavoro"),
        ({"occupazione": "inoccupato"}, "perso_lavoro"), ({"occupazione": "sospeso_cig"}, "sospeso"),
        ({"occupazione": "disoccupato", "invalidita_percento": 46}, "cerca_lavoro_disabilita"),
        ({"occupazione": "disoccupato", "invalidita_percento": 45}, "perso_lavoro"),
        ({"occupazione": "inoccupato", "legge_68_iscritto": True}, "cerca_lavoro_disabilita"),
        ({"occupazione": "collaboratore"}, "autonomo_malato"),
        ({"situazione": "in_malattia"}, "in_malattia"), ({"situazione": "in_malattia", **WORKER}, "in_malattia"),
        ({"situazione": "in_malattia", **WORKER, "rientrato_al_lavoro": True}, "rientro_dopo_malattia"),
        ({"situazione": "cerca_lavoro_disabilita", "occupazione": "disoccupato"}, "cerca_lavoro_disabilita"),
        ({"situazione": "perso_lavoro", "occupazione": "sospeso_cig"}, "sospeso"), ({"situazione": None}, None),
        ({"occupazione": "disoccupato", "data_cessazione": "2026-11-27"}, "perso_lavoro"),
    ],
)  # fmt: skip
def test_the_situation_follows_from_the_facts_and_changes_with_them(facts: dict, expected: str | None) -> None:
    assert eligibility.situation(facts) == expected
    measures = eligibility.measures_for(expected)
    assert measures and set(measures) <= set(eligibility.load().measures)
    eligibility.assess(facts, ON, measures)


def test_what_a_choice_implies_spares_a_question() -> None:
    assert implied({"situazione": "sospeso"}) == {"occupazione": "sospeso_cig"}
    assert implied({"situazione": "sospeso", "occupazione": None}) == {}
    assert implied({"situazione": "in_malattia"})["rientrato_al_lavoro"] is False


def test_situations_that_name_a_measure_that_is_not_there_are_refused(tmp_path) -> None:
    files = rule_files(HOME)
    with pytest.raises(eligibility.RuleError, match=r"situations\.yaml.*dote_magica"):
        parse_ruleset({**files, "situations.yaml": files["situations.yaml"].replace("- naspi", "- dote_magica", 1)})
    assert load_from(HOME).situations.keys() == eligibility.load().situations.keys()
