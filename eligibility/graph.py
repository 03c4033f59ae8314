"""A drawing of a rule as SVG: one box for each criterion, with its condition as boxes inside boxes."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

from eligibility.facts import Fact
from eligibility.rules import Edition
from eligibility.wording import Tree, tree

_WIDTH = 760
_LINE = 19
_PAD = 10
_LETTER = 7.4  # mean width of a letter at 14 px, for wrapping
_FILLS = ("#ffffff", "#eef4fb", "#ffffff", "#eef4fb", "#ffffff")


@dataclass(slots=True)
class _Box:
    """A box with its lines of text and the boxes inside it; sizes in pixels."""

    lines: list[str]
    inside: list[_Box] = field(default_factory=list)
    bold: bool = False
    width: float = 0.0

    @property
    def height(self) -> float:
        """Lines, then the boxes inside one under the other."""
        return 2 * _PAD + _LINE * len(self.lines) + sum(box.height + _PAD for box in self.inside)


def _build(node: Tree, width: float) -> _Box:
    words, parts = node
    box = _Box(_wrap(words, width), bold=bool(parts), width=width)
    box.inside = [_build(part, width - 2 * _PAD) for part in parts]
    return box


def _wrap(words: str, width: float) -> list[str]:
    return textwrap.wrap(words, max(16, int((width - 2 * _PAD) / _LETTER))) or [""]


def rule_svg(edition: Edition, facts: Mapping[str, Fact]) -> str:
    """The drawing. Text is real text, title and description are for who does not see it."""
    boxes = []
    for criterion in edition.criteria:
        box = _build(tree(criterion.when, facts), _WIDTH - 4 * _PAD)
        outer = _Box(_wrap(criterion.title, _WIDTH - 2 * _PAD), [box], bold=True, width=_WIDTH - 2 * _PAD)
        if criterion.verify:
            gaps = ", ".join(dict.fromkeys(gap.gap for gap in criterion.verify))
            outer.inside.append(
                _Box(_wrap(f"Da verificare in alcuni casi ({gaps})", outer.width), width=_WIDTH - 4 * _PAD)
            )
        boxes.append(outer)
    parts: list[str] = []
    y = float(_PAD)
    for number, box in enumerate(boxes):
        if number:
            parts.append(f'<text x="{_WIDTH / 2}" y="{y + 15}" text-anchor="middle" class="b">e</text>')
            y += 26
        _draw(box, _PAD, y, 0, parts)
        y += box.height + 4
    title = escape(f"Condizioni di {edition.title} ({edition.edition})")
    described = escape("Servono tutti i criteri: " + ", ".join(c.title for c in edition.criteria) + ".")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y + _PAD:g}" role="img" '
        f'aria-label="{title}" style="max-width:100%;height:auto">'
        f"<title>{title}</title><desc>{described}</desc>"
        "<style>text{font:14px sans-serif;fill:#17324d}.b{font-weight:bold}"
        "rect{stroke:#5c6f82;stroke-width:1}</style>" + "".join(parts) + "</svg>"
    )


def _draw(box: _Box, x: float, y: float, depth: int, parts: list[str]) -> None:
    fill = _FILLS[depth % len(_FILLS)]
    parts.append(f'<rect x="{x:g}" y="{y:g}" width="{box.width:g}" height="{box.height:g}" rx="6" fill="{fill}"/>')
    top = y + _PAD
    for line in box.lines:
        style = ' class="b"' if box.bold else ""
        parts.append(f'<text x="{x + _PAD:g}" y="{top + 14:g}"{style}>{escape(line)}</text>')
        top += _LINE
    for inner in box.inside:
        _draw(inner, x + _PAD, top + _PAD / 2, depth + 1, parts)
        top += inner.height + _PAD
