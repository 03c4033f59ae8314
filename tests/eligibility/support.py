"""Small made-up rulesets, and the slow but obvious way to answer that the engine is compared with."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from eligibility.compiled import ELIGIBLE, FAILED, NOT_ELIGIBLE, PENDING, SATISFIED, TO_VERIFY
from eligibility.expressions import facts_in, holds
from eligibility.facts import parse_catalogue
from eligibility.rules import Criterion, Edition, parse_edition
from eligibility.ruleset import Ruleset
from eligibility.sources import Source

DAY = dt.date(2020, 6, 1)
# Mutation testing runs the suite thousands of times and asks for fewer examples.
SHARE = float(os.environ.get("ELIGIBILITY_EXAMPLES", "1"))
_WORDS = {"question": "Com'è?", "why": "Serve.", "variants": {}}


def fact(type_: str, **more: Any) -> dict[str, Any]:
    """A fact as facts.yaml has it."""
    return {"type": type_, "label": "Dato", "sensitive": False, "actionable": True, "step": 1, **_WORDS, **more}


FACTS = {
    "a": fact("bool"),
    "b": fact("bool", step=2, sensitive=True),
    "colore": fact("enum", options={"rosso": "Rosso", "verde": "Verde", "blu": "Blu"}),
    "n": fact("int", minimum=0, maximum=5),
    "x": fact("number", minimum=0, maximum=4),
}
# Every value worth trying: for numbers all whole ones and those between.
VALUES = {
    "a": [False, True],
    "b": [False, True],
    "colore": ["rosso", "verde", "blu"],
    "n": [0, 1, 2, 3, 4, 5],
    "x": [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4],
}


def criterion(id_: str, when: Any, verify: Any = ()) -> dict[str, Any]:
    """A criterion as a rule file has it."""
    text = {"soddisfatto": "Sì.", "non_soddisfatto": "No.", "sconosciuto": "Non si sa."}
    return {"id": id_, "rows": ["X"], "sources": ["S"], "when": when, "verify": list(verify), "text": text}


def rule(criteria: list[dict[str, Any]], measure: str = "m", edition: str = "uno", **more: Any) -> dict[str, Any]:
    """A rule file's content."""
    return {
        "schema": 1, "measure": measure, "edition": edition, "title": "Misura", "kind": "person",
        "summary": "Un aiuto.", "window": {"from": dt.date(2020, 1, 1), "to": dt.date(2020, 12, 31), "sources": ["S"]},
        "criteria": criteria, **more,
    }  # fmt: skip


def ruleset(*rules: dict[str, Any], facts: Mapping[str, Any] = FACTS) -> Ruleset:
    """A ruleset of made-up rules."""
    catalogue = parse_catalogue({"schema": 1, "facts": facts})
    sources = {"S": Source("S", "Fonte", "https://example.org/fonte", "official")}
    editions = [parse_edition(data, catalogue, sources, f"{data.get('measure')}.yaml") for data in rules]
    return Ruleset(catalogue, sources, editions)


def examples(count: int) -> settings:
    """So many examples of a property, without a deadline (the machine may be busy)."""
    return settings(max_examples=max(5, int(count * SHARE)), deadline=None)


def tests() -> st.SearchStrategy[dict[str, Any]]:
    """Any comparison of a made-up fact."""
    return st.one_of(
        st.builds(lambda f, v: {"fact": f, "is": v}, st.sampled_from(["a", "b"]), st.booleans()),
        st.builds(
            lambda v: {"fact": "colore", "in": v},
            st.lists(st.sampled_from(VALUES["colore"]), min_size=1, max_size=2, unique=True),
        ),
        st.builds(
            lambda op, v: {"fact": "n", op: v},
            st.sampled_from(["at_least", "at_most", "more_than", "less_than", "is"]), st.integers(0, 5),
        ),
        st.builds(
            lambda op, v: {"fact": "x", op: v},
            st.sampled_from(["at_least", "at_most", "more_than", "less_than", "is"]), st.integers(0, 4),
        ),
    )  # fmt: skip


def conditions() -> st.SearchStrategy[dict[str, Any]]:
    """Any condition over made-up facts; the same fact may stand in it several times."""
    return st.recursive(
        tests(),
        lambda inner: st.one_of(
            st.builds(lambda p: {"all": p}, st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda p: {"any": p}, st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda p: {"not": p}, inner),
        ),
        max_leaves=6,
    )


