"""Kill the service at every step, again and again, and count what was lost or doubled.

    .venv/bin/python -m tests.referrals.crash_runner --database URL --folder DIR --crashes 500

Each round forks a process that either confirms a referral or delivers messages, and dies (SIGKILL) at
a failpoint chosen at random. A client whose confirmation died repeats it with the same key, as a
browser does. At the end everything is left to finish in peace and the books are checked.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from cases.db import make_engine, make_session_factory, upgrade, writing
from cases.keys import Keyring
from cases.service import Cases
from referrals import confirmations, failpoints, mailbox
from referrals.contact import Contact
from referrals.directory import Directory
from referrals.jobs import Jobs
from referrals.models import MailboxRow, OutboxRow, ReferralRow
from referrals.service import Referrals
from referrals.told import violations
from referrals.views import referral_in
from referrals.worker import Worker
from settings.config import Settings
from tests.cases.world import CONSENT, MEASURE, OPERATORS, free_port

OPENING = tuple(p for p in failpoints.POINTS if p.startswith("open."))
DELIVERING = tuple(p for p in failpoints.POINTS if not p.startswith("open."))


class Service:
    """What a process opens for itself."""

    def __init__(self, database: str, folder: Path) -> None:
        self.engine = make_engine(database)
        self.factory = make_session_factory(self.engine)
        self.keyring = Keyring.open(folder / "keys")
        self.settings = Settings(data_dir=folder, database_url=database)
        self.referrals = Referrals(self.factory, self.keyring, lambda: self.settings)

    def confirm(self, case_id: str, now: datetime) -> None:
        contact = Contact("Ada Prova", "3331234567", f"{case_id}@example.org")
        with writing(self.factory) as session:
            confirmations.mark_in(session, self.keyring, case_id, str(contact.email), now)
        self.referrals.open(case_id, "ALFA-1", MEASURE, contact, CONSENT, "1", f"confirm {case_id}", now)

    def deliver(self, now: datetime) -> None:
        server = mailbox.serve(self.factory, self.keyring, free_port(), lambda: now)

        async def drain() -> None:
            worker = Worker(self.factory, self.keyring, self.settings, lambda: now, server.port)
            await worker.drain()
            await worker.close()

        asyncio.run(drain())
        server.stop()

    def close(self) -> None:
        self.engine.dispose()
        self.keyring.close()


def in_child(act, failpoint: str = "") -> bool:
    """Run ``act`` in a forked process; True if it lived to the end."""
    child = os.fork()
    if child == 0:
        try:
            os.environ["RIENTRO_FAILPOINT"] = failpoint
            act()
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        if os.WTERMSIG(status) != signal.SIGKILL:
            raise RuntimeError(f"died of signal {os.WTERMSIG(status)}")
        return False
    if os.WEXITSTATUS(status):
        raise RuntimeError("a process failed by itself")
    return True


def run(database: str, folder: Path, crashes: int, seed: int) -> dict[str, object]:
    """Inject ``crashes`` crashes, let everything finish, and return the count of what happened."""
    chance = random.Random(seed)
    now = datetime(2025, 6, 3, 10, tzinfo=UTC)
    folder.mkdir(parents=True, exist_ok=True)

    def confirm(case_id: str, failpoint: str = "") -> bool:
        def act() -> None:
            Service(database, folder).confirm(case_id, now)

        return in_child(act, failpoint)

    def deliver(failpoint: str = "") -> bool:
        def act() -> None:
            Service(database, folder).deliver(now)

        return in_child(act, failpoint)

    def prepare() -> None:
        service = Service(database, folder)
        upgrade(service.engine)
        Directory(service.factory).import_csv(OPERATORS, now)
        people = [Cases(service.factory, service.keyring).open("cittadino", now).id for _ in range(2 * crashes)]
        (folder / "people.json").write_text(json.dumps(people))

    in_child(prepare)
    people = json.loads((folder / "people.json").read_text())
    unconfirmed, confirmed, killed = list(people), [], Counter()
    points = list(failpoints.POINTS)
    while sum(killed.values()) < crashes:
        chance.shuffle(points)
        for point in points:
            now += timedelta(minutes=6)  # leases of the dead run out
            person = unconfirmed[0]
            if point.startswith("open."):
                alive = confirm(person, point)
            else:
                nth = 1
                if chance.random() < 0.5 and confirm(person):  # two messages at once, die at the second
                    confirmed.append(unconfirmed.pop(0))
                    nth = 2
                alive = deliver(f"{point}:{nth}")
            killed[point] += not alive
            if point.startswith("open.") and chance.random() < 0.8 and confirm(person):
                # The browser repeats what got no answer.
                confirmed.append(unconfirmed.pop(0))
            if sum(killed.values()) == crashes:
                break
    confirm(unconfirmed[0])
    confirmed.append(unconfirmed[0])
    for _ in range(3):  # leases run out, then failed deliveries come due again
        now += timedelta(hours=7)
        deliver()
    return {"crashes": sum(killed.values()), "killed_at": dict(sorted(killed.items()))} | check(
        database, folder, confirmed
    )


def check(database: str, folder: Path, confirmed: list[str]) -> dict[str, object]:
    """Compare what people confirmed with what is in the books and in the mailbox."""
    service = Service(database, folder)
    lost = doubled = resent = 0
    with service.factory() as session:
        for case_id in confirmed:
            rows = session.scalars(select(ReferralRow).where(ReferralRow.case_id == case_id)).all()
            lost += not rows
            doubled += len(rows) > 1
            for row in rows:
                steps = [step.state for step in referral_in(session, row).steps]
                lost += steps[-1] != "inviata"
                doubled += steps.count("inviata") > 1
                messages = session.scalars(select(OutboxRow).where(OutboxRow.referral_id == row.id)).all()
                doubled += len(messages) != len({m.kind for m in messages})
                lost += {m.kind for m in messages} != {"operatore_nuova", "persona_inviata"}
                for message in messages:
                    mail = session.get(MailboxRow, message.id)
                    lost += mail is None or message.state != "consegnato"
                    resent += mail is not None and mail.copies > 1
        lost += len(violations(session))
        mails = session.scalar(select(func.count()).select_from(MailboxRow))
        undelivered = session.scalar(select(func.count()).select_from(OutboxRow).where(OutboxRow.state != "consegnato"))
    journal_rows = Jobs(service.factory, service.keyring, service.settings).verify_journal()
    service.close()
    return {
        "confirmed": len(confirmed),
        "lost": lost,
        "doubled": doubled,
        "mails": mails,
        "handed_over_again_and_recognised": resent,
        "undelivered": undelivered,
        "journal_rows": journal_rows,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True)
    parser.add_argument("--folder", required=True, type=Path)
    parser.add_argument("--crashes", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(json.dumps(run(options.database, options.folder, options.crashes, options.seed), indent=1))
