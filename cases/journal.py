"""The journal: who did what to which case, chained so that tampering shows.

Each row's hash is an HMAC, under a key that is not in the database, over its content and the hash
before it; changing, removing or reordering rows breaks the chain, and nobody with the database
alone can mend it. Rows of one case go to one of ``CHAINS`` chains, so that writers of different
cases seldom wait for each other. Anchors (heads written outside the database now and then) show a
tail cut off together with its head.
"""

import hashlib
import hmac
import json
import zlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from cases.errors import JournalBroken
from cases.keys import Keyring
from cases.models import JournalHeadRow, JournalRow

CHAINS = 16
GENESIS = "0" * 64

# Run in nearly every turn of a conversation: building a statement anew would cost more than running it.
_ROW = cast(Table, JournalRow.__table__)
_HEAD = cast(Table, JournalHeadRow.__table__)
_LOCKED_HEAD = select(_HEAD.c.seq, _HEAD.c.hash).where(_HEAD.c.chain == bindparam("of_chain")).with_for_update()
_ADD = insert(_ROW).returning(_ROW.c.id)
_MOVE_HEAD = (
    update(_HEAD)
    .where(_HEAD.c.chain == bindparam("of_chain"))
    .values(seq=bindparam("to_seq"), hash=bindparam("to_hash"))
)


def append_in(
    session: Session,
    keyring: Keyring,
    *,
    at: datetime,
    actor: str,
    subject: str,
    event: str,
    chain_of: str | None = None,
    state: str | None = None,
    reason: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> int:
    """Add a row in the caller's transaction and return its id.

    ``actor``: ``persona``, ``bot``, ``sistema``, ``operatore:<operator id>[:<account id>]`` or ``<role>:<account id>``.
    ``subject``: id of the case or referral. ``chain_of``: id whose chain to use when it is not the
    subject (a referral uses its case's, so that one transaction locks one chain).
    ``detail``: names, counts and codes only; never a value a person gave.
    """
    chain = zlib.crc32((chain_of or subject).encode()) % CHAINS
    head = session.execute(_LOCKED_HEAD, {"of_chain": chain}).one()
    row = {
        "chain": chain,
        "seq": head.seq + 1,
        "at": at,
        "actor": actor,
        "subject": subject,
        "event": event,
        "state": state,
        "reason": reason,
        "detail": json.dumps(dict(detail or {}), sort_keys=True, ensure_ascii=False),
    }
    digest = _digest(keyring.secret("journal"), head.hash, row)
    row_id: int = session.execute(_ADD, {**row, "hash": digest}).scalar_one()
    session.execute(_MOVE_HEAD, {"of_chain": chain, "to_seq": row["seq"], "to_hash": digest})
    return row_id


def heads(session: Session) -> dict[int, tuple[int, str]]:
    """Last (seq, hash) of each chain: keep them outside the database as anchors."""
    rows = session.execute(select(JournalHeadRow).order_by(JournalHeadRow.chain)).scalars()
    return {row.chain: (row.seq, row.hash) for row in rows}


def verify(session: Session, keyring: Keyring, anchors: Iterable[tuple[int, int, str]] = ()) -> int:
    """Check every chain, its head and the ``anchors`` (chain, seq, hash); return the row count.

    Raises ``JournalBroken`` naming each chain and row where something does not fit.
    """
    key = keyring.secret("journal")
    wanted = {(chain, seq): digest for chain, seq, digest in anchors}
    last: dict[int, tuple[int, str]] = {}
    problems: list[str] = []
    count = 0
    query = select(JournalRow).order_by(JournalRow.chain, JournalRow.seq)
    for row in session.scalars(query.execution_options(yield_per=1000)):
        count += 1
        seq, previous = last.get(row.chain, (0, GENESIS))
        content = {name: getattr(row, name) for name in _FIELDS}
        if row.seq != seq + 1:
            problems.append(f"chain {row.chain}: rows missing before {row.seq}")
        elif not hmac.compare_digest(_digest(key, previous, content), row.hash):
            problems.append(f"chain {row.chain}: row {row.seq} altered")
        anchored = wanted.pop((row.chain, row.seq), row.hash)
        if anchored != row.hash:
            problems.append(f"chain {row.chain}: row {row.seq} differs from its anchor")
        last[row.chain] = (row.seq, row.hash)
    for chain, head in heads(session).items():
        if last.get(chain, (0, GENESIS)) != head:
            problems.append(f"chain {chain}: last row does not match the head")
    problems += [f"chain {c}: anchored row {s} is gone" for (c, s) in sorted(wanted)]
    if problems:
        raise JournalBroken(problems)
    return count


_FIELDS = ("chain", "seq", "at", "actor", "subject", "event", "state", "reason", "detail")


def _digest(key: bytes, previous: str, row: Mapping[str, Any]) -> str:
    content = {name: row[name] for name in _FIELDS}
    content["at"] = row["at"].astimezone(UTC).isoformat()
    text = json.dumps([previous, content], sort_keys=True, ensure_ascii=False)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
