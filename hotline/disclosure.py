"""What the hotline holds about a person, for their export; and what is forgotten by itself."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import export, retention
from cases.keys import Keyring
from hotline import notes, presence, viewing
from hotline.models import CallbackRow, CallerRow, HandlingRow
from hotline.outcomes import OUTCOMES


def export_in(session: Session, keyring: Keyring, case_id: str) -> dict[str, Any]:
    """Caller, contacts, callbacks and notes of one case."""
    caller = session.get(CallerRow, case_id)
    cipher = keyring.cipher(case_id)
    handlings = session.scalars(
        select(HandlingRow).where(HandlingRow.case_id == case_id).order_by(HandlingRow.started_at, HandlingRow.id)
    )
    callbacks = session.scalars(
        select(CallbackRow).where(CallbackRow.case_id == case_id).order_by(CallbackRow.created_at, CallbackRow.id)
    )
    return {
        "caller": cipher.open("hotline_caller", "sealed", case_id, caller.sealed) if caller else None,
        "contacts": [
            {
                "channel": row.channel,
                "started_at": row.started_at.isoformat(),
                "ended_at": row.ended_at and row.ended_at.isoformat(),
                "outcome": row.outcome and OUTCOMES[row.outcome].label,
            }
            for row in handlings
        ],
        "callbacks": [{"at": row.starts_at.isoformat(), "state": row.state} for row in callbacks],
        "notes": [
            {"at": note.created_at.isoformat(), "text": note.text}
            for note in notes.of_case_in(session, keyring, case_id)
        ],
    }


export.register("hotline", export_in)
retention.register("hotline_presence", presence.purge_in)
retention.register("hotline_views", viewing.purge_in)
