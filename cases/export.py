"""Everything held about one person, as JSON: the right of access (GDPR articles 15 and 20)."""

import base64
import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from cases import consents, turns
from cases.crypto import Cipher
from cases.keys import Keyring
from cases.models import AssessmentRow, JournalRow

Section = Callable[[Session, Keyring, str], Any]

_sections: dict[str, Section] = {}


def register(name: str, section: Section) -> None:
    """Add ``section(session, keyring, case_id)`` under ``name`` to every export."""
    _sections[name] = section


def export_in(session: Session, keyring: Keyring, row: Row[Any], cipher: Cipher) -> dict[str, Any]:
    """The export of one case; moments are ISO 8601 strings in UTC."""
    case_id = row.id
    return {
        "case": case_id,
        "role": row.role,
        "mode": row.mode,
        "created_at": row.created_at.isoformat(),
        "updated_at": row.updated_at.isoformat(),
        "facts": cipher.open("case_record", "facts", case_id, row.facts_sealed),
        "dialogue": cipher.open("case_record", "dialogue", case_id, row.dialogue_sealed),
        "consents": [
            {
                "purpose": consent.purpose,
                "version": consent.version,
                "text": consent.text,
                "text_hash": consent.text_hash,
                "given_at": consent.given_at.isoformat(),
                "withdrawn_at": consent.withdrawn_at and consent.withdrawn_at.isoformat(),
            }
            for consent in consents.all_of(session, cipher, case_id)
        ],
        "turns": [
            {"author": turn.author, "at": turn.created_at.isoformat(), **turn.body}
            for turn in turns.list_in(session, cipher, case_id)
        ],
        "assessments": [
            {
                "at": assessment.created_at.isoformat(),
                "on": assessment.on_date.isoformat(),
                **cipher.open("assessment", "result", assessment.id, assessment.result_sealed),
            }
            for assessment in session.scalars(
                select(AssessmentRow)
                .where(AssessmentRow.case_id == case_id)
                .order_by(AssessmentRow.created_at, AssessmentRow.id)
            )
        ],
        "journal": [
            {"at": entry.at.isoformat(), "actor": entry.actor, "event": entry.event, **_facts_of(entry, cipher)}
            for entry in session.scalars(
                select(JournalRow).where(JournalRow.subject == case_id).order_by(JournalRow.id)
            )
        ],
        **{name: section(session, keyring, case_id) for name, section in sorted(_sections.items())},
    }


def _facts_of(entry: JournalRow, cipher: Cipher) -> dict[str, Any]:
    """Which answers an entry was about: their names are sealed under the key of the case (cases/service.py)."""
    names = json.loads(entry.detail).get("names")
    if names is None:
        return {}
    return dict(cipher.open("journal", "facts", entry.subject, base64.b64decode(names)))
