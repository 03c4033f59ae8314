"""The personal plan (PIP) of a referral: checked against the measure's rules, accepted once signed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cases.errors import CaseNotFound
from cases.service import Cases
from eligibility.plan import WRONG, Plan, PlanError, build_plan
from referrals.operators import OperatorSide
from referrals.screening import facts_for
from referrals.service import Referrals
from referrals.views import Referral


class PlanRefused(ValueError):
    """The plan cannot be recorded: no day of signing or a future one, or remarks that nobody confirmed."""

    DAY, REMARKS = "giorno", "osservazioni"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Check:
    """What the rules say of the services chosen; ``error`` when they cannot be read."""

    plan: Plan | None
    error: str = ""


class Plans:
    """Plans of an operator's referrals."""

    def __init__(self, referrals: Referrals, cases: Cases) -> None:
        self._referrals = referrals
        self._cases = cases

    def check(self, referral: Referral, chosen: Mapping[str, Any], today: dt.date) -> Check:
        """What the rules of the referral's measure say on ``today``.

        :param chosen: ``{service: {"hours": number | None, "amount": number | None}}``.
        """
        facts: dict[str, Any] = {}
        if referral.case_id:
            try:
                facts = self._cases.get(referral.case_id).facts
            except CaseNotFound:
                pass
        try:
            return Check(build_plan(referral.measure, chosen, today, facts_for(referral.measure, facts, today)))
        except PlanError as wrong:
            return Check(None, str(wrong))

    def sign(
        self,
        referral: Referral,
        plan: Plan,
        signed_on: dt.date | None,
        despite_remarks: bool,
        actor: str,
        now: dt.datetime,
        today: dt.date,
    ) -> Referral:
        """Record a plan that was signed, with what the rules said of it.

        :param despite_remarks: signed although the rules remark on something, and whoever records it says so.
        :raises PlanRefused: no day or a future one, remarks not confirmed.
        :raises NotAllowed, CaseNotFound: as :meth:`referrals.operators.OperatorSide.sign_plan`.
        """
        if signed_on is None or signed_on > today:
            raise PlanRefused(PlanRefused.DAY)
        wrong = plan.outcome == WRONG
        if wrong and not despite_remarks:
            raise PlanRefused(PlanRefused.REMARKS)
        kept = {**plan.to_dict(), "signed_on": signed_on.isoformat(), "despite_remarks": wrong}
        return OperatorSide(self._referrals).sign_plan(referral.code, actor, kept, now)
