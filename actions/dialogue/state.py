"""The public face of a case: the contract's `state`, and what the gateway tells the engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import eligibility
import texts
from actions.dialogue import consent, summary

if TYPE_CHECKING:
    from cases.record import CaseRecord

_YES_NO = ({"id": True, "label": "Sì"}, {"id": False, "label": "No"})
CONFIRMATION = "conferma"


def open_question(record: CaseRecord) -> str | None:
    """The fact or asking id that is open, in whose light the next message is read; None when none is."""
    if record.dialogue.get("confirm"):
        return CONFIRMATION
    question = record.dialogue.get("question")
    return str(question["fact"]) if question else None


def result_shown(record: CaseRecord) -> bool:
    """Whether the person has seen a result and nothing is being asked: then "why" means that result."""
    return bool(record.dialogue.get("result_seen")) and open_question(record) is None


def public_state(
    record: CaseRecord,
    today: dt.date,
    referral: Mapping[str, Any] | None = None,
    understood: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The contract's ``state``.

    :param today: the day on the Italian calendar for which the measures are assessed.
    :param referral: ``code``, ``state`` and ``operator`` of the case's newest referral, if it has one.
    :param understood: ``intent``, ``confidence`` and ``facts`` of the last message.
    """
    measures = record.dialogue.get("measures") or list(eligibility.CONVERSATION_MEASURES)
    assessed = eligibility.assess(record.facts, today, measures=measures, audience=record.role)
    state: dict[str, Any] = {
        "facts": dict(record.facts),
        "pending_question": _pending(record),
        "assessments": [assessment.to_dict() for assessment in assessed.assessments],
        "consents": _consents(record),
        "referral": {key: referral[key] for key in ("code", "state", "operator")} if referral else None,
        "mode": record.mode,
    }
    if understood is not None:
        state["understood"] = {key: understood.get(key) for key in ("intent", "confidence", "facts")}
    return state


def _consents(record: CaseRecord) -> dict[str, Any]:
    shown: dict[str, Any] = {
        purpose: {
            "given": given.active,
            "version": given.version,
            "text_hash": given.text_hash,
            "given_at": given.given_at.isoformat(),
        }
        for purpose, given in record.consents.items()
    }
    if record.dialogue.get("health") is False:
        shown.setdefault("salute", {"given": False})
    return shown


def _pending(record: CaseRecord) -> dict[str, Any] | None:
    asked = open_question(record)
    if asked is None:
        return None
    ruleset = eligibility.load()
    if asked in ruleset.facts:
        question = eligibility.question_for(ruleset.facts[asked], record.role)
        wordings = (question.text, *question.variants)
        times = int(record.dialogue["question"].get("times", 1)) - 1
        return {**question.to_dict(), "text": wordings[times % len(wordings)]}
    pending: dict[str, Any] = {"fact": asked, "type": "string", "text": _last_words(record), "why": _why(record, asked)}
    if asked in (consent.HEALTH, "consenso_invio", CONFIRMATION, summary.QUESTION):
        pending |= {"type": "bool", "options": [dict(option) for option in _YES_NO]}
    elif asked == "operatore":
        offered = record.dialogue.get("draft", {}).get("offered") or []
        pending |= {"type": "enum", "options": [{"id": site, "label": name} for site, name in offered]}
    return pending


def _last_words(record: CaseRecord) -> str:
    messages = (record.dialogue.get("last") or {}).get("messages") or []
    if messages:
        return str(messages[-1]["text"])
    return texts.say("apertura.chiedi_consenso", record.role)


def _why(record: CaseRecord, asked: str) -> str:
    if asked == consent.HEALTH:
        return texts.say("apertura.consenso_perche", record.role)
    return texts.say(f"misure.perche_{asked}", record.role)
