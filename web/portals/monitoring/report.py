"""The report for the monitoring committee, as tagged PDF (PDF/UA-1), typeset with Typst as the referral's summary is."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path

import typst

from settings.clock import ROME
from web.portals.monitoring import charts, figures
from web.portals.monitoring.figures import Table
from web.portals.monitoring.periods import Period
from web.portals.monitoring.words import words

_TEMPLATE = Path(__file__).with_name("report.typ")


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
                "rows": [[row.label, *map(figures.show, row.cells)] for row in table.rows],
                "chart": charts.svg(table) if table.drawn else "",
                "alt": table.description,
            }
            for id, table in tables.items()
        ],
        "footer": f"{texts['title']}, {period.label}",
    }
    return typst.compile(
        str(_TEMPLATE),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
        timestamp=int(now.timestamp()),
    )
