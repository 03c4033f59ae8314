"""A site with statistics in it, and the region's people inside."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping

import pytest
from sqlalchemy import delete

from accounts import demo
from cases import statistics
from cases.db import writing
from cases.models import StatisticRow
from monitoring import counts
from monitoring.periods import back, month_of
from settings import clock
from tests.web.access.conftest import Browser
from tests.web.conftest import Site, _start
from tests.web.engine import Server

SUPERVISOR = "supervisore@example.org"
DOTE = "dote_ritorno_al_lavoro"

Rows = Mapping[tuple[str, ...], int]


class Region:
    """The monitoring of a site that the test may fill."""

    def __init__(self, site: Site) -> None:
        self.site = site
        services = site.services
        demo.create(services.cases.session_factory, services.cases.keyring, clock.now())
        self.browser = Browser(site.url)
        assert self.browser.enter(SUPERVISOR).status_code == 303

    def get(self, path: str = ""):
        return self.browser.get(f"/monitoraggio{path}")

    def count(self, month: str, rows: Rows) -> None:
        """Write counts as the service would: (event, measure, provincia, outcome) -> how many."""
        at = dt.datetime.fromisoformat(f"{month}-15T12:00:00+00:00")
        with writing(self.site.services.cases.session_factory) as session:
            for row, times in rows.items():
                for _ in range(times):
                    statistics.count_in(session, at, *row)

    def fill(self, months: int, seed: int = 1) -> None:
        """Plausible counts of every kind for the last months."""
        with writing(self.site.services.cases.session_factory) as session:
            session.add_all(plausible(months, seed))


def plausible(months: int, seed: int = 1) -> list[StatisticRow]:
    """Made-up counts of every kind for the last months."""
    rng = random.Random(seed)
    return [
        StatisticRow(month=month, event=event, measure=measure, provincia=provincia, outcome=outcome, count=count)
        for month in [back(month_of(clock.today()), number) for number in range(months)]
        for event, measure, provincia, outcome in every_row()
        if (count := rng.choice([0, 1, 2, 4, 7, 12, 30]))
    ]


def every_row() -> list[tuple[str, str, str, str]]:
    """A row of the statistics for each thing that is counted."""
    rows = [("caso_aperto", "", "", role) for role in counts.ROLES]
    for measure in counts.MEASURES:
        rows += [("valutazione", measure, p, v) for p in counts.PEOPLE_PROVINCES for v in counts.VERDICTS]
        for state in ("aperta", *counts.PLAIN_STATES):
            rows += [("segnalazione", measure, p, state) for p in counts.SITE_PROVINCES]
    rows += [("presa_in_carico_tempo", "", "", name) for name in statistics.WAITS]
    rows += [("rifiuto", "", "", reason) for reason in counts.REFUSALS]
    rows += [("esito", "", "", outcome) for outcome in counts.ENDS]
    for question in ("consenso_salute", "occupazione", "provincia", "eta", "invalidita_percento", "recapito"):
        rows += [(event, "", "", question) for event in ("domanda", "domanda_lasciata", "non_capito")]
    rows += [("non_capito_simile", "", "", intent) for intent in ("ask_amount", "ask_human", "ask_documents")]
    return rows


@pytest.fixture(scope="package")
def _region(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Region]:
    running: list[Server] = []
    yield Region(_start(tmp_path_factory.mktemp("regione") / "data", running, {}))
    for server in reversed(running):
        server.stop()


@pytest.fixture
def region(_region: Region) -> Region:
    """A site with no statistics, seen by the supervisor."""
    with writing(_region.site.services.cases.session_factory) as session:
        session.execute(delete(StatisticRow))
    return _region
