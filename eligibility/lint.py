"""The linter of the rules: everything that can be wrong with the data without anybody being assessed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eligibility import facts as facts_module
from eligibility.compiled import CompiledEdition
from eligibility.conditions import compiled
from eligibility.errors import RuleError
from eligibility.expressions import All, AnyOf, Expression, Not, facts_in, tests_in
from eligibility.figures import expiring
from eligibility.network_rules import parse_project
from eligibility.quota import check_quota
from eligibility.readability import gulpease
from eligibility.rules import Edition, parse_edition
from eligibility.ruleset import HOME, Ruleset, read_yaml
from eligibility.signpost_rules import parse_signpost
from eligibility.situation_rules import parse_situations
from eligibility.sources import parse_sources
from eligibility.texts import AUDIENCES

EASY_ENOUGH = 60
# Words that promise what only the office can grant.
FORBIDDEN = {
    "illegittim": "non si dice se un atto è contro la legge: si dice a chi chiedere",
    "stare tranquill": "nessuno può prometterlo",
    "ha diritto": "si scrive «può chiedere», mai «ha diritto»",
    "avente diritto": "si scrive «può chiedere», mai «avente diritto»",
    "aventi diritto": "si scrive «chi può chiedere», mai «aventi diritto»",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend. ``level``: ``errore`` (fails the run) or ``avviso`` (worth a look)."""

    level: str
    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.level}: {self.where}: {self.text}"


def lint(home: Path = HOME, on: dt.date | None = None) -> list[Finding]:
    """Check the rules of a folder laid out like this package; the findings in file order.

    ``on``: today, to warn of figures that are about to expire; without it that is not looked at.
    """
    found: list[Finding] = []
    ruleset = _load(home, found)
    if ruleset is None:
        return found
    for edition in ruleset.editions:
        found += lint_edition(ruleset, edition)
        if on is not None:
            found += _expiring(edition, on)
    for signpost in ruleset.signposts.values():
        where = f"signposts/{signpost.id}.yaml"
        found += _words(where, ((f"text.{k}", a, t[a]) for k, t in signpost.text.items() for a in AUDIENCES))
    found += _words("facts.yaml", _fact_texts(ruleset))
    found += _words("situations.yaml", _situation_texts(ruleset))
    found += _other_files(ruleset)
    found += _unused(ruleset)
    return found


def lint_edition(ruleset: Ruleset, edition: Edition) -> list[Finding]:
    """What is wrong with one edition that loads: its conditions, its words, and what a right must have."""
    return [*_logic(ruleset, edition), *_words(edition.where, _edition_texts(edition)), *_right(ruleset, edition)]


def _load(home: Path, found: list[Finding]) -> Ruleset | None:
    """Load every file on its own, so that one mistake does not hide the next."""

    def attempt(action: Any) -> Any:
        try:
            return action()
        except RuleError as problem:
            found.append(Finding("errore", *_split(str(problem))))
        except OSError as problem:
            found.append(Finding("errore", str(problem.filename), "il file non si legge"))
        return None

    def data(path: Path) -> Any:
        return read_yaml(path.read_text(encoding="utf-8"), _relative(path, home))

    facts = attempt(lambda: facts_module.parse_catalogue(data(home / "facts.yaml")))
    sources = attempt(lambda: parse_sources(data(home / "sources.yaml")))
    if facts is None or sources is None:
        return None
    editions: list[Any] = []
    for path in sorted(home.glob("measures/*/*.yaml")):
        name = _relative(path, home)
        edition = attempt(lambda path=path, name=name: parse_edition(data(path), facts, sources, name))
        editions.append(edition)
        if edition is not None and name != f"measures/{edition.measure}/{edition.edition}.yaml":
            found.append(Finding("errore", name, f"il nome del file non corrisponde a {edition.id}"))
    signposts = [
        attempt(lambda path=path: parse_signpost(data(path), facts, sources, _relative(path, home)))
        for path in sorted(home.glob("signposts/*.yaml"))
    ]
    if None in editions or None in signposts:
        return None
    others = {
        _relative(path, home): path.read_text(encoding="utf-8")
        for folder in ("network", "quota")
        for path in sorted(home.glob(f"{folder}/*.yaml"))
    }

    def situations() -> Mapping[str, Any] | None:
        if not (home / "situations.yaml").exists():
            return None
        return parse_situations(data(home / "situations.yaml"), facts, {edition.measure for edition in editions})

    return attempt(lambda: Ruleset(facts, sources, editions, signposts, data_files=others, situations=situations()))


def _relative(path: Path, home: Path) -> str:
    return path.relative_to(home).as_posix()


def _split(message: str) -> tuple[str, str]:
    where, _, text = message.partition(": ")
    return where, text


