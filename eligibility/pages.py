"""Pages made from the rules: one for each edition, one for each change of edition, and an index.

They hold what the rules hold and nothing else, so they are right when the rules are.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path
from typing import Any

from eligibility.changes import compare
from eligibility.description import describe
from eligibility.document import Document, Link
from eligibility.graph import rule_svg
from eligibility.rules import Edition
from eligibility.ruleset import Ruleset, load
from eligibility.wording import tree

_KINDS = {
    "person": "per le persone",
    "employer": "per le aziende",
    "network_project": "per le reti di enti",
    "diritto": "su un diritto",
}


def write_pages(target: Path, on: dt.date, ruleset: Ruleset | None = None) -> list[Path]:
    """Write ``<measure>/<edition>.html`` and ``.md``, the changes between editions, and ``index``.

    ``on`` pins the links of laws. Returns the files written, in order.
    """
    ruleset = ruleset or load()
    written: list[Path] = []
    index: list[str | Link] = []
    for measure, editions in ruleset.measures.items():
        for edition in editions:
            svg = rule_svg(edition, ruleset.facts)
            name = f"{measure}/{edition.edition}"
            written += [
                _write(target / f"{name}.svg", svg + "\n"),
                *_both(target, name, edition_page(edition, ruleset, on, svg)),
            ]
            index.append(Link(f"{edition.title} ({edition.edition})", f"{name}.html"))
        for old, new in pairwise(editions):
            name = f"{measure}/{old.edition}--{new.edition}"
            written += _both(target, name, changes_page(old, new, ruleset))
            index.append(Link(f"{new.title}: che cosa cambia da {old.edition} a {new.edition}", f"{name}.html"))
    front = Document("Le misure e le loro regole")
    front.text(f"Regole {ruleset.version}.")
    front.items(index)
    return [*written, *_both(target, "index", front)]


def _both(target: Path, name: str, document: Document) -> list[Path]:
    return [
        _write(target / f"{name}.html", document.html()),
        _write(target / f"{name}.md", document.markdown()),
    ]


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def edition_page(
    edition: Edition, ruleset: Ruleset, on: dt.date, svg: str | None = None, picture: bool = True
) -> Document:
    """The page of one edition. ``svg``: its drawing, if made already. ``picture``: with the drawing, which styles itself."""
    shown = describe(edition.measure, on, "cittadino", ruleset, edition.edition)
    page = Document(f"{edition.title} ({edition.edition})")
    page.text(f"{shown['summary']}")
    page.text(f"Regola {_KINDS[edition.kind]}. Regole {ruleset.version}.")
    page.heading("Quando")
    page.text(shown["window"]["text"] or "Il periodo non è noto.")
    page.items([f"{item['text']} ({item['gap']})" for item in shown["uncertain"]])
    page.heading("Che cosa serve")
    page.text("Servono tutti questi criteri.")
    if picture:
        page.drawing(svg or rule_svg(edition, ruleset.facts), f"{edition.edition}.svg")
    for criterion, described in zip(edition.criteria, shown["criteria"], strict=True):
        page.heading(criterion.title, 3)
        page.text(criterion.text["sconosciuto"]["cittadino"])
        page.tree(tree(criterion.when, ruleset.facts))
        for gap in criterion.verify:
            page.text(f"Punto aperto {gap.gap}: {gap.text['cittadino']}")
            page.tree(tree(gap.when, ruleset.facts))
        page.items(_links(described["sources"]))
        page.text(f"Righe del foglio dei fatti: {', '.join(criterion.rows)}." if criterion.rows else None)
    _lists(page, shown)
    page.heading("Fonti")
    page.items(_links(shown["sources"]))
    return page


def _lists(page: Document, shown: dict[str, Any]) -> None:
    if shown["services"]:
        page.heading("Servizi")
        rows = [["Servizio", "Che cosa è", "Limiti"]]
        page.table(rows + [[s.get("title", s["id"]), s.get("text", ""), _limits(s)] for s in shown["services"]])
    for name, title in (
        ("amounts", "Soldi"), ("documents", "Documenti"), ("incompatibilities", "Con che cosa non si somma"),
        ("notes", "Casi particolari"), ("gaps", "Che cosa non sappiamo"),
    ):  # fmt: skip
        if shown[name]:
            page.heading(title)
            page.items([f"{item['text']} ({item['id']})" if name == "gaps" else item["text"] for item in shown[name]])
    if shown["how_to_apply"]:
        page.heading("Come si chiede")
        page.text(shown["how_to_apply"].get("text"))
        page.items(list(shown["how_to_apply"].get("steps") or []))
    if shown["contacts"]:
        page.heading("Contatti")
        page.items([_contact(contact) for contact in shown["contacts"]])


def _limits(service: dict[str, Any]) -> str:
    words = []
    if "max_hours" in service:
        words.append(f"al massimo {service['max_hours']} ore")
    if "min_hours" in service:
        words.append(f"almeno {service['min_hours']} ore")
    if "max_amount" in service:
        words.append(f"al massimo {service['max_amount']} euro")
    return ", ".join(words)


def _contact(contact: dict[str, Any]) -> str | Link:
    words = ", ".join(str(contact[key]) for key in ("label", "phone", "email", "note") if contact.get(key))
    return Link(words, contact.get("url"))


def _links(sources: list[dict[str, Any]]) -> list[str | Link]:
    return [Link(f"{source['id']}: {source['title']}", source["url"]) for source in sources]


def changes_page(old: Edition, new: Edition, ruleset: Ruleset) -> Document:
    """What changed between two editions of a measure."""
    page = Document(f"{new.title}: da {old.edition} a {new.edition}")
    changes = compare(old, new, ruleset)
    if not changes:
        page.text("Non cambia nulla.")
    page.table([["", "Che cosa", "Prima", "Dopo"], *([c.kind, c.where, c.old, c.new] for c in changes)])
    return page
