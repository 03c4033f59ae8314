"""How long the frequent acts take with few and with many referrals.

    .venv/bin/python -m tests.referrals.load_runner --database URL --folder DIR --referrals 2000 200000

Fills the directory with 1,000 sites of 100 operators and the database with referrals in every state
(sealed and journalled like real ones, but written in bulk), then times each act.
"""

import argparse
import json
import os
import random
import statistics
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zlib import crc32

from sqlalchemy import event, func, insert, select, text, update

from cases import crypto, journal, keystore
from cases.db import make_engine, make_session_factory, upgrade
from cases.keys import Keyring
from cases.models import CaseRow, JournalHeadRow, JournalRow
from cases.service import Cases
from referrals import codes, comuni
from referrals.contact import Contact
from referrals.directory import Directory
from referrals.models import OutboxRow, ReferralDataRow, ReferralRow
from referrals.operators import OperatorSide
from referrals.service import Referrals
from settings.config import Settings
from tests.cases.world import CONSENT

START = datetime(2025, 6, 3, 10, tzinfo=UTC)
STATES = ("aperta", "inviata", "presa_in_carico", "rifiutata", "scaduta", "conclusa", "annullata")
MEASURE = "tirocinio"
CHUNK = 2000


class Filler:
    """Writes referrals in bulk."""

    def __init__(self, database: str, folder: Path) -> None:
        self.engine = make_engine(database, pool_size=32)
        upgrade(self.engine)
        self.factory = make_session_factory(self.engine)
        self.keyring = Keyring.open(folder / "keys")
        self.settings = Settings(data_dir=folder, database_url=database)
        self.chance = random.Random(1)

    def sites(self) -> None:
        """1,000 sites of 100 operators, spread over the comuni."""
        towns = [p for provincia in comuni.LOMBARDIA for p in comuni.all_in(provincia)][:1000]
        lines = ["operatore_id,operatore,sede_id,sede,indirizzo,comune,provincia,email,misure,posti,aggiornato_il"]
        for n, place in enumerate(towns):
            who = f"O{n % 100},Operatore dimostrativo {n % 100},S{n},Sede {n},Via {n}"
            lines.append(f'{who},"{place.name}",{place.provincia},s{n}@example.org,{MEASURE},{n % 5},2025-05-01')
        report = Directory(self.factory).import_csv("\n".join(lines) + "\n", START)
        if not report.ok:
            raise RuntimeError(report.text())

    def referrals(self, wanted: int) -> None:
        """Add referrals until there are ``wanted``."""
        with self.factory() as session:
            have = session.scalar(select(func.count()).select_from(ReferralRow))
        for start in range(have, wanted, CHUNK):
            self._chunk(start, min(CHUNK, wanted - start))
        with self.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("ANALYZE"))

    def _chunk(self, start: int, count: int) -> None:
        ids = [(uuid.UUID(int=self.chance.getrandbits(128)).hex) for _ in range(count)]
        keys = {case_id: crypto.new_key() for case_id in ids}
        self._keys(keys)
        cases, rows, data, entries = [], [], [], []
        with self.factory() as session:
            heads = {c: list(h) for c, h in journal.heads(session).items()}
            next_id = (session.scalar(select(func.max(JournalRow.id))) or 0) + 1
            secret = self.keyring.secret("journal")
            for offset, case_id in enumerate(ids):
                number = start + offset
                moment = START - timedelta(minutes=200_000 - number)
                cipher = crypto.Cipher(case_id, keys[case_id])
                cases.append(
                    {
                        "id": case_id, "role": "cittadino", "mode": "bot", "version": 1, "turn_count": 0,
                        "facts_sealed": cipher.seal("case_record", "facts", case_id, {"eta": 50}),
                        "dialogue_sealed": cipher.seal("case_record", "dialogue", case_id, {}),
                        "created_at": moment, "updated_at": moment,
                    }
                )  # fmt: skip
                referral_id = uuid.UUID(int=self.chance.getrandbits(128)).hex
                state = STATES[number % len(STATES)]
                for step in ("aperta",) if state == "aperta" else ("aperta", state):
                    chain = crc32(case_id.encode()) % journal.CHAINS
                    entry = {
                        "chain": chain, "seq": heads[chain][0] + 1, "at": moment, "actor": "persona",
                        "subject": referral_id, "event": "segnalazione", "state": step,
                        "reason": None if step == "aperta" else "altro", "detail": "{}",
                    }  # fmt: skip
                    entry["hash"] = journal._digest(secret, heads[chain][1], entry)
                    heads[chain] = [entry["seq"], entry["hash"]]
                    entry["id"] = next_id
                    next_id += 1
                    entries.append(entry)
                code, site = codes.new_code(), number % 1000
                rows.append(
                    {
                        "id": referral_id, "code": code, "case_id": case_id, "operator_id": f"O{site % 100}",
                        "site_id": f"S{site}", "measure": MEASURE, "state": state, "journal_id": entry["id"],
                        "attempt": 1, "pin_seed": code, "pin_failures": 0, "contact_after_taking": False,
                        "pin_hash": codes.pin_hash(b"x", code, "000000"), "created_at": moment, "updated_at": moment,
                    }
                )  # fmt: skip
                row_id = uuid.UUID(int=self.chance.getrandbits(128)).hex
                contact = {"nome": "Ada Prova", "telefono": "+393331234567", "email": None, "codice_fiscale": None}
                data.append(
                    {
                        "id": row_id, "referral_id": referral_id, "case_id": case_id, "kind": "contact",
                        "sealed": cipher.seal("referral_data", "contact", row_id, contact), "updated_at": moment,
                    }
                )  # fmt: skip
            self._write(session, cases, entries, rows, data, heads)

    def _write(self, session, cases, entries, rows, data, heads) -> None:
        postgresql = self.engine.dialect.name == "postgresql"
        # The guards against exactly this kind of bulk writing are lifted for a moment.
        guards = ("referral_born_open", "referral"), ("journal_head_forward", "journal_head")
        saved = []
        for name, table in guards:
            if postgresql:
                session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {name}"))
            else:
                query = text("SELECT sql FROM sqlite_master WHERE name = :n")
                saved.append(session.scalar(query, {"n": name}))
                session.execute(text(f"DROP TRIGGER {name}"))
        for table, values in ((CaseRow, cases), (JournalRow, entries), (ReferralRow, rows), (ReferralDataRow, data)):
            session.execute(insert(table), values)
        for chain, (seq, digest) in heads.items():
            session.execute(update(JournalHeadRow).where(JournalHeadRow.chain == chain).values(seq=seq, hash=digest))
        if postgresql:
            session.execute(text("SELECT setval('journal_id_seq', (SELECT max(id) FROM journal))"))
        for (name, table), statement in zip(guards, saved or (None, None), strict=True):
            session.execute(text(statement or f"ALTER TABLE {table} ENABLE TRIGGER {name}"))
        session.commit()

    def _keys(self, keys: dict[str, bytes]) -> None:
        master = self.keyring.current_master
        wrapped = [
            {"scope": s, "master_id": master, "wrapped": crypto.seal(self.keyring._masters[master], k, "data_key", s)}
            for s, k in keys.items()
        ]
        with self.keyring._store._engine.begin() as connection:
            connection.execute(insert(keystore._data_key), wrapped)


