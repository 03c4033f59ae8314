"""What a measure is: the answers to side questions, on any date, without assessing anybody."""

from __future__ import annotations

import datetime as dt
from typing import Any

from eligibility.assessment import item_dict
from eligibility.deadlines import due_label
from eligibility.rules import Criterion
from eligibility.ruleset import Ruleset, load
from eligibility.sources import cite
from eligibility.texts import check_audience, say


def describe(
    measure: str,
    on: dt.date,
    audience: str = "cittadino",
    ruleset: Ruleset | None = None,
    edition: str | None = None,
) -> dict[str, Any]:
    """Title, summary, status, window, criteria, services, amounts, documents, how to apply, and the rest.

    ``on`` decides the edition (in force, or the last one before) and pins the links of laws.
    Raises UnknownMeasure, ValueError (audience).
    """
    ruleset = ruleset or load()
    check_audience(audience)
    chosen = ruleset.edition(measure, on, edition)
    status = chosen.status(on)
    used = dict.fromkeys(id_ for criterion in chosen.criteria for id_ in criterion.sources)
    items = {name: [item_dict(ruleset, item, on, audience) for item in group] for name, group in chosen.items.items()}
    return {
        "measure": chosen.measure,
        "edition": chosen.edition,
        "editions": [known.edition for known in ruleset.measures[measure]],
        "title": chosen.title,
        "kind": chosen.kind,
        "summary": chosen.summary[audience],
        "status": status,
        "status_text": chosen.status_text.get(status, {}).get(audience),
        "window": {**chosen.window.to_dict(), "text": say(chosen.window_data["text"], audience)},
        "uncertain": [
            {**uncertain.days.to_dict(), "gap": uncertain.gap, "text": uncertain.text[audience]}
            for uncertain in chosen.uncertain
        ],
        "criteria": [_criterion(ruleset, criterion, on, audience) for criterion in chosen.criteria],
        **items,
        "how_to_apply": _how(ruleset, chosen.how_to_apply, on, audience),
        "plan": _plan(chosen.plan, audience),
        "action": chosen.action.get(audience),
        "channel": list(chosen.channel),
        "keywords": list(chosen.keywords),
        "deadlines": [
            {"id": due.id, "text": due.text[audience], "label": due_label(due, None, audience), "fact": due.start}
            for due in chosen.deadlines
        ],
        "gaps": [say(gap, audience) for gap in chosen.gaps],
        "sources": cite(ruleset.sources, dict.fromkeys([*chosen.window_data["sources"], *used]), on),
        "ruleset": ruleset.version,
    }


def _plan(plan: dict[str, Any], audience: str) -> dict[str, Any]:
    if not plan:
        return {}
    # Who is exempt from a duty is told in its words; the condition itself is the engine's business.
    duties = [{key: value for key, value in duty.items() if key != "unless"} for duty in plan["obligations"]]
    return say({**plan, "obligations": duties}, audience)


def _criterion(ruleset: Ruleset, criterion: Criterion, on: dt.date, audience: str) -> dict[str, Any]:
    return {
        "id": criterion.id,
        "text": criterion.text["sconosciuto"][audience],
        "sources": cite(ruleset.sources, criterion.sources, on),
    }


def _how(ruleset: Ruleset, how: dict[str, Any], on: dt.date, audience: str) -> dict[str, Any]:
    if not how:
        return {}
    shown = say({key: value for key, value in how.items() if key not in ("rows", "sources")}, audience)
    return {**shown, "sources": cite(ruleset.sources, how.get("sources") or (), on)}
