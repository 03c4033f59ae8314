"""All the rules together, as loaded from the package's data files."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from eligibility import facts as facts_module
from eligibility.compiled import CompiledEdition
from eligibility.domains import Domain
from eligibility.errors import FactErrors, RuleError, UnknownMeasure
from eligibility.expressions import parse, tests_in
from eligibility.facts import Fact
from eligibility.rules import Edition, parse_edition
from eligibility.signpost_rules import Signpost, parse_signpost
from eligibility.situation_rules import Situation, parse_situations
from eligibility.sources import Source, parse_sources

SCHEMA = 1
HOME = Path(__file__).parent

CONVERSATION_MEASURES = (
    "dote_ritorno_al_lavoro",
    "azioni_di_rete",
    "collocamento_mirato",
    "dote_lavoro_disabilita",
    "tirocinio",
    "segnalazione_ricerche",
)


def read_yaml(text: str, where: str) -> Any:
    """Parse YAML with the fast safe loader. Raises RuleError naming the file and the line."""
    import yaml

    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 (both are safe)
    except yaml.YAMLError as problem:
        raise RuleError(f"{where}: il file YAML non si legge: {problem}") from problem


class Ruleset:
    """Facts, sources, editions and signposts, checked against each other.

    ``version`` is ``<schema>+<first 12 hex digits of the content's hash>``: the same files give the same
    version everywhere, so an answer can be replayed years later.
    """

    def __init__(
        self,
        facts: Mapping[str, Fact],
        sources: Mapping[str, Source],
        editions: Iterable[Edition],
        signposts: Iterable[Signpost] = (),
        version: str = f"{SCHEMA}+000000000000",
        data_files: Mapping[str, str] | None = None,
        situations: Mapping[str, Situation] | None = None,
    ) -> None:
        self.facts = dict(facts)
        self.sources = dict(sources)
        self.version = version
        self.data_files = dict(data_files or {})  # network/*.yaml and quota/*.yaml, read when they are needed
        self.signposts = {signpost.id: signpost for signpost in signposts}
        self.measures = _by_measure(editions)
        self.situations = dict(situations or {})
        # Of the facts that are asked of some people only: of whom.
        self.ask_when = {
            id_: parse(fact.ask_when, self.facts, f"facts.yaml: {id_}: ask_when")
            for id_, fact in self.facts.items()
            if fact.ask_when is not None
        }
        self.conditions: dict[int, Any] = {}  # evaluators of single conditions, filled by eligibility.conditions
        self._compiled: dict[tuple[str, tuple[str, ...]], CompiledEdition] = {}
        self._as_on: dict[tuple[str, tuple[str, ...]], Edition] = {}

    @property
    def editions(self) -> tuple[Edition, ...]:
        """Every edition, by measure and then by time."""
        return tuple(edition for editions in self.measures.values() for edition in editions)

    @cached_property
    def positions(self) -> dict[str, int]:
        """Where each fact's code stands in the codes of a person."""
        return {id_: number for number, id_ in enumerate(self.facts)}

    @cached_property
    def domains(self) -> dict[str, Domain]:
        """The classes of each fact under all the rules."""
        tests = [test for expression in self._expressions() for test in tests_in(expression)]
        return {id_: Domain(fact, tests) for id_, fact in self.facts.items()}

    def _expressions(self) -> Iterable[Any]:
        for edition in self.editions:
            for criterion in edition.criteria:
                yield criterion.when
                yield from (gap.when for gap in criterion.verify)
                if criterion.applies is not None:
                    yield criterion.applies
            for items in edition.items.values():
                yield from (item.when for item in items if item.when is not None)
            yield from (due.when for due in edition.deadlines if due.when is not None)
        for signpost in self.signposts.values():
            yield signpost.when
        yield from self.ask_when.values()
        for situation in self.situations.values():
            yield from (situation.when, situation.possible)

    @cached_property
    def _nobody(self) -> tuple[int, ...]:
        return tuple(domain.absent for domain in self.domains.values())

    @cached_property
    def _encoders(self) -> dict[str, tuple[int, Callable[[Any], int]]]:
        return {id_: (self.positions[id_], self.domains[id_].encode) for id_ in self.facts}

    def validate(self, raw: Any) -> dict[str, Any]:
        """Coerce facts from JSON or CSV; see ``facts.validate``. Raises FactErrors."""
        return facts_module.validate(self.facts, raw)

    def encode(self, facts: Any, on: dt.date | None = None) -> list[int]:
        """The class of every fact of a person (absent and unknown have codes too).

        ``on``: the reference date, needed where a date is known. Raises FactErrors, ValueError without that day.
        """
        codes = list(self._nobody)
        encoders = self._encoders
        try:
            if not self._dates.isdisjoint(facts):
                facts = self._with_days(facts, on)
            for id_, value in facts.items():
                position, encode = encoders[id_]
                codes[position] = encode(value)
        except (KeyError, TypeError, ValueError, AttributeError):
            # Something is wrong: say everything that is, not only the first thing.
            self.validate(facts)
            raise
        return codes

    @cached_property
    def _dates(self) -> frozenset[str]:
        return frozenset(id_ for id_, fact in self.facts.items() if fact.type == "date")

    def _with_days(self, facts: Mapping[str, Any], on: dt.date | None) -> dict[str, Any]:
        """The same facts with each known date as the days since it."""
        changed = dict(facts)
        for id_ in self._dates & changed.keys():
            value = self.facts[id_].coerce(changed[id_])
            if value is None:
                continue
            if on is None:
                raise ValueError("a person with a date needs the reference date")
            changed[id_] = facts_module.days_since(value, on)
        return changed

    def compiled(self, edition: Edition) -> CompiledEdition:
        """The edition's partial evaluators, built at first use."""
        key = edition.id, edition.expired
        compiled = self._compiled.get(key)
        if compiled is None:
            compiled = self._compiled[key] = CompiledEdition(edition, self.domains, self.positions)
        return compiled

    def edition(self, measure: str, on: dt.date, edition: str | None = None) -> Edition:
        """The edition asked for, else the one in force on the day, else the last one before it.

        Before the first edition, the first one. Criteria whose figures are out of date on the day are open points in
        it. Raises UnknownMeasure.
        """
        chosen = self._chosen(measure, on, edition)
        today = chosen.as_on(on)
        return self._as_on.setdefault((today.id, today.expired), today)

    def _chosen(self, measure: str, on: dt.date, edition: str | None) -> Edition:
        editions = self.measures.get(measure)
        if editions is None:
            raise UnknownMeasure(f"La misura «{measure}» non esiste. Ci sono: {', '.join(self.measures)}.")
        if edition is not None:
            for candidate in editions:
                if candidate.edition == edition:
                    return candidate
            known = ", ".join(candidate.edition for candidate in editions)
            raise UnknownMeasure(f"L'edizione «{edition}» di «{measure}» non esiste. Ci sono: {known}.")
        chosen = editions[0]
        for candidate in editions:
            if candidate.window.start is None or candidate.window.start <= on:
                chosen = candidate
        return chosen


