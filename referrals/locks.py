"""One order of locking for everyone: case, referral, messages, journal. So nobody waits in a circle."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import CaseRow
from referrals.models import ReferralRow


def lock_in(session: Session, condition: Any) -> ReferralRow | None:
    """The one referral that fulfils ``condition``, locked, and its case held in existence.

    None if there is none, or if it stopped fulfilling the condition while we waited.
    """
    case_id = session.scalar(select(ReferralRow.case_id).where(condition))
    if case_id is not None:
        session.execute(select(CaseRow.id).where(CaseRow.id == case_id).with_for_update(read=True, key_share=True))
    query = select(ReferralRow).where(condition).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()