def _logic(ruleset: Ruleset, edition: Edition) -> Iterator[Finding]:
    """Conditions that can never be true, never be false, or never matter."""
    compiled = ruleset.compiled(edition)
    diagrams = compiled.diagrams
    for criterion, evaluator in ((c.criterion, c.evaluator) for c in compiled.criteria):
        where = f"{edition.where}: {criterion.id}"
        root = compiled.compile(criterion.when)
        if diagrams.is_leaf(root):
            always = "sempre vero" if diagrams.value[root] else "sempre falso"
            if not diagrams.is_leaf(evaluator.root) or not criterion.verify:
                yield Finding("errore", where, f"il criterio è {always}: non dipende da nessun fatto")
        for part in _idle_parts(compiled, criterion.when):
            yield Finding("errore", where, f"una parte della condizione non cambia mai nulla: {_show(part)}")
        outcomes = {diagrams.value[node] for node in diagrams.reachable(evaluator.root)}
        for number, gap in enumerate(criterion.verify):
            if number not in outcomes:
                yield Finding("errore", where, f"il punto aperto {gap.gap} non si presenta mai")
    for criterion in edition.criteria:
        if len(edition.criteria) > 1 and _root_without(compiled, criterion.id) == compiled.verdict.root:
            yield Finding("avviso", f"{edition.where}: {criterion.id}", "gli altri criteri bastano: non decide mai")
    values = {diagrams.value[node] for node in diagrams.reachable(compiled.verdict.root)}
    if "A" not in values and "V" not in values:
        yield Finding("errore", edition.where, "nessuna persona può rientrare nella misura: i criteri si escludono")
    for name, items in edition.items.items():
        for item in items:
            if item.when is not None and diagrams.is_leaf(compiled.compile(item.when)):
                yield Finding("errore", f"{edition.where}: {name} {item.id}", "la condizione è sempre la stessa")


def _root_without(compiled: CompiledEdition, id_: str) -> int:
    from eligibility.compiled import _and

    root = compiled.diagrams.leaf("A")
    for criterion in reversed(compiled.criteria):
        if criterion.criterion.id != id_:
            root = compiled.diagrams.combine(_and, criterion.evaluator.root, root)
    return root


def _idle_parts(compiled: CompiledEdition, expression: Expression) -> Iterator[Expression]:
    """Parts of an all or any that could be struck out without changing the condition."""
    match expression:
        case All(parts) | AnyOf(parts):
            whole = compiled.compile(expression)
            for number, part in enumerate(parts):
                rest = parts[:number] + parts[number + 1 :]
                if rest and compiled.compile(type(expression)(rest)) == whole:
                    yield part
                yield from _idle_parts(compiled, part)
        case Not(part):
            yield from _idle_parts(compiled, part)


def _show(expression: Expression) -> str:
    return ", ".join(f"{test.fact} {test.op} {test.value}" for test in tests_in(expression)) or "costante"


def _words(where: str, texts: Any) -> Iterator[Finding]:
    for place, audience, text in texts:
        index = gulpease(text)
        if index < EASY_ENOUGH:
            yield Finding("errore", f"{where}: {place}", f"testo difficile ({audience}, Gulpease {index:.0f}): {text}")
        lowered = text.lower()
        for words, reason in FORBIDDEN.items():
            if words in lowered:
                yield Finding("errore", f"{where}: {place}", f"{reason} ({audience})")


def _edition_texts(edition: Edition) -> Iterator[tuple[str, str, str]]:
    spoken_texts: list[tuple[str, Mapping[str, str]]] = [("summary", edition.summary)]
    if edition.window_data["text"]:
        spoken_texts.append(("window.text", edition.window_data["text"]))
    spoken_texts += [(f"window.uncertain[{n}]", u.text) for n, u in enumerate(edition.uncertain)]
    spoken_texts += [(f"status_text.{status}", text) for status, text in edition.status_text.items()]
    for criterion in edition.criteria:
        spoken_texts += [(f"{criterion.id} text.{key}", text) for key, text in criterion.text.items()]
        spoken_texts += [(f"{criterion.id} verify {gap.gap}", gap.text) for gap in criterion.verify]
    for name, items in edition.items.items():
        spoken_texts += [
            (f"{name} {item.id} {key}", item.data[key])
            for item in items for key in ("text", "note") if key in item.data
        ]  # fmt: skip
    spoken_texts += [(f"gaps {gap['id']}", gap["text"]) for gap in edition.gaps]
    if edition.action:
        spoken_texts.append(("action", edition.action))
    for due in edition.deadlines:
        spoken_texts += [(f"deadlines {due.id} text", due.text), (f"deadlines {due.id} passed", due.passed)]
    spoken_texts += list(_loose_texts("how_to_apply", edition.how_to_apply))
    spoken_texts += list(_loose_texts("plan", edition.plan))
    for place, text in spoken_texts:
        yield from _each_audience(place, text)


