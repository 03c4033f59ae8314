"""Charts of the tables, drawn on the server as SVG files by matplotlib: no script, no style in the page.

Each has a title and a description inside, words as outlines (no font to fetch), patterns besides colours; the table beside
it says the same. There are two shapes, for wide and for narrow screens, so that the words stay readable on a phone.
"""

from __future__ import annotations

import functools
import io
import textwrap
import threading
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from monitoring.tables import Row, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Told apart also by those who do not see red from green, and in print without colour.
_STYLES = (("#0066cc", ""), ("#f2c14e", "//"), ("#5c6f82", ".."))
_INK = "#17324d"
_WIDE, _NARROW = 9.0, 4.6  # inches
_LETTERS = {_WIDE: 38, _NARROW: 20}  # of a label, before it goes on below
# Drawing is not safe in several threads at once where styles are set.
_DRAWING = threading.Lock()


@functools.lru_cache(maxsize=256)
def svg(table: Table, narrow: bool = False) -> str:
    """The chart of a table with something to draw. Raises ``ValueError`` for one with nothing."""
    if not table.drawn:
        raise ValueError(f"{table.id} has nothing to draw")
    from matplotlib import rc_context  # slow to load: not before the first chart

    with _DRAWING, rc_context({"svg.fonttype": "path", "svg.hashsalt": table.id, "hatch.linewidth": 0.6}):
        figure = _figure(table, _NARROW if narrow else _WIDE)
        target = io.StringIO()
        figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    text = target.getvalue()
    start, end = text.index("<svg "), text.index(">", text.index("<svg ")) + 1
    title = f"<title>{escape(table.title)}</title><desc>{escape(table.description)}</desc>"
    return f'{text[start : end - 1]} role="img" xml:lang="it">{title}{text[end:]}'


def _figure(table: Table, width: float) -> Figure:
    from matplotlib.figure import Figure

    rows = list(reversed(table.drawn))
    labels = [textwrap.fill(row.label, _LETTERS[width]) for row in rows]
    thick = 1 if table.stacked else len(table.head)
    height = 0.9 + sum(max(0.3 + 0.2 * label.count("\n"), 0.24 * thick + 0.12) for label in labels)
    legend = len(table.head) > 1
    figure = Figure(figsize=(width, height + 0.35 * legend), layout="constrained")
    axes = figure.add_subplot()
    (_stacked if table.stacked else _beside)(axes, table, rows)
    axes.set_yticks(range(len(rows)), labels, color=_INK, fontsize=10)
    axes.tick_params(axis="x", labelsize=9, colors=_INK)
    axes.locator_params(axis="x", integer=True, nbins=5)
    axes.set_xlabel("" if legend else table.head[0], color=_INK, fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(y=0.02)
    if legend:
        figure.legend(loc="outside lower center", ncols=1 if width == _NARROW else 3, frameon=False, fontsize=9)
    return figure


def _stacked(axes: Axes, table: Table, rows: list[Row]) -> None:
    starts = [0] * len(rows)
    for number, name in enumerate(table.head):
        colour, hatch = _STYLES[number % len(_STYLES)]
        values = [row.cells[number] or 0 for row in rows]
        axes.barh(range(len(rows)), values, 0.7, starts, color=colour, hatch=hatch, edgecolor="white", label=name)
        starts = [start + value for start, value in zip(starts, values, strict=True)]


def _beside(axes: Axes, table: Table, rows: list[Row]) -> None:
    thick = 0.8 / len(table.head)
    for number, name in enumerate(table.head):
        colour, hatch = _STYLES[number % len(_STYLES)]
        places = [place + 0.4 - thick * (number + 0.5) for place in range(len(rows))]
        values = [row.cells[number] or 0 for row in rows]
        bars = axes.barh(places, values, thick * 0.95, color=colour, hatch=hatch, edgecolor="white", label=name)
        axes.bar_label(bars, [str(value or "") for value in values], padding=3, fontsize=9, color=_INK)
    axes.margins(x=0.08)
