"""The conversation as said, turn by turn, sealed."""

import hashlib
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cases.crypto import Cipher
from cases.db import affected
from cases.errors import CaseNotFound, TurnNotFound
from cases.keys import Keyring
from cases.models import CaseRow, TurnRow
from cases.record import Turn

_LOOK_BACK = 12  # turns read at a time, backwards


def add_in(
    session: Session,
    cipher: Cipher,
    case_id: str,
    author: str,
    body: dict[str, Any],
    now: datetime,
    key: str | None = None,
    status: str = "done",
) -> Turn:
    """Append a turn; with a ``key`` already used in this case, return the turn it made then.

    Raises ``CaseNotFound`` if the case is gone.
    """
    # Counting on the case's row also makes writers of one case queue up, so that seq has no gaps.
    seq = session.execute(
        update(CaseRow)
        .where(CaseRow.id == case_id)
        .values(turn_count=CaseRow.turn_count + 1, updated_at=now)
        .returning(CaseRow.turn_count)
    ).scalar_one_or_none()
    if seq is None:
        raise CaseNotFound(case_id)
    key_hash = None if key is None else _hash(case_id, key)
    if key_hash is not None:
        query = select(TurnRow).where(TurnRow.case_id == case_id, TurnRow.key_hash == key_hash)
        earlier = session.scalars(query).one_or_none()
        if earlier is not None:
            session.execute(update(CaseRow).where(CaseRow.id == case_id).values(turn_count=CaseRow.turn_count - 1))
            return _turn(earlier, cipher)
    row_id = uuid.uuid4().hex
    row = TurnRow(
        id=row_id,
        case_id=case_id,
        seq=seq,
        author=author,
        status=status,
        key_hash=key_hash,
        body_sealed=cipher.seal("turn", "body", row_id, body),
        created_at=now,
    )
    session.add(row)
    session.flush()
    return _turn(row, cipher)


def finish_in(
    session: Session, keyring: Keyring, turn_id: str, status: str = "done", body: dict[str, Any] | None = None
) -> Turn:
    """Set the status (and perhaps a new body) of a turn. Raises ``TurnNotFound``."""
    row = session.get(TurnRow, turn_id, with_for_update=True)
    if row is None:
        raise TurnNotFound(turn_id)
    cipher = keyring.cipher(row.case_id)
    row.status = status
    if body is not None:
        row.body_sealed = cipher.seal("turn", "body", row.id, body)
    session.flush()
    return _turn(row, cipher)


def close_in(session: Session, turn_id: str, status: str = "done") -> None:
    """Set the status of a turn without reading it. Raises ``TurnNotFound``."""
    if affected(session, update(TurnRow).where(TurnRow.id == turn_id).values(status=status)) == 0:
        raise TurnNotFound(turn_id)


def list_in(session: Session, cipher: Cipher, case_id: str, after: int = 0, status: str | None = None) -> list[Turn]:
    """Turns of a case in order, those with ``seq`` > ``after``, optionally of one status."""
    query = select(TurnRow).where(TurnRow.case_id == case_id, TurnRow.seq > after).order_by(TurnRow.seq)
    if status is not None:
        query = query.where(TurnRow.status == status)
    return [_turn(row, cipher) for row in session.scalars(query)]


def newest_first_in(session: Session, cipher: Cipher, case_id: str) -> Iterator[Turn]:
    """Turns of a case from the last one back; only those asked for are read and opened."""
    before = None
    while True:
        query = select(TurnRow).where(TurnRow.case_id == case_id).order_by(TurnRow.seq.desc()).limit(_LOOK_BACK)
        rows = session.scalars(query if before is None else query.where(TurnRow.seq < before)).all()
        yield from (_turn(row, cipher) for row in rows)
        if len(rows) < _LOOK_BACK:
            return
        before = rows[-1].seq


def _turn(row: TurnRow, cipher: Cipher) -> Turn:
    return Turn(
        id=row.id,
        case_id=row.case_id,
        seq=row.seq,
        author=row.author,
        status=row.status,
        created_at=row.created_at,
        body=cipher.open("turn", "body", row.id, row.body_sealed),
    )


def _hash(case_id: str, key: str) -> str:
    # Clients choose their keys, so a key might say something; its hash does not.
    return hashlib.sha256(f"{case_id}\x1f{key}".encode()).hexdigest()
