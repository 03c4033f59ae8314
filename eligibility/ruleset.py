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
from eligibility.expressions import tests_in
from eligibility.facts import Fact
from eligibility.rules import Edition, parse_edition
from eligibility.signpost_rules import Signpost, parse_signpost
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
    ) -> None:
        self.facts = dict(facts)
        self.sources = dict(sources)
        self.version = version
        self.data_files = dict(data_files or {})  # network/*.yaml and quota/*.yaml, read when they are needed
        self.signposts = {signpost.id: signpost for signpost in signposts}
        self.measures = _by_measure(editions)
        self._compiled: dict[str, CompiledEdition] = {}

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
        for signpost in self.signposts.values():
            yield signpost.when

    @cached_property
    def _nobody(self) -> tuple[int, ...]:
        return tuple(domain.absent for domain in self.domains.values())

    @cached_property
    def _encoders(self) -> dict[str, tuple[int, Callable[[Any], int]]]:
        return {id_: (self.positions[id_], self.domains[id_].encode) for id_ in self.facts}

    def validate(self, raw: Any) -> dict[str, Any]:
        """Coerce facts from JSON or CSV; see ``facts.validate``. Raises FactErrors."""
        return facts_module.validate(self.facts, raw)

    def encode(self, facts: Any) -> list[int]:
        """The class of every fact of a person (absent and unknown have codes too). Raises FactErrors."""
        codes = list(self._nobody)
        encoders = self._encoders
        try:
            for id_, value in facts.items():
                position, encode = encoders[id_]
                codes[position] = encode(value)
        except (KeyError, TypeError, ValueError, AttributeError):
            # Something is wrong: say everything that is, not only the first thing.
            self.validate(facts)
            raise
        return codes

    def compiled(self, edition: Edition) -> CompiledEdition:
        """The edition's partial evaluators, built at first use."""
        compiled = self._compiled.get(edition.id)
        if compiled is None:
            compiled = self._compiled[edition.id] = CompiledEdition(edition, self.domains, self.positions)
        return compiled

    def edition(self, measure: str, on: dt.date, edition: str | None = None) -> Edition:
        """The edition asked for, else the one in force on the day, else the last one before it.

        Before the first edition, the first one. Raises UnknownMeasure.
        """
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
    return Ruleset(facts, sources, editions, signposts, f"{SCHEMA}+{_digest(files)}", others)


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
