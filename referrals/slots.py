"""Several times offered at once: the person gets one notice and chooses."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cases.db import writing
from referrals.appointments import PLACES, PROPOSED
from referrals.errors import NotAllowed
from referrals.models import AppointmentRow
from referrals.service import Referrals
from referrals.states import Actor, State, kind_of

MOST = 5


@dataclass(frozen=True)
class Slot:
    """A time on offer. ``place``: one of ``appointments.PLACES``."""

    starts_at: datetime
    minutes: int = 60
    place: str = "sede"


def propose(referrals: Referrals, code: str, actor: str, slots: Sequence[Slot], now: datetime) -> int:
    """Offer up to ``MOST`` times in one transaction, with one notice; how many were new.

    A time already on offer is not offered twice. Raises ``ValueError`` for no slot, a time in the past or an unknown
    place, ``NotAllowed`` when the referral is not in charge of this actor.
    """
    wrong = [s for s in slots if s.starts_at <= now or not 5 <= s.minutes <= 480 or s.place not in PLACES]
    if not slots or len(slots) > MOST or wrong:
        raise ValueError("Scelga almeno un giorno e un'ora futuri.")
    with writing(referrals.session_factory) as session:
        row = referrals.writer.row_in(session, code, lock=True)
        referrals.writer.check_owner(row, actor)
        movable = row.state in (State.PRESA_IN_CARICO, State.APPUNTAMENTO_FISSATO)
        if not movable or row.case_id is None or kind_of(actor) == Actor.PERSONA:
            raise NotAllowed(f"no appointment in state {row.state}")
        known = {
            (a.starts_at, a.place)
            for a in session.query(AppointmentRow)
            .filter_by(referral_id=row.id, status=PROPOSED)
            .order_by(AppointmentRow.id)
        }
        new = [slot for slot in dict.fromkeys(slots) if (slot.starts_at, slot.place) not in known]
        made = [
            AppointmentRow(
                id=uuid.uuid4().hex,
                referral_id=row.id,
                case_id=row.case_id,
                starts_at=slot.starts_at,
                minutes=slot.minutes,
                place=slot.place,
                status=PROPOSED,
                revision=0,
                created_at=now,
            )
            for slot in new
        ]
        if made:
            session.add_all(made)
            session.flush()
            referrals.writer.note_in(session, row, "appuntamento_proposto", actor, now, {"times": len(made)})
            referrals.writer.notices.person_in(session, row, "persona_appuntamento", now, cause=made[0].id)
        return len(made)
