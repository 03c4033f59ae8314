"""Facts that follow from others. Nothing is filled in by ``assess``: whoever collects the facts asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eligibility.places import LOMBARD_PROVINCES, provinces_of
from eligibility.ruleset import load
from eligibility.situations import implied_by


def implied(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts not given (not even as unknown) that the known ones leave no doubt about.

    * a comune whose name exists in one province only is in that province;
    * who lives in a Lombard province has residence or domicile in Lombardy;
    * who chose a situation has told what it implies (``situations.yaml``);
    * whoever never worked does not come from subordinate employment.
    """
    found = {id_: value for id_, value in implied_by(facts.get("situazione")).items() if id_ not in facts}
    if facts.get("comune") and "provincia" not in facts:
        provinces = provinces_of(facts["comune"], load().facts["provincia"].values)
        if len(provinces) == 1:
            (found["provincia"],) = provinces
    if facts.get("provincia", found.get("provincia")) in LOMBARD_PROVINCES and "residenza_lombardia" not in facts:
        found["residenza_lombardia"] = True
    if facts.get("occupazione") == "inoccupato" and "ex_subordinato" not in facts:
        found["ex_subordinato"] = False
    return found
