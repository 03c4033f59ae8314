"""The figures: the page, each chart and each table as a file, and the report for the committee."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from starlette.requests import Request

import eligibility
from accounts.account import Account
from monitoring import charts, counts, periods, tables
from monitoring.periods import Period, PeriodError
from papers import report
from settings import clock
from texts import typed
from web.permissions import permitted
from web.portals.monitoring.frame import monitoring_page
from web.problems import Problem
from web.services import Here, Services, in_thread

router = APIRouter()
Me = Annotated[Account, Depends(permitted("monitoraggio.dati"))]
Text = Annotated[str, Query(max_length=40)]
#: Tells spreadsheets that the file is UTF-8.
_BOM = "\ufeff"
#: Tables about one measure at a time.
BY_MEASURE = ("verdetti-province", "segnalazioni-province")


@dataclass(frozen=True)
class Wanted:
    """What an address asks for. Raises ``PeriodError`` when the period cannot be used."""

    period: Period
    measure: str

    @property
    def query(self) -> str:
        """The same as an address writes it."""
        return f"{self.period.query}&misura={self.measure}"


def _wanted(periodo: str, da: str, a: str, misura: str) -> Wanted:
    measure = misura if misura in tables.measure_titles() else counts.MEASURES[0]
    return Wanted(periods.chosen(periodo, da, a, clock.today()), measure)


def _valid(periodo: Text = "", da: Text = "", a: Text = "", misura: Text = "") -> Wanted:
    """For files: an address that cannot be used is no page to mend."""
    try:
        return _wanted(periodo, da, a, misura)
    except PeriodError as wrong:
        raise Problem("richiesta-non-valida", errors=[{"field": "periodo", "message": str(wrong)}]) from None


Asked = Annotated[Wanted, Depends(_valid)]


@router.get("/monitoraggio")
async def data_page(
    request: Request, services: Here, account: Me, periodo: Text = "", da: Text = "", a: Text = "", misura: Text = ""
) -> Response:
    """The figures of a period: each table with its chart."""
    error = None
    try:
        wanted = _wanted(periodo, da, a, misura)
    except PeriodError as wrong:
        error, wanted = str(wrong), _wanted("", "", "", misura)
    published = await in_thread(_published, services)
    today = clock.today()
    return monitoring_page(
        request,
        "dati.html",
        status=422 if error else 200,
        error=error,
        wanted=wanted,
        tables=tables.tables(published, wanted.period, wanted.measure),
        by_measure=BY_MEASURE,
        measures=tables.measure_titles(),
        choices=periods.choices(today, published.first),
        open_month=periods.month_words(wanted.period.last) if wanted.period.last == periods.month_of(today) else None,
    )


@router.get("/monitoraggio/tabelle/{name}")
async def table_file(services: Here, account: Me, name: str, wanted: Asked) -> Response:
    """A table as CSV: semicolons, UTF-8 with its mark, as spreadsheets in Italy expect."""
    table = await _table(services, name, ".csv", wanted)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(map(typed.cell, [table.first, *table.head]))
    writer.writerows(map(typed.cell, [row.label, *map(tables.show, row.cells)]) for row in table.rows)
    filename = f"rientro-{table.id}-{wanted.period.first}-{wanted.period.last}.csv"
    return _download(_BOM + text.getvalue(), "text/csv; charset=utf-8", filename)


@router.get("/monitoraggio/grafici/{name}")
async def chart_file(
    services: Here, account: Me, name: str, wanted: Asked, stretto: Annotated[bool, Query()] = False
) -> Response:
    """A chart as SVG; ``stretto``: for narrow screens."""
    table = await _table(services, name, ".svg", wanted)
    if not table.drawn:
        raise Problem("non-trovato")
    return Response(await in_thread(charts.svg, table, stretto), media_type="image/svg+xml")


@router.get("/monitoraggio/rapporto.pdf")
async def report_file(services: Here, account: Me, wanted: Asked) -> Response:
    """The report for the monitoring committee."""
    published = await in_thread(_published, services)
    shown = tables.tables(published, wanted.period, wanted.measure)
    made = await in_thread(
        report.make,
        shown,
        wanted.period,
        tables.measure_titles()[wanted.measure],
        BY_MEASURE,
        eligibility.load().version,
        clock.now(),
    )
    return _download(made, "application/pdf", f"rientro-rapporto-{wanted.period.first}-{wanted.period.last}.pdf")


async def _table(services: Services, name: str, suffix: str, wanted: Wanted) -> tables.Table:
    published = await in_thread(_published, services)
    table = tables.tables(published, wanted.period, wanted.measure).get(name.removesuffix(suffix))
    if table is None or not name.endswith(suffix):
        raise Problem("non-trovato")
    return table


def _published(services: Services) -> counts.Published:
    return counts.read(services.cases.session_factory)


def _download(content: str | bytes, kind: str, filename: str) -> Response:
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{filename}"'})
