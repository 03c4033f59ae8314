"""Notes for the next colleague, sealed under the case's key."""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import journal
from cases.keys import Keyring
from hotline.models import NoteRow

MAX_CHARS = 2000


@dataclass(frozen=True)
class Note:
    """A note and who wrote it."""

    account_id: str
    created_at: dt.datetime
    text: str


def add_in(
    session: Session, keyring: Keyring, case_id: str, account_id: str, actor: str, text: str, now: dt.datetime
) -> bool:
    """Keep a note; False if there was nothing in it."""
    text = text.strip()[:MAX_CHARS]
    if not text:
        return False
    row_id = uuid.uuid4().hex
    value = keyring.cipher(case_id).seal("hotline_note", "sealed", row_id, text)
    session.add(NoteRow(id=row_id, case_id=case_id, account_id=account_id, sealed=value, created_at=now))
    session.flush()
    journal.append_in(session, keyring, at=now, actor=actor, subject=case_id, event="sportello_nota")
    return True


def of_case_in(session: Session, keyring: Keyring, case_id: str) -> list[Note]:
    """The notes of a case, newest first."""
    cipher = keyring.cipher(case_id)
    query = select(NoteRow).where(NoteRow.case_id == case_id).order_by(NoteRow.created_at.desc(), NoteRow.id)
    return [
        Note(row.account_id, row.created_at, cipher.open("hotline_note", "sealed", row.id, row.sealed))
        for row in session.scalars(query)
    ]
