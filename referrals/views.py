"""What callers see of a referral: plain values, detached from the database."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import JournalRow
from referrals.directory import SiteMatch, site_match
from referrals.directory_models import SiteRow
from referrals.models import ReferralRow
from referrals.states import REASONS


@dataclass(frozen=True)
class Opened:
    """What the person receives on opening. ``operator`` is its name."""

    code: str
    pin: str
    state: str
    operator: str
    site: SiteMatch


@dataclass(frozen=True)
class Step:
    """One step of a referral's life. ``by`` is the kind of actor; ``reason`` is Italian."""

    state: str
    at: datetime
    by: str
    reason: str | None


@dataclass(frozen=True)
class Referral:
    """A referral at one moment. ``next_code``: the attempt that followed, if any."""

    id: str
    code: str
    case_id: str | None
    state: str
    measure: str
    operator: str
    operator_id: str
    site: SiteMatch
    attempt: int
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None
    expires_at: datetime | None
    reason: str | None
    ruleset: str | None
    contact_after_taking: bool
    next_code: str | None = None
    steps: tuple[Step, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        """The public shape (``state.referral`` and ``GET /referrals/{code}``): no personal datum."""
        return {
            "code": self.code,
            "state": self.state,
            "operator": self.operator,
            "site": self.site.name,
            "measure": self.measure,
            "created_at": self.created_at.isoformat(),
            "updated_at": self.updated_at.isoformat(),
            "reason": self.reason,
            "next_code": self.next_code,
            "steps": [{"state": s.state, "at": s.at.isoformat(), "by": s.by, "reason": s.reason} for s in self.steps],
        }


def referral_in(session: Session, row: ReferralRow) -> Referral:
    """The view of one row, with its history."""
    site = site_match(session.get_one(SiteRow, row.site_id), None)
    steps = tuple(
        Step(j.state or "", j.at, j.actor.partition(":")[0], REASONS.get(j.reason or ""))
        for j in session.scalars(
            select(JournalRow)
            .where(JournalRow.subject == row.id, JournalRow.state.is_not(None))
            .order_by(JournalRow.id)
        )
    )
    following = session.scalar(select(ReferralRow.code).where(ReferralRow.previous_id == row.id))
    return Referral(
        id=row.id,
        code=row.code,
        case_id=row.case_id,
        state=row.state,
        measure=row.measure,
        operator=site.operator,
        operator_id=row.operator_id,
        site=site,
        attempt=row.attempt,
        created_at=row.created_at,
        updated_at=row.updated_at,
        sent_at=row.sent_at,
        expires_at=row.expires_at,
        reason=steps[-1].reason if steps else None,
        ruleset=row.ruleset,
        contact_after_taking=row.contact_after_taking,
        next_code=following,
        steps=steps,
    )