def timed(act: Callable[[int], object], times: int) -> dict[str, float]:
    """Milliseconds of ``act`` over ``times`` runs."""
    act(0)
    taken = []
    for number in range(1, times + 1):
        begin = time.perf_counter()
        act(number)
        taken.append((time.perf_counter() - begin) * 1000)
    cuts = statistics.quantiles(taken, n=100)
    return {"p50": round(cuts[49], 2), "p95": round(cuts[94], 2)}


def measure(filler: Filler, times: int) -> dict[str, object]:
    """Time every act, and count the queries of an inbox page."""
    referrals = Referrals(filler.factory, filler.keyring, lambda: filler.settings)
    operators, directory = OperatorSide(referrals), Directory(filler.factory)
    cases = Cases(filler.factory, filler.keyring)
    names = [p.name for p in comuni.all_in("MI")]
    with filler.factory() as session:
        some = session.scalars(select(ReferralRow.code).where(ReferralRow.operator_id == "O7").limit(50)).all()
    run = uuid.uuid4().hex
    contact = Contact("Ada Prova", "3331234567", "ada@example.org")

    def open_one(number: int) -> None:
        site = f"S{number % 1000}"
        referrals.open(ids[number], site, MEASURE, contact, CONSENT, "1", f"{run} {number}", START)

    ids = [cases.open("cittadino", START).id for _ in range(times + 1)]
    queries: list[str] = []
    event.listen(filler.engine, "before_cursor_execute", lambda *a: queries.append(a[2]))
    operators.inbox("O7")
    per_page = len([q for q in queries if q.startswith("SELECT")])
    return {
        "queries_of_an_inbox_page": per_page,
        "inbox": timed(lambda n: operators.inbox(f"O{n % 100}"), times),
        "inbox_one_state": timed(lambda n: operators.inbox(f"O{n % 100}", state="presa_in_carico"), times),
        "card": timed(lambda n: operators.card(some[n % len(some)], "operatore:O7", START), times),
        "nearest": timed(lambda n: directory.nearest(names[n % len(names)], measure=MEASURE, on=START.date()), times),
        "open": timed(open_one, times),
    }


