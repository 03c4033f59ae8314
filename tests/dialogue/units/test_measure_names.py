"""A measure is known by its name without being listed anywhere but in its rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

import eligibility
from dialogue import measure_names
from eligibility.errors import RuleError
from eligibility.ruleset import HOME, load_from, parse_ruleset

RULES = {str(path.relative_to(HOME)): path.read_text(encoding="utf-8") for path in HOME.glob("**/*.yaml")}


@pytest.fixture
def with_a_name(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The real rules, one measure of which is called something new."""
    changed = dict(load_from(HOME).measures)
    name = "tirocinio"
    changed[name] = (*changed[name][:-1], replace(changed[name][-1], called=(r"\bborsa di mestiere\b",)))
    monkeypatch.setattr(eligibility.load(), "measures", changed)
    measure_names._patterns.cache_clear()
    yield
    measure_names._patterns.cache_clear()


def programmes() -> list[str]:
    return [measure for measure, editions in eligibility.load().measures.items() if editions[-1].kind != "diritto"]


@pytest.mark.parametrize("measure", programmes())
def test_a_programme_is_known_by_its_title(measure: str) -> None:
    title = eligibility.load().measures[measure][-1].title
    assert measure_names.named_in(f"Vorrei sapere di {title.upper()}?") == measure


def test_a_measure_is_known_by_what_its_rules_say_it_is_called(with_a_name: None) -> None:
    assert measure_names.named_in("Che cos'è la Borsa di mestiere?") == "tirocinio"


def test_what_a_right_gives_is_not_its_name() -> None:
    assert measure_names.named_in("sono in cassa integrazione") is None


def test_a_name_that_is_no_expression_is_refused() -> None:
    name = "measures/tirocinio/emergo_milano.yaml"
    with pytest.raises(RuleError, match="called"):
        parse_ruleset(RULES | {name: RULES[name] + "called: ['(']\n"})
