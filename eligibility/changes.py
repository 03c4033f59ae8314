"""What changed from one edition of a measure to the next."""

from __future__ import annotations

from dataclasses import dataclass

from eligibility.expressions import Expression
from eligibility.rules import Criterion, Edition
from eligibility.ruleset import Ruleset
from eligibility.wording import Tree, tree


@dataclass(frozen=True, slots=True)
class EditionChange:
    """One difference. ``kind``: aggiunto, tolto, cambiato. ``where``: what it is about. Old and new in words."""

    kind: str
    where: str
    old: str
    new: str


def compare(old: Edition, new: Edition, ruleset: Ruleset) -> list[EditionChange]:
    """Differences of window, criteria, services, amounts and documents, in that order."""
    found = []
    if old.window != new.window:
        found.append(EditionChange("cambiato", "Periodo", _window(old), _window(new)))
    found += _criteria(old, new, ruleset)
    for name, label in (("services", "Servizio"), ("amounts", "Importo"), ("documents", "Documento")):
        before = {item.id: _item(item.data) for item in old.items[name]}
        after = {item.id: _item(item.data) for item in new.items[name]}
        found += _listed(label, before, after)
    return found


def _criteria(old: Edition, new: Edition, ruleset: Ruleset) -> list[EditionChange]:
    before = {c.id: c for c in old.criteria}
    after = {c.id: c for c in new.criteria}
    words = lambda c: in_line(tree(c.when, ruleset.facts))  # noqa: E731
    found = []
    for id_ in dict.fromkeys([*before, *after]):
        label = f"Criterio «{(after.get(id_) or before[id_]).title}»"
        if id_ not in after:
            found.append(EditionChange("tolto", label, words(before[id_]), ""))
        elif id_ not in before:
            found.append(EditionChange("aggiunto", label, "", words(after[id_])))
        elif _condition(before[id_]) != _condition(after[id_]):
            found.append(EditionChange("cambiato", label, words(before[id_]), words(after[id_])))
    return found


def _condition(criterion: Criterion) -> tuple[Expression, tuple[tuple[Expression, str], ...]]:
    return criterion.when, tuple((gap.when, gap.gap) for gap in criterion.verify)


def _listed(label: str, before: dict[str, str], after: dict[str, str]) -> list[EditionChange]:
    found = []
    for id_ in dict.fromkeys([*before, *after]):
        old, new = before.get(id_, ""), after.get(id_, "")
        if old != new:
            kind = "aggiunto" if not old else "tolto" if not new else "cambiato"
            found.append(EditionChange(kind, f"{label} «{id_.replace('_', ' ')}»", old, new))
    return found


def _item(data: dict[str, object]) -> str:
    limits = [f"{key} {data[key]}" for key in ("max_hours", "min_hours", "max_amount", "value") if key in data]
    text = data.get("text") or data.get("title") or ""
    words = text.get("cittadino", "") if isinstance(text, dict) else str(text)
    return " ".join([words, *(f"({limit})" for limit in limits)]).strip()


def _window(edition: Edition) -> str:
    start = f"dal {edition.window.start:%d/%m/%Y}" if edition.window.start else "da sempre"
    return f"{start} al {edition.window.end:%d/%m/%Y}" if edition.window.end else f"{start}, senza fine nota"


def in_line(node: Tree) -> str:
    """A condition on one line."""
    words, parts = node
    return f"{words} ({'; '.join(in_line(part) for part in parts)})" if parts else words