def _by_measure(editions: Iterable[Edition]) -> dict[str, tuple[Edition, ...]]:
    found: dict[str, list[Edition]] = {}
    for edition in editions:
        found.setdefault(edition.measure, []).append(edition)
    for measure, group in found.items():
        group.sort(key=lambda edition: edition.window.start or dt.date.min)
        for earlier, later in pairwise(group):
            if earlier.edition == later.edition:
                raise RuleError(f"{measure}: l'edizione {earlier.edition} compare due volte.")
            if earlier.window.overlaps(later.window):
                raise RuleError(
                    f"{measure}: le edizioni {earlier.edition} e {later.edition} valgono negli stessi giorni."
                )
    ordered = [m for m in CONVERSATION_MEASURES if m in found] + sorted(set(found) - set(CONVERSATION_MEASURES))
    return {measure: tuple(found[measure]) for measure in ordered}


def rule_files(home: Path) -> dict[str, str]:
    """The texts of all the rule files of a folder laid out like this package, by path."""
    return {
        path.relative_to(home).as_posix(): path.read_text(encoding="utf-8")
        for path in (
            home / "facts.yaml",
            home / "sources.yaml",
            *(path for path in (home / "situations.yaml",) if path.exists()),
            *sorted(home.glob("measures/*/*.yaml")),
            *sorted(home.glob("signposts/*.yaml")),
            *sorted(home.glob("network/*.yaml")),
            *sorted(home.glob("quota/*.yaml")),
        )
    }


def load_from(home: Path) -> Ruleset:
    """Load a ruleset from a folder laid out like this package. Raises RuleError."""
    return parse_ruleset(rule_files(home))


def parse_ruleset(files: Mapping[str, str]) -> Ruleset:
    """Build a ruleset from file names and their texts. Raises RuleError."""
    facts = facts_module.parse_catalogue(read_yaml(files["facts.yaml"], "facts.yaml"))
    sources = parse_sources(read_yaml(files["sources.yaml"], "sources.yaml"))
    editions: list[Edition] = []
    signposts: list[Signpost] = []
    for name, text in files.items():
        folder, _, rest = name.partition("/")
        if folder == "measures":
            edition = parse_edition(read_yaml(text, name), facts, sources, name)
            if rest != f"{edition.measure}/{edition.edition}.yaml":
                raise RuleError(f"{name}: il nome del file non corrisponde a {edition.id}.")
            editions.append(edition)
        elif folder == "signposts":
            signposts.append(parse_signpost(read_yaml(text, name), facts, sources, name))
    others = {name: text for name, text in files.items() if name.startswith(("network/", "quota/"))}
    situations = None
    if "situations.yaml" in files:
        data = read_yaml(files["situations.yaml"], "situations.yaml")
        situations = parse_situations(data, facts, {edition.measure for edition in editions})
    return Ruleset(facts, sources, editions, signposts, f"{SCHEMA}+{_digest(files)}", others, situations)


def _digest(files: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{len(files[name])}\0".encode())
        digest.update(files[name].encode())
    return digest.hexdigest()[:12]


@lru_cache(maxsize=1)
def load() -> Ruleset:
    """The ruleset of this package, loaded once. Raises RuleError."""
    return load_from(HOME)


def chosen_measures(ruleset: Ruleset, measures: Sequence[str] | None) -> tuple[str, ...]:
    """The measures asked for, all of them when None. Raises UnknownMeasure."""
    if measures is None:
        return tuple(ruleset.measures)
    for measure in measures:
        if measure not in ruleset.measures:
            raise UnknownMeasure(f"La misura «{measure}» non esiste. Ci sono: {', '.join(ruleset.measures)}.")
    return tuple(dict.fromkeys(measures))


__all__ = ["CONVERSATION_MEASURES", "FactErrors", "Ruleset", "chosen_measures", "load", "load_from", "parse_ruleset"]