def _loose_texts(place: str, data: Any) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Texts inside data the engine keeps as it is: values of ``text`` and items of ``steps``."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            if key == "steps" and isinstance(value, Sequence):
                for n, step in enumerate(value):
                    yield f"{place}.steps[{n}]", step if isinstance(step, Mapping) else {"tutti": str(step)}
            elif key == "text" or str(key).endswith("_text"):
                yield f"{place}.{key}", value if isinstance(value, Mapping) else {"tutti": str(value)}
            elif isinstance(value, Mapping | list):
                yield from _loose_texts(f"{place}.{key}", value)
    elif isinstance(data, list):
        for n, item in enumerate(data):
            yield from _loose_texts(f"{place}[{n}]", item)


def _each_audience(place: str, text: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    seen: set[str] = set()
    for audience, words in text.items():
        if words not in seen:
            seen.add(words)
            yield place, audience, words


def _fact_texts(ruleset: Ruleset) -> Iterator[tuple[str, str, str]]:
    for fact in ruleset.facts.values():
        yield from _each_audience(f"{fact.id} question", fact.question)
        yield from _each_audience(f"{fact.id} why", fact.why)
        yield from _each_audience(f"{fact.id} find_out", fact.find_out)
        for audience, variants in fact.variants.items():
            for text in variants:
                yield f"{fact.id} variants", audience, text


def _situation_texts(ruleset: Ruleset) -> Iterator[tuple[str, str, str]]:
    for situation in ruleset.situations.values():
        for help_ in situation.help:
            yield from _each_audience(f"{situation.id} {help_.id} action", help_.action)
            yield from _each_audience(f"{situation.id} {help_.id} why", help_.why)


def _right(ruleset: Ruleset, edition: Edition) -> Iterator[Finding]:
    """A right says what to do, where, how and with which paper; its figures say of when they are."""
    if edition.kind != "diritto":
        return
    needed = {
        "action": edition.action, "channel": edition.channel, "keywords": edition.keywords,
        "effects": edition.items["effects"], "how_to_apply.steps": edition.how_to_apply.get("steps"),
    }  # fmt: skip
    for name in (name for name, value in needed.items() if not value):
        yield Finding("errore", edition.where, f"un diritto deve avere «{name}»")
    for item in edition.items["amounts"]:
        if item.data.get("value") and not {"year", "expires", "read_on"} <= item.data.keys():
            yield Finding("errore", f"{edition.where}: amounts {item.id}", "servono «year», «expires» e «read_on»")
    used = {id_ for items in edition.items.values() for item in items for id_ in item.sources}
    used |= {id_ for criterion in edition.criteria for id_ in criterion.sources}
    for id_ in sorted(used):
        if ruleset.sources[id_].kind == "secondary" and ruleset.sources[id_].read_on is None:
            yield Finding("errore", edition.where, f"la fonte {id_} non dice quando è stata letta (read_on)")


def _expiring(edition: Edition, on: dt.date) -> Iterator[Finding]:
    """Figures near or past their last day."""
    dated = [(f"{name} {item.id}", item.data) for name, items in edition.items.items() for item in items]
    dated += [(criterion.id, {"expires": criterion.expires}) for criterion in edition.criteria]
    for place, data in dated:
        if (left := expiring(data, on)) is not None:
            words = f"scade tra {left} giorni" if left >= 0 else f"è scaduto da {-left} giorni"
            yield Finding("avviso", f"{edition.where}: {place}", f"il numero {words} ({data['expires']:%d/%m/%Y})")


def _other_files(ruleset: Ruleset) -> Iterator[Finding]:
    """The rules of network projects and of the employer's quota."""
    for name, text in ruleset.data_files.items():
        data = read_yaml(text, name)
        try:
            if name.startswith("network/"):
                project = parse_project(data, ruleset, name)
                if project.edition not in {e.edition for e in ruleset.measures.get(project.measure, ())}:
                    yield Finding("errore", name, f"l'edizione {project.measure}/{project.edition} non esiste")
            else:
                check_quota(data, ruleset, name)
        except RuleError as problem:
            yield Finding("errore", *_split(str(problem)))
        yield from _words(name, ((p, a, t) for p, texts in _loose_texts("", data) for a, t in texts.items()))


def _unused(ruleset: Ruleset) -> Iterator[Finding]:
    for audience in AUDIENCES:
        for fact in ruleset.facts.values():
            if not fact.variants.get(audience):
                yield Finding("errore", f"facts.yaml: {fact.id}", f"manca la domanda in altre parole ({audience})")
    for signpost in ruleset.signposts.values():
        diagrams, root = compiled(signpost.when, [ruleset.domains[id_] for id_ in facts_in(signpost.when)])
        if diagrams.is_leaf(root) and not diagrams.value[root]:
            yield Finding("errore", f"signposts/{signpost.id}.yaml", "non si mostra mai a nessuno")
