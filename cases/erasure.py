"""Erasing a case: destroy its key, then its rows.

The key goes first. If the process dies in between, what is left is unreadable, the case counts as
not found, and :func:`sweep` removes the remains later. Other packages with data about a case
register a hook; their tables also reference the case with ON DELETE CASCADE, so that a missing hook
cannot leave data behind.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cases import forgetting, journal
from cases.db import SessionFactory, writing
from cases.keys import Keyring
from cases.models import CaseRow

Hook = Callable[[Session, Keyring, str, datetime], None]

_hooks: list[Hook] = []
_SWEEP = 1000  # cases looked at in one go
_NEWEST = 50  # looked at when the service starts


def register(hook: Hook) -> Hook:
    """Have ``hook(session, keyring, case_id, now)`` called inside the transaction of each erasure.

    The case's key still exists when hooks run, if this is the first attempt.
    """
    if hook not in _hooks:
        _hooks.append(hook)
    return hook


def erase(factory: SessionFactory, keyring: Keyring, case_id: str, now: datetime, actor: str = "persona") -> bool:
    """Erase a case for ever; False if there was none. May be repeated after any failure."""
    with writing(factory) as session:
        exists = session.get(CaseRow, case_id, with_for_update=True) is not None
        if exists:
            for hook in _hooks:
                hook(session, keyring, case_id, now)
            keyring.shred(case_id)
            session.expunge_all()
            session.execute(delete(CaseRow).where(CaseRow.id == case_id))
            journal.append_in(session, keyring, at=now, actor=actor, subject=case_id, event="caso_cancellato")
            forgetting.remember_in(session, case_id, now)
    if not exists:
        keyring.shred(case_id)
    return exists


def sweep(factory: SessionFactory, keyring: Keyring, now: datetime) -> int:
    """Finish interrupted erasures: remove the rows of cases whose key was destroyed; return how many.

    A case whose key is missing without having been destroyed stays: its store of keys is not all there, and may come
    back from a copy.
    """
    count, last = 0, ""
    while True:
        query = select(CaseRow.id).where(CaseRow.id > last).order_by(CaseRow.id).limit(_SWEEP)
        with factory() as session:
            ids = list(session.scalars(query))
        destroyed, _ = keyring.without_key(ids)
        for case_id in sorted(destroyed):
            count += erase(factory, keyring, case_id, now, actor="sistema")
        if len(ids) < _SWEEP:
            return count
        last = ids[-1]


def count_without_key(factory: SessionFactory, keyring: Keyring) -> int:
    """How many cases nobody can read though nobody erased them: their keys are not in this key ring."""
    with factory() as session:
        ids = list(session.scalars(select(CaseRow.id)))
    return len(keyring.without_key(ids)[1])


def keys_are_lost(factory: SessionFactory, keyring: Keyring) -> bool:
    """Whether the store of keys lacks those of all the newest cases: it was emptied, or is another one."""
    with factory() as session:
        newest = list(session.scalars(select(CaseRow.id).order_by(CaseRow.updated_at.desc()).limit(_NEWEST)))
    _, missing = keyring.without_key(newest)
    return bool(newest) and len(missing) == len(newest)