def made_up_rules() -> st.SearchStrategy[Ruleset]:
    """A ruleset of one measure with one to three criteria, some with open points of the law."""
    verify = st.lists(
        st.builds(lambda when, gap: {"when": when, "gap": gap, "text": "Aperto."}, conditions(), st.sampled_from("GH")),
        max_size=2,
    )
    one = st.tuples(conditions(), verify)
    return st.lists(one, min_size=1, max_size=3).map(
        lambda parts: ruleset(rule([criterion(f"c{n}", when, gaps) for n, (when, gaps) in enumerate(parts)]))
    )


def partial_facts(values: Mapping[str, list[Any]] = VALUES) -> st.SearchStrategy[dict[str, Any]]:
    """Facts of a person: each known, unknown (None) or never asked."""
    absent = object()
    return st.fixed_dictionaries(
        {id_: st.sampled_from([*known, *known, None, absent]) for id_, known in values.items()}
    ).map(lambda facts: {id_: value for id_, value in facts.items() if value is not absent})


# --- the slow way ---------------------------------------------------------------------------------------


def criterion_outcome(rule_: Criterion, person: Mapping[str, Any]) -> Any:
    """The outcome for a person of whom everything is known: SATISFIED, FAILED, or the number of an open point."""
    for number, gap in enumerate(rule_.verify):
        if holds(gap.when, person):
            return number
    return SATISFIED if holds(rule_.when, person) else FAILED


def full_verdict(edition: Edition, person: Mapping[str, Any]) -> str:
    """The verdict for a person of whom everything is known."""
    outcomes = [criterion_outcome(rule_, person) for rule_ in edition.criteria]
    if FAILED in outcomes:
        return NOT_ELIGIBLE
    return ELIGIBLE if all(outcome == SATISFIED for outcome in outcomes) else TO_VERIFY


def names(edition: Edition) -> tuple[str, ...]:
    """The facts of the criteria."""
    return facts_in(*(e for c in edition.criteria for e in (c.when, *(gap.when for gap in c.verify))))


def completions(
    open_facts: list[str], known: Mapping[str, Any], values: Mapping[str, list[Any]]
) -> Iterator[dict[str, Any]]:
    """Every way to fill in the open facts."""
    for chosen in product(*(values[id_] for id_ in open_facts)):
        yield {**known, **dict(zip(open_facts, chosen, strict=True))}


def only(values: set[Any], otherwise: Any) -> Any:
    """The one value of the set, else ``otherwise``."""
    return next(iter(values)) if len(values) == 1 else otherwise


def slow_answer(
    edition: Edition, facts: Mapping[str, Any], values: Mapping[str, list[Any]]
) -> tuple[str, dict[str, str], set[str]]:
    """Verdict, outcome of each criterion, and facts that can still change the verdict, by trying everything."""
    used = names(edition)
    known = {id_: facts[id_] for id_ in used if facts.get(id_) is not None}
    nulls = [id_ for id_ in used if id_ in facts and facts[id_] is None]
    absent = [id_ for id_ in used if id_ not in facts]
    outcomes: dict[str, set[Any]] = {rule_.id: set() for rule_ in edition.criteria}
    verdicts: dict[tuple[Any, ...], str] = {}
    seen: set[str] = set()
    for person in completions(absent, known, values):
        found = set()
        for whole in completions(nulls, person, values):
            found.add(full_verdict(edition, whole))
            for rule_ in edition.criteria:
                outcomes[rule_.id].add(criterion_outcome(rule_, whole))
        verdicts[tuple(person[id_] for id_ in absent)] = only(found, TO_VERIFY)
        seen |= found
    shown = {
        id_: PENDING if isinstance(only(found, None), int | None) else only(found, None)
        for id_, found in outcomes.items()
    }
    missing = set()
    for answers, verdict in verdicts.items():
        for place, id_ in enumerate(absent):
            for value in values[id_]:
                if verdicts[(*answers[:place], value, *answers[place + 1 :])] != verdict:
                    missing.add(id_)
    return only(seen, TO_VERIFY), shown, missing
