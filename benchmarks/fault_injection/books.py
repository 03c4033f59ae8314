"""Afterwards: compare what people were promised with what the service's books and the mail server hold."""

from __future__ import annotations

import time
from collections.abc import Mapping

from sqlalchemy import func, select

from benchmarks.fault_injection.service import Service
from cases.db import make_engine, make_session_factory
from cases.errors import JournalBroken
from cases.keys import Keyring
from referrals.jobs import Jobs
from referrals.models import OutboxRow, ReferralRow
from referrals.told import violations
from settings.config import Settings

NEW = "operatore_nuova"
_LONGEST_WAIT = 7 * 3600  # of a message between two tries, a little rounded up
_PATIENCE_SECONDS = 60


def check(service: Service, confirmed: Mapping[str, str]) -> dict[str, object]:
    """What became of the referrals that people saw confirmed.

    :param confirmed: code by conversation.
    :returns: counts; ``lost``, ``doubled``, ``undelivered`` and the events of which nobody was told must be zero, ``journal`` must be ``whole``.
    """
    engine = make_engine(service.database_url)
    factory = make_session_factory(engine)
    if service.clock:
        service.clock.move(_LONGEST_WAIT)  # everything that waits comes due
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        with factory() as session:
            waiting = session.scalar(
                select(func.count())
                .select_from(OutboxRow)
                .where(OutboxRow.kind == NEW, OutboxRow.state.in_(("in_attesa", "in_corso")))
            )
        if not waiting or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    lost = doubled = undelivered = twice = 0
    with factory() as session:
        rows: dict[str, list[ReferralRow]] = {}
        for row in session.scalars(select(ReferralRow)):
            rows.setdefault(str(row.case_id), []).append(row)
        notices: dict[str, list[OutboxRow]] = {}
        for notice in session.scalars(select(OutboxRow).where(OutboxRow.kind == NEW)):
            notices.setdefault(str(notice.referral_id), []).append(notice)
        handed = {name.strip("<>").partition("@")[0]: count for name, count in service.mail.received.items()}
        for case_id, code in confirmed.items():
            mine = rows.get(case_id, [])
            lost += code not in {row.code for row in mine}
            doubled += len(mine) > 1
            for row in mine:
                told = notices.get(row.id, [])
                doubled += len(told) > 1
                undelivered += not told or any(notice.id not in handed for notice in told)
                twice += sum(handed.get(notice.id, 0) > 1 for notice in told)
    with factory() as session:
        untold = len(violations(session))
    keyring = Keyring.open(service.data_dir / "keys")
    settings = Settings(data_dir=service.data_dir, database_url=service.database_url)
    try:
        journal = f"whole, {Jobs(factory, keyring, settings).verify_journal()} rows"
    except JournalBroken as broken:
        journal = f"broken: {broken.problems[:3]}"
    keyring.close()
    engine.dispose()
    return {
        "referrals confirmed": len(confirmed),
        "lost": lost,
        "doubled": doubled,
        "undelivered": undelivered,
        "events of which nobody was told": untold,
        "handed over again, same Message-ID": twice,
        "journal": journal,
    }
