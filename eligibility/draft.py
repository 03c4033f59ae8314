"""What would change if a draft edition were published: the draft as the loader reads it, against the rules in force.

The comparison is made over a synthetic population (``population``), of whom everything is known, and over the same people
as a conversation half way knows them. Nothing is published here: an edition is published as a file of the package.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from eligibility.changes import EditionChange, compare
from eligibility.errors import RuleError
from eligibility.fact_words import value_in_words
from eligibility.lint import Finding, lint_edition
from eligibility.rules import Edition, parse_edition
from eligibility.ruleset import Ruleset, load, read_yaml

MAX_BYTES = 200_000
#: Values in the file once its references are written out; the largest edition has about 2,000.
MAX_VALUES = 50_000
PEOPLE = 10_000
#: What a person half way through a conversation has not told yet.
UNTOLD = 0.15
EXAMPLES = 3
WHERE = "bozza"
VERDICTS = ("ammissibile", "da_verificare", "non_ammissibile")


@dataclass(frozen=True)
class Example:
    """A synthetic person whose verdict changes. ``facts``: label and value in words, of those that matter.

    ``reasons``: what the draft says of the criteria whose outcome is not what it was.
    """

    before: str
    after: str
    facts: list[tuple[str, str]]
    reasons: list[str]


@dataclass(frozen=True)
class Trial:
    """What would change. ``table[known]``: (verdict before, verdict after) -> people, with everything known (True) or not.

    ``old`` is None for a measure that does not exist yet; then there is nothing to compare with, and ``after`` alone says
    how many people get which verdict.
    """

    draft: Edition
    old: Edition | None
    on: dt.date
    people: int
    table: dict[bool, dict[tuple[str, str], int]]
    after: dict[bool, dict[str, int]]
    status: tuple[str | None, str]
    changes: list[EditionChange]
    examples: list[Example]
    findings: list[Finding]

    @property
    def moved(self) -> int:
        """People with everything known whose verdict changes."""
        return sum(count for (before, after), count in self.table[True].items() if before != after)


def read(text: str, ruleset: Ruleset | None = None) -> Edition:
    """The draft as an edition. Raises RuleError with the place and the reason, in Italian."""
    ruleset = ruleset or load()
    if len(text.encode()) > MAX_BYTES:
        raise RuleError(f"{WHERE}: il file è troppo grande: al massimo {MAX_BYTES // 1000} kB.")
    try:
        data = read_yaml(text, WHERE)
        if _values(data, MAX_VALUES) > MAX_VALUES:
            raise RuleError(f"{WHERE}: il file contiene troppi valori: al massimo {MAX_VALUES}.")
        return parse_edition(data, ruleset.facts, ruleset.sources, WHERE)
    except RecursionError:
        raise RuleError(f"{WHERE}: il file ha troppi livelli, uno dentro l'altro.") from None
    except (AttributeError, KeyError, TypeError, ValueError) as problem:
        # The loader says what is wrong in nearly all files; for the rest, at least where to look.
        raise RuleError(f"{WHERE}: una parte del file non ha la forma prevista ({problem}).") from problem


def _values(data: Any, limit: int) -> int:
    """How many values there are, counting each reference as if it were written out; stops above the limit."""
    count, waiting = 0, [data]
    while waiting and count <= limit:
        value = waiting.pop()
        count += 1
        if isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value
    return count


def compared_with(draft: Edition, on: dt.date, ruleset: Ruleset) -> Edition | None:
    """The edition the draft would replace: the one of its name, else the one in force on the day; None for a new measure."""
    if draft.measure not in ruleset.measures:
        return None
    same = [edition for edition in ruleset.measures[draft.measure] if edition.edition == draft.edition]
    return same[0] if same else ruleset.edition(draft.measure, on)


def with_draft(draft: Edition, ruleset: Ruleset) -> Ruleset:
    """The rules as they would be with the draft as the only edition of its measure."""
    others = [edition for edition in ruleset.editions if edition.measure != draft.measure]
    return Ruleset(
        ruleset.facts,
        ruleset.sources,
        [*others, draft],
        ruleset.signposts.values(),
        ruleset.version,
        ruleset.data_files,
        ruleset.situations,
    )


def overlaps(draft: Edition, ruleset: Ruleset) -> list[str]:
    """Other editions of the measure that share days with the draft: they must be closed before it can be published."""
    return [
        edition.edition
        for edition in ruleset.measures.get(draft.measure, ())
        if edition.edition != draft.edition and edition.window.overlaps(draft.window)
    ]


def attempt(draft: Edition, on: dt.date, ruleset: Ruleset | None = None, count: int = PEOPLE, seed: int = 1) -> Trial:
    """Compare the draft with the rules in force over ``count`` synthetic people. The same seed gives the same people."""
    from eligibility.population import halfway, people

    ruleset = ruleset or load()
    old = compared_with(draft, on, ruleset)
    new_rules = with_draft(draft, ruleset)
    full = people(count, seed, ruleset, on)
    table: dict[bool, dict[tuple[str, str], int]] = {}
    after: dict[bool, dict[str, int]] = {}
    examples: list[Example] = []
    for known, crowd in ((True, full), (False, halfway(full, UNTOLD, seed))):
        new_verdicts = _verdicts(crowd, new_rules, draft, on)
        after[known] = {verdict: new_verdicts.count(verdict) for verdict in VERDICTS}
        table[known] = {}
        if old is None:
            continue
        pairs = list(zip(_verdicts(crowd, ruleset, old, on), new_verdicts, strict=True))
        table[known] = {(b, a): pairs.count((b, a)) for b in VERDICTS for a in VERDICTS}
        if known:
            examples = _examples(crowd, pairs, old, draft, ruleset, new_rules, on)
    return Trial(
        draft=draft,
        old=old,
        on=on,
        people=count,
        table=table,
        after=after,
        status=(old.status(on) if old else None, draft.status(on)),
        changes=compare(old, draft, ruleset) if old else [],
        examples=examples,
        findings=[
            *(
                Finding("errore", WHERE, f"vale negli stessi giorni dell'edizione {name}: va prima chiusa quella")
                for name in overlaps(draft, ruleset)
            ),
            *lint_edition(new_rules, draft),
        ],
    )


def _verdicts(crowd: list[dict[str, Any]], ruleset: Ruleset, edition: Edition, on: dt.date) -> list[str]:
    import numpy as np

    from eligibility.vectorized import VERDICTS as NUMBERED
    from eligibility.vectorized import Crowd

    judge = Crowd(ruleset, [ruleset.compiled(edition)])
    codes = np.array([ruleset.encode(person, on) for person in crowd], np.uint8)
    columns = {id_: np.ascontiguousarray(codes[:, ruleset.positions[id_]]) for id_ in ruleset.facts}
    return [NUMBERED[number] for number in judge.verdicts(columns)[0].tolist()]


def _examples(
    crowd: list[dict[str, Any]],
    pairs: list[tuple[str, str]],
    old: Edition,
    draft: Edition,
    ruleset: Ruleset,
    new_rules: Ruleset,
    on: dt.date,
) -> list[Example]:
    """Up to :data:`EXAMPLES` people for each kind of change, the first of the population."""
    from eligibility.assessment import View

    earlier = View(ruleset, ruleset.compiled(old), on, "cittadino")
    later = View(new_rules, new_rules.compiled(draft), on, "cittadino")
    found: dict[tuple[str, str], int] = {}
    examples = []
    for person, pair in zip(crowd, pairs, strict=True):
        if pair[0] == pair[1] or found.get(pair, 0) == EXAMPLES:
            continue
        found[pair] = found.get(pair, 0) + 1
        before = earlier.assess(ruleset.encode(person, on))
        now = later.assess(new_rules.encode(person, on))
        told = {criterion.id: criterion.outcome for criterion in before.criteria}
        fresh = [criterion for criterion in now.criteria if told.get(criterion.id) != criterion.outcome]
        gone = [c.title for c in old.criteria if c.id not in {criterion.id for criterion in now.criteria}]
        named = {fact for criterion in fresh for fact in criterion.facts} or {
            fact for criterion in now.criteria for fact in criterion.facts
        }
        examples.append(
            Example(
                before=pair[0],
                after=pair[1],
                facts=[
                    (f.label, value_in_words(f, person[f.id]))
                    for f in ruleset.facts.values()
                    if f.id in named & person.keys()
                ],
                reasons=[c.text for c in fresh] + [f"Il criterio «{title}» non c'è più." for title in gone],
            )
        )
    return sorted(examples, key=lambda example: (example.before, example.after))
