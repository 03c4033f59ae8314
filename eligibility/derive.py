"""Facts that follow from others. Nothing is filled in by ``assess``: whoever collects the facts asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eligibility.places import LOMBARD_PROVINCES, provinces_of
from eligibility.ruleset import load


def implied(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts not given (not even as unknown) that the known ones leave no doubt about.

    * a comune whose name exists in one province only is in that province;
    * who lives in a Lombard province has residence or domicile in Lombardy;
    * whoever never worked does not come from subordinate employment.
    """
    found: dict[str, Any] = {}
    if facts.get("comune") and "provincia" not in facts:
        provinces = provinces_of(facts["comune"], load().facts["provincia"].values)
        if len(provinces) == 1:
            (found["provincia"],) = provinces
    if facts.get("provincia", found.get("provincia")) in LOMBARD_PROVINCES and "residenza_lombardia" not in facts:
        found["residenza_lombardia"] = True
    if facts.get("occupazione") == "inoccupato" and "ex_subordinato" not in facts:
        found["ex_subordinato"] = False
    return found
