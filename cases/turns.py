"""The conversation as said, turn by turn, sealed."""

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Row, Table, bindparam, insert, select, text, update
from sqlalchemy.orm import Session

from cases.crypto import Cipher
from cases.errors import CaseNotFound, TurnNotFound
from cases.keys import Keyring
from cases.models import CaseRow, TurnRow
from cases.record import Turn

_LOOK_BACK = 4  # turns read at a time, backwards

# Run in every turn of a conversation: building a statement anew would cost more than running it.
_CASE = cast(Table, CaseRow.__table__)
_TURN = cast(Table, TurnRow.__table__)
# Counting on the case's row also makes writers of one case queue up, so that seq has no gaps.
_COUNT = (
    update(_CASE)
    .where(_CASE.c.id == bindparam("of_case"))
    .values(turn_count=_CASE.c.turn_count + bindparam("more"), updated_at=bindparam("now"))
    .returning(_CASE.c.turn_count)
)
_COUNT_BACK = (
    update(_CASE).where(_CASE.c.id == bindparam("of_case")).values(turn_count=_CASE.c.turn_count - bindparam("fewer"))
)
_BY_KEY = select(_TURN).where(
    _TURN.c.case_id == bindparam("of_case"), _TURN.c.key_hash.in_(bindparam("hashes", expanding=True))
)
_ADD = insert(_TURN)
_CLOSE = update(_TURN).where(_TURN.c.id == bindparam("of_turn")).values(status=bindparam("to"))
_AFTER = (
    select(_TURN).where(_TURN.c.case_id == bindparam("of_case"), _TURN.c.seq > bindparam("after")).order_by(_TURN.c.seq)
)
# The status is written out, so that the index of waiting turns serves.
_PENDING = (
    select(_TURN)
    .where(
        _TURN.c.case_id == bindparam("of_case"), _TURN.c.status == text("'pending'"), _TURN.c.seq < bindparam("before")
    )
    .order_by(_TURN.c.seq)
)
_BACK = (
    select(_TURN)
    .where(_TURN.c.case_id == bindparam("of_case"), _TURN.c.seq < bindparam("before"))
    .order_by(_TURN.c.seq.desc())
    .limit(_LOOK_BACK)
)
_LAST = 2**31 - 1


@dataclass(frozen=True)
class Draft:
    """A turn to be written.

    :ivar author: ``persona``, ``bot`` or ``operatore``.
    :ivar body: ``{"text", "buttons"?, "card"?}`` and the writer's own notes.
    :ivar key: the same key in the same case gives the turn it made the first time.
    :ivar status: ``done``, ``pending`` or ``failed``.
    """

    author: str
    body: dict[str, Any]
    key: str | None = None
    status: str = "done"


def append_in(session: Session, cipher: Cipher, case_id: str, drafts: Sequence[Draft], now: datetime) -> list[Turn]:
    """Append turns in their order; a draft whose key was already used gives the turn it made then.

    Raises ``CaseNotFound`` if the case is gone.
    """
    if not drafts:
        return []
    count = {"of_case": case_id, "more": len(drafts), "now": now}
    total = session.execute(_COUNT, count).scalar_one_or_none()
    if total is None:
        raise CaseNotFound(case_id)
    hashes = [None if draft.key is None else _hash(case_id, draft.key) for draft in drafts]
    known = [digest for digest in hashes if digest is not None]
    earlier: dict[str | None, Turn] = {}
    if known:
        found = session.execute(_BY_KEY, {"of_case": case_id, "hashes": known})
        earlier = {row.key_hash: _turn(row, cipher) for row in found}
    kept: list[Turn] = []
    rows: list[dict[str, Any]] = []
    seq = total - len(drafts)
    for draft, digest in zip(drafts, hashes, strict=True):
        if digest is not None and digest in earlier:
            kept.append(earlier[digest])
            continue
        seq += 1
        turn = Turn(uuid.uuid4().hex, case_id, seq, draft.author, draft.status, now, draft.body)
        sealed = cipher.seal("turn", "body", turn.id, draft.body)
        rows.append(
            {
                "id": turn.id,
                "case_id": case_id,
                "seq": seq,
                "author": draft.author,
                "status": draft.status,
                "key_hash": digest,
                "body_sealed": sealed,
                "created_at": now,
            }
        )
        kept.append(turn)
        if digest is not None:
            earlier[digest] = turn
    if rows:
        session.execute(_ADD, rows)
    if len(rows) < len(drafts):
        session.execute(_COUNT_BACK, {"of_case": case_id, "fewer": len(drafts) - len(rows)})
    return kept


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
    """As :func:`append_in`, for one turn."""
    return append_in(session, cipher, case_id, [Draft(author, body, key, status)], now)[0]


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
    done = cast("CursorResult[Any]", session.execute(_CLOSE, {"of_turn": turn_id, "to": status})).rowcount
    if done == 0:
        raise TurnNotFound(turn_id)


def list_in(session: Session, cipher: Cipher, case_id: str, after: int = 0) -> list[Turn]:
    """Turns of a case in order, those with ``seq`` > ``after``."""
    rows = session.execute(_AFTER, {"of_case": case_id, "after": after})
    return [_turn(row, cipher) for row in rows]


def pending_in(session: Session, cipher: Cipher, case_id: str, before: int = _LAST) -> list[Turn]:
    """Turns of a case that wait for an answer, oldest first, those with ``seq`` < ``before``."""
    rows = session.execute(_PENDING, {"of_case": case_id, "before": before})
    return [_turn(row, cipher) for row in rows]


def newest_first_in(session: Session, cipher: Cipher, case_id: str) -> Iterator[Turn]:
    """Turns of a case from the last one back; only those asked for are read and opened."""
    before = _LAST
    while True:
        rows = session.execute(_BACK, {"of_case": case_id, "before": before}).all()
        yield from (_turn(row, cipher) for row in rows)
        if len(rows) < _LOOK_BACK:
            return
        before = rows[-1].seq


def _turn(row: TurnRow | Row[Any], cipher: Cipher) -> Turn:
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
