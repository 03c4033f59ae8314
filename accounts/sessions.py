"""Browsers in which somebody entered. The cookie holds a random token, the database its hash."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from accounts.account import SessionView
from accounts.models import AccountRow, AccountSessionRow
from accounts.rows import touched
from accounts.tokens import new_token, token_hash

#: What is still asked: the second factor, setting one up, nothing.
CODE, SETUP, FULL = "codice", "attivazione", "piena"
#: Nobody's account: a link of an e-mail, to one referral.
VISIT = "visita"
_STAGE_LIFE = {CODE: timedelta(minutes=10), SETUP: timedelta(hours=1)}
# Writing at every request would turn each page view into a transaction.
_SEEN_STEP = timedelta(minutes=1)


@dataclass(frozen=True)
class Lives:
    """How long a full session lasts in all, and unused."""

    whole: timedelta
    idle: timedelta


def open_in(
    session: Session, account_id: str, stage: str, method: str, device: str, now: datetime, lives: Lives
) -> str:
    """Start a session; returns the token for the cookie."""
    token = new_token()
    session.add(
        AccountSessionRow(
            id=uuid.uuid4().hex,
            token_hash=token_hash(token),
            account_id=account_id,
            stage=stage,
            method=method,
            device=device,
            created_at=now,
            seen_at=now,
            expires_at=now + _STAGE_LIFE.get(stage, lives.whole),
            strong_at=now if stage == FULL else None,
        )
    )
    session.flush()
    return token


def open_visit_in(
    session: Session, operator_id: str, referral_id: str, device: str, now: datetime, lives: Lives
) -> str:
    """Start a visit by an e-mail's link; returns the token for the cookie."""
    token = new_token()
    session.add(
        AccountSessionRow(
            id=uuid.uuid4().hex,
            token_hash=token_hash(token),
            operator_id=operator_id,
            referral_id=referral_id,
            stage=VISIT,
            method="link",
            device=device,
            created_at=now,
            seen_at=now,
            expires_at=now + lives.whole,
        )
    )
    session.flush()
    return token


def find_visit_in(session: Session, token: str, now: datetime, lives: Lives) -> AccountSessionRow | None:
    """The living visit of a token, None if it ended, was revoked or idled too long."""
    return session.scalars(
        select(AccountSessionRow).where(
            AccountSessionRow.token_hash == token_hash(token),
            AccountSessionRow.stage == VISIT,
            AccountSessionRow.expires_at > now,
            AccountSessionRow.seen_at > now - lives.idle,
        )
    ).one_or_none()


def find_in(session: Session, token: str, now: datetime, lives: Lives) -> tuple[AccountSessionRow, AccountRow] | None:
    """The living session of a token and its account, None if it ended, was revoked or idled too long."""
    found = session.execute(
        select(AccountSessionRow, AccountRow)
        .join(AccountRow, AccountRow.id == AccountSessionRow.account_id)
        .where(
            AccountSessionRow.token_hash == token_hash(token),
            AccountSessionRow.expires_at > now,
            AccountSessionRow.seen_at > now - lives.idle,
            AccountRow.active,
        )
    ).one_or_none()
    return (found[0], found[1]) if found else None


def wants_touch(row: AccountSessionRow, now: datetime) -> bool:
    """Whether "last seen" is old enough to be written again."""
    return now - row.seen_at >= _SEEN_STEP


def touch_in(session: Session, session_id: str, now: datetime) -> None:
    """Note that the session is in use."""
    session.execute(update(AccountSessionRow).where(AccountSessionRow.id == session_id).values(seen_at=now))


def list_in(session: Session, account_id: str, now: datetime, lives: Lives, current: str | None) -> list[SessionView]:
    """The open sessions of an account, the last used first."""
    query = select(AccountSessionRow).where(AccountSessionRow.account_id == account_id, *_open(now, lives))
    rows = session.scalars(query.order_by(AccountSessionRow.seen_at.desc(), AccountSessionRow.id))
    return [view(row, current) for row in rows]


def everyone_in(
    session: Session, now: datetime, lives: Lives, limit: int, offset: int
) -> tuple[Sequence[AccountSessionRow], int]:
    """The open sessions of everybody, the last used first, and how many there are."""
    count = session.scalar(select(func.count()).select_from(AccountSessionRow).where(*_open(now, lives))) or 0
    query = select(AccountSessionRow).where(*_open(now, lives))
    query = query.order_by(AccountSessionRow.seen_at.desc(), AccountSessionRow.id)
    return session.scalars(query.limit(limit).offset(offset)).all(), count


def view(row: AccountSessionRow, current: str | None = None) -> SessionView:
    """A session as people see it; ``current`` is the id of the one they are using."""
    return SessionView(row.id, row.device, row.method, row.created_at, row.seen_at, row.id == current)


def _open(now: datetime, lives: Lives) -> tuple[ColumnElement[bool], ...]:
    return (
        AccountSessionRow.stage.in_((FULL, VISIT)),
        AccountSessionRow.expires_at > now,
        AccountSessionRow.seen_at > now - lives.idle,
    )


def revoke_in(session: Session, account_id: str, session_id: str | None = None, keep: str | None = None) -> int:
    """End one session of an account, or all of them but ``keep``; returns how many ended."""
    query = delete(AccountSessionRow).where(AccountSessionRow.account_id == account_id)
    if session_id is not None:
        query = query.where(AccountSessionRow.id == session_id)
    if keep is not None:
        query = query.where(AccountSessionRow.id != keep)
    return touched(session, query)


def purge_in(session: Session, now: datetime, dry_run: bool) -> int:
    """Remove the sessions that ended (retention rule)."""
    old = or_(AccountSessionRow.expires_at <= now, AccountSessionRow.seen_at <= now - timedelta(days=1))
    if dry_run:
        return session.scalar(select(func.count()).select_from(AccountSessionRow).where(old)) or 0
    return touched(session, delete(AccountSessionRow).where(old))


_SYSTEMS = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("Mac", r"Macintosh|Mac OS X"),
    ("Linux", r"Linux|X11"),
)
_BROWSERS = (
    ("Edge", r"Edg"),
    ("Opera", r"OPR/"),
    ("Samsung Internet", r"SamsungBrowser"),
    ("Firefox", r"Firefox|FxiOS"),
    ("Chrome", r"Chrome|CriOS|Chromium"),
    ("Safari", r"Safari"),
)


def device_words(user_agent: str) -> str:
    """A browser in a few words that its owner recognises: «Firefox su Windows». No version: it would identify."""
    browser = next((name for name, pattern in _BROWSERS if re.search(pattern, user_agent)), "Un programma")
    system = next((name for name, pattern in _SYSTEMS if re.search(pattern, user_agent)), None)
    return f"{browser} su {system}" if system else browser
