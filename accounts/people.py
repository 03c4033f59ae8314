"""Who has an account: create, find, list, change, suspend, erase."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from accounts import roles
from accounts.account import Account
from accounts.errors import AccountNotFound, EmailTaken, LastAdministrator
from accounts.models import AccountLinkRow, AccountRow, AccountSessionRow, ExternalIdentityRow, RecoveryCodeRow
from accounts.tokens import email_key, normal_email, scope_of
from cases import journal
from cases.keys import Keyring

_BATCH = 500


def create_in(
    session: Session,
    keyring: Keyring,
    *,
    name: str,
    email: str | None,
    role: str,
    actor: str,
    now: datetime,
    operator_id: str | None = None,
    territory: Iterable[str] = (),
    demo: bool = False,
) -> AccountRow:
    """Add an account without a way in yet. ``email`` is None only for the first administrator.

    Raises ``EmailTaken``, ``ValueError`` (address, or an ``operatore`` without operator).
    """
    if role not in roles.ROLES:
        raise ValueError("Ruolo sconosciuto.")
    if role == roles.OPERATORE and not operator_id:
        raise ValueError("Per questo ruolo serve un operatore.")
    account_id = uuid.uuid4().hex
    keyring.create(scope_of(account_id))
    row = AccountRow(
        id=account_id,
        role=role,
        operator_id=operator_id if role == roles.OPERATORE else None,
        territory=",".join(territory) if role == roles.MEDICO else "",
        active=True,
        demo=demo,
        totp_last_step=0,
        created_at=now,
    )
    try:
        name_in(session, keyring, row, name, email)
        session.add(row)
        session.flush()
    except BaseException:
        keyring.shred(scope_of(account_id))
        raise
    note_in(session, keyring, row.id, "account_creato", actor, now, role=role)
    return row


def name_in(session: Session, keyring: Keyring, row: AccountRow, name: str, email: str | None) -> None:
    """Write (or replace) name and address. Raises ``EmailTaken``, ``ValueError``."""
    key = email_key(keyring, email) if email else None
    if key and session.scalar(select(AccountRow.id).where(AccountRow.email_key == key, AccountRow.id != row.id)):
        raise EmailTaken
    value = {"name": " ".join(name.split())[:120], "email": normal_email(email) if email else ""}
    if not value["name"]:
        raise ValueError("Scriva nome e cognome.")
    row.email_key = key
    row.identity_sealed = keyring.cipher(scope_of(row.id)).seal("account", "identity", row.id, value)


def row_in(session: Session, account_id: str, lock: bool = False) -> AccountRow:
    """The row of an account. Raises ``AccountNotFound`` if there is none or it was erased."""
    row = session.get(AccountRow, account_id, with_for_update=lock)
    if row is None or row.erased_at is not None:
        raise AccountNotFound
    return row


def by_email_in(session: Session, keyring: Keyring, email: str) -> AccountRow | None:
    """The account with an address, None if nobody has it or it is not an address."""
    try:
        key = email_key(keyring, email)
    except ValueError:
        return None
    return session.scalars(select(AccountRow).where(AccountRow.email_key == key)).one_or_none()


def records_of(keyring: Keyring, rows: Sequence[AccountRow], linked: Iterable[str] = ()) -> list[Account]:
    """The rows as records; accounts whose key is gone are left out. ``linked``: ids with an external identity."""
    ciphers = keyring.ciphers(scope_of(row.id) for row in rows)
    with_identity = set(linked)
    found = []
    for row in rows:
        cipher = ciphers.get(scope_of(row.id))
        if cipher is None or row.identity_sealed is None:
            continue
        who = cipher.open("account", "identity", row.id, row.identity_sealed)
        found.append(
            Account(
                id=row.id,
                name=who["name"],
                email=who["email"],
                role=row.role,
                operator_id=row.operator_id,
                territory=tuple(part for part in row.territory.split(",") if part),
                active=row.active,
                demo=row.demo,
                ready=bool(row.password_hash) or row.id in with_identity,
                created_at=row.created_at,
                last_login_at=row.last_login_at,
            )
        )
    return found


def record_in(session: Session, keyring: Keyring, row: AccountRow) -> Account:
    """One row as record. Raises ``AccountNotFound`` when its key is gone."""
    found = records_of(keyring, [row], linked_in(session, [row.id]))
    if not found:
        raise AccountNotFound
    return found[0]


def linked_in(session: Session, ids: Sequence[str]) -> set[str]:
    """Those of ``ids`` that may enter through an external identity."""
    query = select(ExternalIdentityRow.account_id).where(ExternalIdentityRow.account_id.in_(ids))
    return set(session.scalars(query))


def list_in(
    session: Session, keyring: Keyring, role: str | None = None, limit: int = 50, offset: int = 0
) -> tuple[list[Account], int]:
    """A page of accounts, newest first, and how many there are in all."""
    wanted = [AccountRow.erased_at.is_(None)] + ([AccountRow.role == role] if role else [])
    count = session.scalar(select(func.count()).select_from(AccountRow).where(*wanted)) or 0
    query = select(AccountRow).where(*wanted).order_by(AccountRow.created_at.desc(), AccountRow.id)
    rows = session.scalars(query.limit(limit).offset(offset)).all()
    return records_of(keyring, rows, linked_in(session, [row.id for row in rows])), count


def search_in(session: Session, keyring: Keyring, text: str, limit: int = 50) -> list[Account]:
    """Accounts by address, or by a part of the name. Names are sealed, so they are all opened, a batch at a time."""
    if "@" in text:
        row = by_email_in(session, keyring, text)
        return records_of(keyring, [row], linked_in(session, [row.id])) if row else []
    wanted, found = text.casefold().split(), []
    query = (
        select(AccountRow).where(AccountRow.erased_at.is_(None)).order_by(AccountRow.created_at.desc(), AccountRow.id)
    )
    for batch in session.scalars(query.execution_options(yield_per=_BATCH)).partitions():
        for record in records_of(keyring, batch):
            if all(part in record.name.casefold() for part in wanted):
                found.append(record)
                if len(found) == limit:
                    return found
    return found


def set_active_in(
    session: Session, keyring: Keyring, account_id: str, active: bool, actor: str, now: datetime
) -> AccountRow:
    """Suspend (every session ends) or readmit. Raises ``AccountNotFound``, ``LastAdministrator``."""
    row = row_in(session, account_id, lock=True)
    if row.active == active:
        return row
    if not active:
        _keep_one_administrator_in(session, row)
        session.execute(delete(AccountSessionRow).where(AccountSessionRow.account_id == row.id))
        session.execute(delete(AccountLinkRow).where(AccountLinkRow.account_id == row.id))
    row.active = active
    session.flush()
    note_in(session, keyring, row.id, "account_riattivato" if active else "account_sospeso", actor, now)
    return row


def change_in(
    session: Session,
    keyring: Keyring,
    account_id: str,
    *,
    role: str,
    operator_id: str | None,
    territory: Iterable[str],
    actor: str,
    now: datetime,
) -> AccountRow:
    """Change what an account may do; its sessions end. Raises as :func:`create_in` and ``LastAdministrator``."""
    row = row_in(session, account_id, lock=True)
    if role not in roles.ROLES:
        raise ValueError("Ruolo sconosciuto.")
    if role == roles.OPERATORE and not operator_id:
        raise ValueError("Per questo ruolo serve un operatore.")
    if role != roles.AMMINISTRATORE:
        _keep_one_administrator_in(session, row)
    before = row.role
    row.operator_id = operator_id if role == roles.OPERATORE else None
    row.territory = ",".join(territory) if role == roles.MEDICO else ""
    row.role = role
    session.execute(delete(AccountSessionRow).where(AccountSessionRow.account_id == row.id))
    session.flush()
    note_in(session, keyring, row.id, "account_cambiato", actor, now, before=before, role=role)
    return row


def erase_in(session: Session, keyring: Keyring, account_id: str, actor: str, now: datetime) -> None:
    """Destroy name, address and every way in; id and role remain for the journal.

    Raises ``AccountNotFound``, ``LastAdministrator``.
    """
    row = row_in(session, account_id, lock=True)
    _keep_one_administrator_in(session, row)
    for table in (AccountSessionRow, AccountLinkRow, RecoveryCodeRow, ExternalIdentityRow):
        session.execute(delete(table).where(table.account_id == row.id))
    row.active = False
    row.erased_at = now
    row.email_key = row.identity_sealed = row.password_hash = row.totp_sealed = row.totp_confirmed_at = None
    session.flush()
    note_in(session, keyring, row.id, "account_cancellato", actor, now)
    keyring.shred(scope_of(row.id))


def note_in(
    session: Session, keyring: Keyring, account_id: str, event: str, actor: str, now: datetime, **detail: object
) -> None:
    """Write what happened to an account in the journal. ``detail``: codes and counts, nothing personal."""
    journal.append_in(session, keyring, at=now, actor=actor, subject=account_id, event=event, detail=detail)


def _keep_one_administrator_in(session: Session, row: AccountRow) -> None:
    if row.role != roles.AMMINISTRATORE or not row.active or (row.password_hash is None and row.email_key is None):
        return
    # All of them are locked, so that two administrators cannot remove each other at the same instant.
    query = select(AccountRow).where(AccountRow.role == roles.AMMINISTRATORE, AccountRow.active).with_for_update()
    others = [other for other in session.scalars(query.order_by(AccountRow.id)) if other.id != row.id]
    if not any(other.password_hash is not None for other in others):
        raise LastAdministrator
