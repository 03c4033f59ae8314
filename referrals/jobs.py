"""What happens by itself as time passes. Every job takes ``now``, may run at any moment, and running
it again (or in two workers at once) changes nothing more: each referral is locked and checked anew.
"""

import json
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import journal, retention
from cases.db import SessionFactory, writing
from cases.keys import Keyring
from cases.service import Cases
from referrals import capacity, engine_memory
from referrals.consent_requests import ConsentRequests
from referrals.digests import Digests
from referrals.directory_models import OperatorRow, SiteRow
from referrals.locks import lock_in
from referrals.models import ReferralRow
from referrals.notice_models import EMAIL, PersonNoticeRow
from referrals.notices import OPERATOR_REMINDER
from referrals.service import Referrals
from referrals.states import Actor, State
from referrals.writer import Writer
from settings import files, logs
from settings.clock import ROME

BATCH = 500
CAPACITY_EVERY = timedelta(hours=1)
NIGHT_HOUR = time(3, 0)
UNCONFIRMED_FOR = timedelta(days=1)
ANCHOR_FILE = "journal-anchors.jsonl"
_log = logs.get_logger()


class Jobs:
    """The jobs, bound to a database. Each returns how many things it did."""

    def __init__(self, session_factory: SessionFactory, keyring: Keyring, settings: Any) -> None:
        self._session_factory = session_factory
        self._keyring = keyring
        self._settings = settings
        self._writer = Writer(keyring, lambda: settings)
        self._digests = Digests(session_factory, keyring, settings)
        referrals = Referrals(session_factory, keyring, lambda: settings)
        self._consent_requests = ConsentRequests(referrals, Cases(session_factory, keyring))
        self._night_done: str | None = None
        self._asked: dict[str, datetime] = {}

    def all(self) -> list[tuple[str, Callable[[datetime], int]]]:
        """Every job by name, in the order in which they should run."""
        return [
            ("forget", self.forget),
            ("remind", self.remind),
            ("expire", self.expire),
            ("follow_up", self.follow_up),
            ("digest", self.digest),
            ("weekly_digest", self.weekly_digest),
            ("consent_requests", self.consent_requests),
            ("unreached", self.unreached),
            ("capacity", self.capacity),
            ("night", self.night),
        ]

    def forget(self, now: datetime) -> int:
        """Have the dialogue engines forget the conversations of erased cases; fails while one of them cannot be told."""
        token = self._settings.bot_bearer()
        return engine_memory.forget(self._session_factory, self._settings.engine_urls, token, now)

    def remind(self, now: datetime) -> int:
        """Remind the operators who have not answered after the working days of the settings."""
        due = (ReferralRow.state == State.INVIATA) & (ReferralRow.remind_at <= now)

        def act(session: Session, row: ReferralRow) -> None:
            row.remind_at = None
            self._writer.note_in(session, row, "promemoria", Actor.SISTEMA, now)
            self._writer.notices.operator_in(session, row, OPERATOR_REMINDER, now)

        return self._each(due, act)

    def expire(self, now: datetime) -> int:
        """Close the referrals nobody answered in time; the person is told to choose another operator."""
        due = (ReferralRow.state == State.INVIATA) & (ReferralRow.expires_at <= now)

        def act(session: Session, row: ReferralRow) -> None:
            self._writer.move_in(session, row, State.SCADUTA, Actor.SISTEMA, now, "nessuna_risposta")

        return self._each(due, act)

    def follow_up(self, now: datetime) -> int:
        """Ten days after sending, ask the person whether anyone called."""
        waiting = ReferralRow.state.in_((State.INVIATA, State.PRESA_IN_CARICO))
        due = waiting & (ReferralRow.follow_up_at <= now)

        def act(session: Session, row: ReferralRow) -> None:
            row.follow_up_at = None
            self._writer.note_in(session, row, "richiesta_dieci_giorni", Actor.SISTEMA, now)
            self._writer.notices.person_in(session, row, "persona_dieci_giorni", now)

        return self._each(due, act)

    def digest(self, now: datetime) -> int:
        """From 8 in the morning, tell each sender what changed the day before: codes and states only."""
        return self._digests.daily(now)

    def weekly_digest(self, now: datetime) -> int:
        """From 8 in the morning of a week's first working day, tell each doctor what changed the week before."""
        return self._digests.weekly(now)

    def consent_requests(self, now: datetime) -> int:
        """Erase the requests for consent that no patient answered in time."""
        return self._consent_requests.expire(now)

    def unreached(self, now: datetime) -> int:
        """What an e-mail could not tell within a day, because nobody confirmed its address, becomes a call."""
        person = self._writer.notices.person
        with self._session_factory() as session:
            ids = person.unconfirmed_in(session, now - UNCONFIRMED_FOR, BATCH)
        done = 0
        for notice_id in ids:
            with writing(self._session_factory) as session:
                notice = session.get(PersonNoticeRow, notice_id, with_for_update=True)
                if notice is None or notice.channel != EMAIL or notice.delivered_at is not None:
                    continue
                row = lock_in(session, ReferralRow.id == notice.referral_id)
                contact, _ = person.reached_in(session, row) if row is not None else (None, None)
                if person.still_held_in(session, notice) and not (contact and contact.telefono):
                    continue  # it may still be confirmed, and there is no other way
                person.call_instead_in(session, notice, now)
                done += 1
        return done

    def capacity(self, now: datetime) -> int:
        """Every hour, ask the operators who publish it how many places they have."""
        query = (
            select(SiteRow.id)
            .join(SiteRow.operator)
            .where(SiteRow.active, OperatorRow.active, OperatorRow.capacity_url.is_not(None))
            .order_by(SiteRow.id)
        )
        with self._session_factory() as session:
            sites = list(session.scalars(query))
        due = [site for site in sites if site not in self._asked or now - self._asked[site] >= CAPACITY_EVERY]
        for site in due:
            self._asked[site] = now
            capacity.ask(self._session_factory, site, None, now)
        return len(due)

    def night(self, now: datetime) -> int:
        """Once a day from 3 in the morning: retention, unfinished erasures, anchors of the journal."""
        local = now.astimezone(ROME)
        day = local.date().isoformat()
        if local.time() < NIGHT_HOUR or self._night_done == day:
            return 0
        report = retention.purge(self._session_factory, self._keyring, now, self._settings.retention_days)
        count = len(report.cases) + sum(report.rows.values())
        self.anchor(now)
        self._night_done = day
        return count

    def anchor(self, now: datetime) -> int:
        """Write the journal's heads next to the keys, where who holds the database cannot change them."""
        with self._session_factory() as session:
            heads = journal.heads(session)
        path = self._anchor_path()
        line = json.dumps({"at": now.isoformat(), "heads": {c: [s, h] for c, (s, h) in heads.items()}})
        files.append_line(path, line.encode())
        return len(heads)

    def verify_journal(self) -> int:
        """Check the journal against itself and the anchors; rows checked. Raises ``JournalBroken``."""
        anchors = []
        if self._anchor_path().exists():
            for line in self._anchor_path().read_bytes().splitlines():
                try:
                    heads = json.loads(line)["heads"]
                    anchors += [(int(c), seq, digest) for c, (seq, digest) in heads.items() if seq]
                except (ValueError, TypeError, KeyError, AttributeError):  # a power cut in the middle of a line
                    _log.warning("journal_anchor_unreadable", bytes=len(line))
        with self._session_factory() as session:
            return journal.verify(session, self._keyring, anchors)

    def _anchor_path(self) -> Path:
        return Path(self._settings.keys_dir) / ANCHOR_FILE

    def _each(self, due: Any, act: Callable[[Session, ReferralRow], None]) -> int:
        """Do ``act`` on every referral that is ``due``, each locked, checked again and in its own transaction."""
        done = 0
        while True:
            with self._session_factory() as session:
                ids = list(session.scalars(select(ReferralRow.id).where(due).order_by(ReferralRow.id).limit(BATCH)))
            for referral_id in ids:
                with writing(self._session_factory) as session:
                    row = lock_in(session, (ReferralRow.id == referral_id) & due)
                    if row is not None:
                        act(session, row)
                        done += 1
            if len(ids) < BATCH:
                return done
