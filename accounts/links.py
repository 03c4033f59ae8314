"""Invitations and password resets: a secret that works once, for a while, of which only the hash is kept."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from accounts.errors import LinkNotValid
from accounts.models import AccountLinkRow, AccountRow
from accounts.rows import touched
from accounts.tokens import new_token, token_hash

INVITATION, RESET, FIRST_START = "invito", "reimposta", "primo_avvio"
LIFE = {INVITATION: timedelta(hours=72), RESET: timedelta(hours=1), FIRST_START: timedelta(hours=24)}
# Whoever keeps pressing the button gets one e-mail, not twenty.
_RESET_STEP = timedelta(minutes=5)


def create_in(session: Session, account_id: str, purpose: str, now: datetime) -> str:
    """A new link's secret; older links of the account stop working."""
    session.execute(delete(AccountLinkRow).where(AccountLinkRow.account_id == account_id))
    token = new_token()
    session.add(
        AccountLinkRow(
            token_hash=token_hash(token),
            account_id=account_id,
            purpose=purpose,
            created_at=now,
            expires_at=now + LIFE[purpose],
        )
    )
    session.flush()
    return token


def read_in(session: Session, token: str, now: datetime) -> tuple[str, AccountRow]:
    """Purpose and account of a link that still works, without using it. Raises ``LinkNotValid``."""
    found = session.execute(
        select(AccountLinkRow.purpose, AccountRow)
        .join(AccountRow, AccountRow.id == AccountLinkRow.account_id)
        .where(
            AccountLinkRow.token_hash == token_hash(token),
            AccountLinkRow.used_at.is_(None),
            AccountLinkRow.expires_at > now,
            AccountRow.active,
        )
    ).one_or_none()
    if found is None:
        raise LinkNotValid
    return found[0], found[1]


def use_in(session: Session, token: str, now: datetime) -> None:
    """Use a link up. Raises ``LinkNotValid`` when somebody else just did."""
    done = touched(
        session,
        update(AccountLinkRow)
        .where(
            AccountLinkRow.token_hash == token_hash(token),
            AccountLinkRow.used_at.is_(None),
            AccountLinkRow.expires_at > now,
        )
        .values(used_at=now),
    )
    if not done:
        raise LinkNotValid


def just_asked_in(session: Session, account_id: str, now: datetime) -> bool:
    """Whether a link to reset the password left a few minutes ago."""
    query = select(AccountLinkRow.token_hash).where(
        AccountLinkRow.account_id == account_id,
        AccountLinkRow.purpose == RESET,
        AccountLinkRow.created_at > now - _RESET_STEP,
    )
    return session.scalar(query.limit(1)) is not None


def pending_in(session: Session, ids: Iterable[str], now: datetime) -> dict[str, datetime]:
    """Accounts whose invitation still works, and until when."""
    query = select(AccountLinkRow.account_id, AccountLinkRow.expires_at).where(
        AccountLinkRow.account_id.in_(list(ids)),
        AccountLinkRow.purpose != RESET,
        AccountLinkRow.used_at.is_(None),
        AccountLinkRow.expires_at > now,
    )
    return {account_id: until for account_id, until in session.execute(query)}


def url(public_url: str, token: str) -> str:
    """Page that a link opens. The secret is in the fragment: it reaches no server log or proxy."""
    return f"{public_url}/accesso/invito#{token}"


def cause_of(token: str) -> str:
    """What makes the e-mail of a link unique, without giving the secret away."""
    return token_hash(token)[:32]


def purge_in(session: Session, now: datetime, dry_run: bool) -> int:
    """Remove links that no longer work (retention rule)."""
    old = AccountLinkRow.expires_at <= now
    if dry_run:
        return session.scalar(select(func.count()).select_from(AccountLinkRow).where(old)) or 0
    return touched(session, delete(AccountLinkRow).where(old))
