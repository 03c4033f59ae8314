"""How the referrals' database behaves as it grows: inbox page, nearest-operator search, opening a referral.

``python -m benchmarks.referrals`` fills SQLite and PostgreSQL with 2,000 and then 200,000 synthetic referrals over
1,000 synthetic sites, measures each act many times, and prints p50, p95, growth and queries per act. Nothing is real:
names are numbered. Smaller: ``--sizes 500 5000 --sites 200 --runs 30 --engines sqlite``.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, event, func, insert, select, text
from sqlalchemy.orm import Session

from cases import journal
from cases.db import make_engine, make_session_factory, upgrade, writing
from cases.keys import Keyring
from cases.models import CaseRow, JournalHeadRow, JournalRow
from cases.service import Cases
from referrals import codes, comuni
from referrals.contact import Contact
from referrals.directory import Directory
from referrals.directory_models import OperatorRow, ServiceRow, SiteRow
from referrals.models import ReferralRow
from referrals.operators import EXPIRING, OperatorSide
from referrals.service import Referrals
from settings.config import Settings

MEASURE = "dote_ritorno_al_lavoro"
NOW = datetime(2025, 6, 3, 10, tzinfo=UTC)
SITES_OF_AN_OPERATOR = 4
_STATES = ("inviata",) * 3 + ("presa_in_carico",) * 3 + ("conclusa",) * 10 + ("rifiutata", "scaduta", "annullata")
_CHUNK = 2000


@dataclass
class Load:
    """A database with its services. ``busy``: the operator with the most referrals (a tenth of all)."""

    engine: Engine
    referrals: Referrals
    cases: Cases
    keyring: Keyring
    sites: list[tuple[str, str]]
    count: int = 0

    @property
    def busy(self) -> str:
        return self.sites[0][1]


def lombardy() -> list[comuni.Place]:
    """Every comune of the region."""
    return [place for provincia in comuni.LOMBARDIA for place in comuni.all_in(provincia)]


def fill_directory(load_engine: Engine, sites: int) -> list[tuple[str, str]]:
    """Synthetic operators and sites spread over the region's comuni; (site id, operator id)."""
    chance = random.Random(7)
    comuni = lombardy()
    operators = [
        {"id": f"B{n:04}", "name": f"Operatore sintetico {n}", "demo": True, "active": True, "updated_at": NOW}
        for n in range(-(-sites // SITES_OF_AN_OPERATOR))
    ]
    rows, services = [], []
    for n in range(sites):
        place = chance.choice(comuni)
        site_id = f"B{n // SITES_OF_AN_OPERATOR:04}-{n % SITES_OF_AN_OPERATOR}"
        rows.append(
            {
                "id": site_id, "operator_id": site_id[:5], "name": f"Sede sintetica {n}", "address": "Via Sintetica 1",
                "comune": place.name, "provincia": place.provincia, "latitude": place.latitude,
                "longitude": place.longitude, "email": f"sede{n}@example.org", "capacity": chance.choice((None, 0, 3)),
                "verified_on": NOW.date() - timedelta(days=chance.randrange(400)), "active": True, "updated_at": NOW,
                "languages": "it", "accessibility": "", "service_areas": "",
            }
        )  # fmt: skip
        services.append({"site_id": site_id, "measure": MEASURE, "catalogue": ""})
    with load_engine.begin() as connection:
        connection.execute(insert(OperatorRow), operators)
        connection.execute(insert(SiteRow), rows)
        connection.execute(insert(ServiceRow), services)
    return [(row["id"], row["operator_id"]) for row in rows]


# What refuses bulk filling: referrals are born open, the journal grows by one row at a time. Counts are kept.
_GUARDS = (("referral_born_open", "referral"), ("journal_head_forward", "journal_head"))


@contextmanager
def without_guards(session: Session) -> Iterator[None]:
    """Lift the guards against exactly this kind of writing, inside the caller's transaction."""
    if session.get_bind().dialect.name == "postgresql":
        for name, table in _GUARDS:
            session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {name}"))
        yield
        for name, table in _GUARDS:
            session.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER {name}"))
        return
    query = text("SELECT sql FROM sqlite_master WHERE name = :name")
    statements = [session.scalar(query, {"name": name}) for name, _ in _GUARDS]
    for name, _ in _GUARDS:
        session.execute(text(f"DROP TRIGGER {name}"))
    yield
    for statement in statements:
        session.execute(text(str(statement)))


def grow(load: Load, target: int) -> None:
    """Add referrals in bulk until there are ``target``; journal rows are chained as the product chains them."""
    chance = random.Random(load.count)
    while load.count < target:
        size = min(_CHUNK, target - load.count)
        with writing(load.referrals.session_factory) as session, without_guards(session):
            heads = {h.chain: h for h in session.scalars(select(JournalHeadRow))}
            # Far above what the database numbers by itself.
            first = max(session.scalar(select(func.max(JournalRow.id))) or 0, 1_000_000) + 1 - load.count
            cases, journals, rows = [], [], []
            for n in range(load.count, load.count + size):
                created = NOW - timedelta(minutes=chance.randrange(60 * 24 * 365))
                state = chance.choice(_STATES)
                site_id, operator_id = load.sites[0] if n % 10 == 0 else chance.choice(load.sites)
                case_id, referral_id, chain = uuid.uuid4().hex, uuid.uuid4().hex, n % journal.CHAINS
                heads[chain].seq += 1
                reason = "nessun_posto" if state in ("rifiutata", "scaduta", "annullata") else None
                journals.append(
                    {
                        "id": first + n, "chain": chain, "seq": heads[chain].seq, "at": created,
                        "actor": "sistema", "subject": referral_id, "event": "segnalazione", "state": state,
                        "reason": reason, "detail": "{}", "hash": f"{n:064x}",
                    }
                )  # fmt: skip
                heads[chain].hash = f"{n:064x}"
                cases.append(
                    {
                        "id": case_id, "role": "cittadino", "mode": "bot", "facts_sealed": b"x", "dialogue_sealed": b"x",
                        "version": 1, "turn_count": 0, "created_at": created, "updated_at": created,
                    }
                )  # fmt: skip
                code = codes.new_code()
                rows.append(
                    {
                        "id": referral_id, "code": code, "case_id": case_id, "operator_id": operator_id,
                        "site_id": site_id, "measure": MEASURE, "state": state, "journal_id": first + n,
                        "attempt": 1, "pin_seed": code, "pin_hash": "0" * 64, "pin_failures": 0,
                        "contact_after_taking": False, "created_at": created, "updated_at": created,
                        "expires_at": created + timedelta(days=7),
                    }
                )  # fmt: skip
            session.execute(insert(CaseRow), cases)
            session.execute(insert(JournalRow), journals)
            session.execute(insert(ReferralRow), rows)
        load.count += size
    if load.engine.dialect.name == "postgresql":
        with load.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
    else:
        with load.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")


def acts(load: Load) -> dict[str, Callable[[], object]]:
    """What is measured, each a thunk that does it once."""
    chance = random.Random(11)
    side, directory = OperatorSide(load.referrals), Directory(load.referrals.session_factory)
    comuni = [place.name for place in lombardy()]
    second = side.inbox(load.busy).after

    def opening() -> None:
        site_id, _ = chance.choice(load.sites)
        prepared = ready.pop()
        contact = Contact("Prova Sintetica", "333 1234567")
        load.referrals.open(prepared, site_id, MEASURE, contact, "Sono d'accordo.", "1", prepared, NOW)

    ready = [load.cases.open("cittadino", NOW).id for _ in range(acts.runs + 3)]
    return {
        "inbox page": lambda: side.inbox(load.busy),
        "inbox page, state filter": lambda: side.inbox(load.busy, "inviata"),
        "inbox second page": lambda: side.inbox(load.busy, after=second),
        "inbox, first to expire": lambda: side.inbox(load.busy, order=EXPIRING),
        "nearest operators": lambda: directory.nearest(
            chance.choice(comuni), None, MEASURE, 5, NOW.date(), uuid.uuid4().hex
        ),
        "opening a referral": opening,
    }


acts.runs = 200  # type: ignore[attr-defined]


def measure(load: Load, runs: int) -> dict[str, tuple[float, float, int]]:
    """p50 and p95 in milliseconds, and the queries of one act."""
    queries = 0

    def count(*_: object) -> None:
        nonlocal queries
        queries += 1

    acts.runs = runs  # type: ignore[attr-defined]
    found = {}
    event.listen(load.engine, "before_cursor_execute", count)
    try:
        for name, act in acts(load).items():
            act()
            act()
            queries = 0
            act()
            needed = queries
            times = []
            for _ in range(runs):
                start = time.perf_counter()
                act()
                times.append((time.perf_counter() - start) * 1000)
            found[name] = (statistics.median(times), statistics.quantiles(times, n=20)[-1], needed)
    finally:
        event.remove(load.engine, "before_cursor_execute", count)
    return found


def run(url: str, folder: Path, sizes: list[int], sites: int, runs: int, console: Console) -> None:
    """One engine: fill, measure at each size, print the table."""
    engine = make_engine(url)
    upgrade(engine)
    factory = make_session_factory(engine)
    keyring = Keyring.open(folder / "keys")
    settings = Settings(data_dir=folder, database_url=url)
    referrals = Referrals(factory, keyring, lambda: settings)
    load = Load(engine, referrals, Cases(factory, keyring), keyring, fill_directory(engine, sites))
    results = []
    for size in sizes:
        start = time.perf_counter()
        grow(load, size)
        console.print(f"{engine.dialect.name}: {size:,} referrals ready in {time.perf_counter() - start:.0f} s")
        results.append(measure(load, runs))
    table = Table(title=f"{engine.dialect.name}, {sites:,} sites, {runs} runs of each act (milliseconds)")
    table.add_column("act")
    for size in sizes:
        table.add_column(f"p50 at {size:,}", justify="right")
        table.add_column(f"p95 at {size:,}", justify="right")
    table.add_column("p95 growth", justify="right")
    table.add_column("queries", justify="right")
    for name in results[0]:
        cells = [f"{value:.1f}" for found in results for value in found[name][:2]]
        growth = results[-1][name][1] / results[0][name][1]
        counts = sorted({found[name][2] for found in results})
        table.add_row(name, *cells, f"x{growth:.2f}", "/".join(map(str, counts)))
    console.print(table)
    engine.dispose()
    keyring.close()


def main() -> None:
    """Read the arguments, run the engines asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[2_000, 200_000])
    parser.add_argument("--sites", type=int, default=1_000)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--engines", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    parser.add_argument("--server", default="postgresql://postgres@127.0.0.1:5432/postgres", help="PostgreSQL server")
    given = parser.parse_args()
    console = Console(width=140)
    for engine in given.engines:
        with tempfile.TemporaryDirectory() as folder:
            if engine == "sqlite":
                run(f"sqlite:///{folder}/load.db", Path(folder), given.sizes, given.sites, given.runs, console)
                continue
            name = f"rientro_load_{uuid.uuid4().hex[:8]}"
            with psycopg.connect(given.server, autocommit=True) as connection:
                connection.execute(f'CREATE DATABASE "{name}"')
            try:
                url = given.server.rpartition("/")[0] + "/" + name
                run(url, Path(folder), given.sizes, given.sites, given.runs, console)
            finally:
                with psycopg.connect(given.server, autocommit=True) as connection:
                    connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


if __name__ == "__main__":
    main()
