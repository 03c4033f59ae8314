"""The report for the monitoring committee, as tagged PDF (PDF/UA-1)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from monitoring import charts
from monitoring.periods import Period
from monitoring.tables import Table, show
from monitoring.words import words
from papers.typesetting import typeset
from settings.clock import ROME


def make(
    tables: Mapping[str, Table],
    period: Period,
    measure_title: str,
    by_measure: Collection[str],
    ruleset: str,
    now: datetime,
) -> bytes:
    """The PDF: every table with its chart, and how to read the numbers.

    ``measure_title``: of the measure that the tables of ``by_measure`` are about. ``ruleset``: version of the rules in use.
    """
    texts = words()["report"]
    data = {
        "texts": texts,
        "method": words()["method"],
        "about": [
            [texts["period"], period.label],
            [texts["made"], f"{now.astimezone(ROME):%d/%m/%Y}"],
            [texts["rules"], ruleset],
        ],
        "tables": [
            {
                "title": table.title,
                "note": " ".join(
                    [*([f"{texts['provinces_of']}: {measure_title}."] if id in by_measure else []), table.note]
                ),
                "head": [table.first, *table.head],
                "rows": [[row.label, *map(show, row.cells)] for row in table.rows],
                "chart": charts.svg(table) if table.drawn else "",
                "alt": table.description,
            }
            for id, table in tables.items()
        ],
        "footer": f"{texts['title']}, {period.label}",
    }
    return typeset("report", data, now)