def confirm_at_once(filler: Filler, count: int) -> dict[str, object]:
    """``count`` confirmations from 32 threads, 20 for each person, and what they made."""
    referrals = Referrals(filler.factory, filler.keyring, lambda: filler.settings)
    cases = Cases(filler.factory, filler.keyring)
    people = [cases.open("cittadino", START).id for _ in range(count // 20)]
    contact = Contact("Ada Prova", "3331234567", "ada@example.org")

    def confirm(number: int) -> tuple[str, str]:
        case_id = people[number % len(people)]
        site = f"S{number % len(people) % 1000}"
        opened = referrals.open(case_id, site, MEASURE, contact, CONSENT, "1", case_id, START)
        return opened.code, opened.pin

    order = list(range(count))
    filler.chance.shuffle(order)
    begin = time.perf_counter()
    with ThreadPoolExecutor(32) as pool:
        answers = set(pool.map(confirm, order))
    seconds = time.perf_counter() - begin
    with filler.factory() as session:
        made = select(func.count()).select_from(ReferralRow).where(ReferralRow.case_id.in_(people))
        told = select(func.count()).select_from(OutboxRow).where(OutboxRow.case_id.in_(people))
        rows, messages = session.scalar(made), session.scalar(told)
    return {
        "confirmations": count,
        "people": len(people),
        "referrals": rows,
        "messages": messages,
        "different_answers": len(answers),
        "per_second": round(count / seconds),
    }


def main() -> None:
    """Measure at each size and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True)
    parser.add_argument("--folder", required=True, type=Path)
    parser.add_argument("--referrals", type=int, nargs="+", default=[2000, 200_000])
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--confirmations", type=int, default=0, help="how many at once, e.g. 10000")
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    filler = Filler(options.database, options.folder)
    filler.sites()
    report = {}
    for size in options.referrals:
        filler.referrals(size)
        report[size] = measure(filler, options.times)
        print(json.dumps({size: report[size]}), flush=True)
    if options.confirmations:
        print(json.dumps(confirm_at_once(filler, options.confirmations)), flush=True)


if __name__ == "__main__":
    main()
