"""What a sender (doctor, desk) is told by e-mail of the referrals it follows: codes and states, nothing else."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.db import SessionFactory, writing
from cases.keys import Keyring
from cases.models import JournalRow
from referrals import encrypted_parts, outbox, words
from referrals.models import ReferralRow
from referrals.workdays import is_working_day
from referrals.writer import GIORNO, SETTIMANA
from settings.clock import ROME

HOUR = time(8, 0)
#: Lines of one e-mail; whoever has more news reads the rest on the page.
LINES = 200


class Digests:
    """Writes the e-mails, each once however often it is asked to."""

    def __init__(self, session_factory: SessionFactory, keyring: Keyring, settings: Any) -> None:
        self._session_factory = session_factory
        self._keyring = keyring
        self._settings = settings

    def daily(self, now: datetime) -> int:
        """From 8 in the morning, yesterday's changes; how many e-mails were written."""
        today = now.astimezone(ROME).date()
        if now.astimezone(ROME).time() < HOUR:
            return 0
        yesterday = today - timedelta(days=1)
        return self._write(GIORNO, yesterday, today, f"digest:{{key}}:{yesterday}", now, self._yesterday)

    def weekly(self, now: datetime) -> int:
        """From 8 in the morning of a week's first working day, the changes from Monday to Sunday of the week before."""
        local = now.astimezone(ROME)
        monday = local.date() - timedelta(days=local.weekday())
        first = next((day for n in range(7) if is_working_day(day := monday + timedelta(days=n))), monday)
        # Who was switched off that morning makes up for it later in the week.
        if (local.date(), local.time()) < (first, HOUR):
            return 0
        before = monday - timedelta(days=7)
        return self._write(SETTIMANA, before, monday, f"digest_week:{{key}}:{before}", now, self._week)

    def _write(
        self,
        every: str,
        start: date,
        end: date,
        dedupe: str,
        now: datetime,
        mail: Callable[[str], tuple[str, str, str]],
    ) -> int:
        count = 0
        with writing(self._session_factory) as session:
            for key, changes in self._changes_in(session, start, end).items():
                sender = encrypted_parts.read_in(session, self._keyring, changes[-1][0], encrypted_parts.SENDER)
                if not sender or sender.get("digest", GIORNO) != every:
                    continue
                kind, subject, text = mail(_lines(changes))
                sent = outbox.enqueue_in(
                    session,
                    self._keyring,
                    dedupe=dedupe.format(key=key),
                    kind=kind,
                    channel="email",
                    payload={"to": sender["email"], "subject": subject, "text": text},
                    now=now,
                )
                count += sent is not None
        return count

    def _yesterday(self, lines: str) -> tuple[str, str, str]:
        kind = "riepilogo_mittente"
        return kind, *words.mail(kind, lines=lines)

    def _week(self, lines: str) -> tuple[str, str, str]:
        kind = "riepilogo_settimana"
        return kind, *words.mail(kind, lines=lines, link=f"{self._settings.public_url}/medici/segnalazioni")

    @staticmethod
    def _changes_in(session: Session, start: date, end: date) -> dict[str, list[tuple[ReferralRow, str]]]:
        query = (
            select(ReferralRow, JournalRow.state)
            .join(JournalRow, JournalRow.subject == ReferralRow.id)
            .where(
                ReferralRow.sender_key.is_not(None),
                JournalRow.state.is_not(None),
                JournalRow.at >= datetime.combine(start, time(0), ROME),
                JournalRow.at < datetime.combine(end, time(0), ROME),
            )
            .order_by(ReferralRow.sender_key, JournalRow.id)
        )
        news: dict[str, list[tuple[ReferralRow, str]]] = {}
        for row, state in session.execute(query):
            news.setdefault(str(row.sender_key), []).append((row, str(state)))
        return news


def _lines(changes: list[tuple[ReferralRow, str]]) -> str:
    labels = words.load()["stati"]
    lines = [f"{row.code}: {labels[state]}" for row, state in changes[-LINES:]]
    if len(changes) > LINES:
        lines.append(words.load()["altre_novita"].format(count=len(changes) - LINES))
    return "\n".join(lines)
