"""The public face of a case: the contract's `state`, and what the gateway tells the engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import eligibility
import texts
from dialogue.conversation import HEALTH, SUMMARY, Conversation
from dialogue.counting import OPENING
from eligibility.today import plan_for

if TYPE_CHECKING:
    from cases.record import CaseRecord

_YES_NO = ({"id": True, "label": "Sì"}, {"id": False, "label": "No"})
CONFIRMATION = "conferma"
_UNDERSTOOD = ("intent", "confidence", "facts", "acts", "safety", "uncertain")


def open_question(record: CaseRecord) -> str | None:
    """The fact or asking id that is open, in whose light the next message is read; None when none is."""
    return Conversation.of(record.dialogue).open


def result_shown(record: CaseRecord) -> bool:
    """Whether the person has seen a result and nothing is being asked: then "why" means that result."""
    conversation = Conversation.of(record.dialogue)
    return conversation.result_seen and conversation.open is None


def public_state(
    record: CaseRecord,
    today: dt.date,
    referral: Mapping[str, Any] | None = None,
    understood: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The contract's ``state``.

    :param today: the day on the Italian calendar for which the measures are assessed.
    :param referral: ``code``, ``state`` and ``operator`` of the case's newest referral, if it has one.
    :param understood: what the engine read in the last message.
    """
    conversation = Conversation.of(record.dialogue)
    measures = conversation.measures or list(eligibility.CONVERSATION_MEASURES)
    assessed = eligibility.assess(record.facts, today, measures=measures, audience=record.role)
    plan = plan_for(record.facts, today, record.role)
    state: dict[str, Any] = {
        "facts": dict(record.facts),
        "pending_question": _pending(record, conversation),
        "assessments": [assessment.to_dict() for assessment in assessed.assessments],
        "consents": _consents(record, conversation),
        "referral": {key: referral[key] for key in ("code", "state", "operator")} if referral else None,
        "mode": record.mode,
        "situation": plan.situation,
        "plan": plan.to_dict(),
    }
    if understood is not None:
        state["understood"] = {key: understood[key] for key in _UNDERSTOOD if key in understood}
    return state


def _consents(record: CaseRecord, conversation: Conversation) -> dict[str, Any]:
    shown: dict[str, Any] = {
        purpose: {
            "given": given.active,
            "version": given.version,
            "text_hash": given.text_hash,
            "given_at": given.given_at.isoformat(),
        }
        for purpose, given in record.consents.items()
    }
    if conversation.health is False:
        shown.setdefault("salute", {"given": False})
    return shown


def _pending(record: CaseRecord, conversation: Conversation) -> dict[str, Any] | None:
    asked = conversation.open
    if asked is None:
        return None
    ruleset = eligibility.load()
    if asked in ruleset.facts and asked != OPENING:
        question = eligibility.question_for(ruleset.facts[asked], record.role)
        wordings = (question.text, *question.variants)
        times = int((conversation.question or {}).get("times", 1)) - 1
        return {**question.to_dict(), "text": wordings[times % len(wordings)]}
    text = _last_words(record, conversation)
    pending: dict[str, Any] = {"fact": asked, "type": "string", "text": text, "why": _why(record, asked)}
    if asked in (HEALTH, "consenso_invio", CONFIRMATION, SUMMARY):
        pending |= {"type": "bool", "options": [dict(option) for option in _YES_NO]}
    elif asked == "operatore":
        offered = conversation.draft.get("offered") or []
        pending |= {"type": "enum", "options": [{"id": site, "label": name} for site, name in offered]}
    elif asked == OPENING:
        question = eligibility.question_for(ruleset.facts[OPENING], record.role)
        pending |= {**question.to_dict(), "text": text}
    return pending


def _last_words(record: CaseRecord, conversation: Conversation) -> str:
    messages = (conversation.last or {}).get("messages") or []
    if messages:
        return str(messages[-1]["text"])
    return texts.say("apertura.che_cosa", record.role)


def _why(record: CaseRecord, asked: str) -> str:
    if asked == HEALTH:
        return texts.say("apertura.consenso_perche", record.role)
    return texts.say(f"misure.perche_{asked}", record.role)
