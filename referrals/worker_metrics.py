"""Figures of the worker for Prometheus: deliveries, the outbox, the jobs. Codes and kinds only, nobody's data."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from cases import budgets, lockout, maintenance
from cases.db import SessionFactory
from referrals import outbox
from referrals.models import OutboxRow
from settings import clock

REGISTRY = CollectorRegistry()
DELIVERIES = Counter(
    "rientro_deliveries", "Attempts to deliver a message of the outbox", ["channel", "outcome"], registry=REGISTRY
)
JOB_DONE = Gauge("rientro_job_last_success_timestamp_seconds", "When a job last ended well", ["job"], registry=REGISTRY)
JOB_FAILURES = Counter("rientro_job_failures", "Runs of a job that failed", ["job"], registry=REGISTRY)
ROUND_FAILURES = Counter("rientro_outbox_round_failures", "Rounds that could not read the outbox", registry=REGISTRY)

_SHARED_SECONDS = 5.0


class LimitFigures(Collector):
    """Budgets used up now, by name (``cases/budgets.py``), and waits after failed attempts; read as the outbox is."""

    def __init__(self, sessions: SessionFactory, seconds: Callable[[], float] = time.monotonic) -> None:
        """:param seconds: a clock that only grows."""
        self._sessions = sessions
        self._seconds = seconds
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._values: dict[str, int] = {}
        self._waits: int | None = None
        self._seen: set[str] = set()

    def describe(self) -> Iterator[Any]:
        """The names only: registering must not ask the database."""
        yield from self._families()

    def collect(self) -> Iterator[Any]:
        """Budgets used up, by name; a name once seen is told as 0 afterwards, so that an alert ends."""
        with self._lock:
            if self._seconds() - self._read_at >= _SHARED_SECONDS:
                try:
                    with self._sessions() as session:
                        self._values = budgets.spent_in(session, clock.now())
                        self._waits = lockout.locked_in(session, clock.now())
                except Exception:  # the scrape must still bring the other figures
                    self._values, self._waits = {}, None
                self._read_at = self._seconds()
            self._seen |= self._values.keys()
            values, waiting = {name: self._values.get(name, 0) for name in sorted(self._seen)}, self._waits
        spent, waits = self._families()
        for name, count in values.items():
            spent.add_metric([name], count)
        if waiting is not None:
            waits.add_metric([], waiting)
        yield spent
        yield waits

    @staticmethod
    def _families() -> tuple[GaugeMetricFamily, GaugeMetricFamily]:
        what = "Budgets of contacts, operators and networks that are used up"
        return (
            GaugeMetricFamily("rientro_budgets_spent", what, labels=["budget"]),
            GaugeMetricFamily("rientro_waits", "Waits after failed attempts that last now", labels=[]),
        )


class MaintenanceFigures(Collector):
    """When copies of the data were last made and tried. Zero: never, which is the worst age of all."""

    def __init__(self, sessions: SessionFactory) -> None:
        self._sessions = sessions

    def describe(self) -> Iterator[Any]:
        """Name only: registering must not ask the database."""
        yield self._family()

    def collect(self) -> Iterator[Any]:
        """One sample for each kind; none while the database is away."""
        family = self._family()
        with contextlib.suppress(SQLAlchemyError):
            done = maintenance.last(self._sessions)
            for name in maintenance.WATCHED:
                family.add_metric([name], done[name].timestamp() if name in done else 0)
        yield family

    @staticmethod
    def _family() -> GaugeMetricFamily:
        return GaugeMetricFamily(
            "rientro_maintenance_last_success_timestamp_seconds", "When housekeeping last ended well", labels=["kind"]
        )


class OutboxFigures(Collector):
    """Reads the outbox when asked, at most every few seconds; says nothing while the database is away.

    Every worker tells the same figures: take the largest, not the sum.
    """

    def __init__(self, sessions: SessionFactory, seconds: Callable[[], float] = time.monotonic) -> None:
        """:param seconds: a clock that only grows."""
        self._sessions = sessions
        self._seconds = seconds
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._values: dict[str, tuple[int, float]] = {}

    def describe(self) -> Iterator[Any]:
        """Names only: registering must not ask the database."""
        yield from self._families()

    def collect(self) -> Iterator[Any]:
        """Messages by state and the age of the oldest that is due."""
        with self._lock:
            if self._seconds() - self._read_at >= _SHARED_SECONDS:
                try:
                    self._values = self._read()
                except Exception:  # the scrape must still bring the other figures
                    self._values = {}
                self._read_at = self._seconds()
            values = dict(self._values)
        messages, age = self._families()
        for state, (count, oldest) in sorted(values.items()):
            messages.add_metric([state], count)
            if state in (outbox.WAITING, outbox.TAKEN):
                age.add_metric([state], oldest)
        yield messages
        yield age

    def _families(self) -> tuple[GaugeMetricFamily, GaugeMetricFamily]:
        return (
            GaugeMetricFamily("rientro_outbox_messages", "Messages of the outbox not yet delivered", labels=["state"]),
            GaugeMetricFamily("rientro_outbox_oldest_seconds", "Age of the oldest of them", labels=["state"]),
        )

    def _read(self) -> dict[str, tuple[int, float]]:
        now = clock.now()
        shown = (outbox.WAITING, outbox.TAKEN, outbox.DEAD)
        query = (
            select(OutboxRow.state, func.count(), func.min(OutboxRow.created_at))
            .where(OutboxRow.state.in_(shown))
            .group_by(OutboxRow.state)
        )
        with self._sessions() as session:
            found = {state: (count, (now - first).total_seconds()) for state, count, first in session.execute(query)}
        return {state: (0, 0.0) for state in shown} | found
