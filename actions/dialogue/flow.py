"""One turn from beginning to end: read the case, let a topic answer, write once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import texts
from actions.dialogue import (
    callback,
    confirmations,
    consent,
    corrections,
    counting,
    courtesy,
    emergency,
    fallback,
    people,
    privacy,
    questions,
    referral_after,
    referral_flow,
    requirements,
    side_questions,
    summary,
    takeaway,
    verdict,
    wording,
)
from actions.dialogue.turn import Message, Turn
from actions.dialogue.understanding import Understood
from cases.db import writing
from cases.errors import CaseNotFound, StaleCase

if TYPE_CHECKING:
    from actions.services import Services

_ATTEMPTS = 3


@dataclass(frozen=True)
class Reply:
    """What a turn says. ``awaiting``: a question is open, so the next message may be its answer."""

    messages: list[Message]
    awaiting: bool


def answer(turn: Turn) -> None:
    """A message that answers something: a confirmation, the consent, a step of a referral, the summary, a fact."""
    if turn.question == consent.HEALTH:
        if not consent.answer(turn):
            _before_consent(turn)
    elif isinstance(turn.understood.choices.get(consent.HEALTH), bool):
        consent.answer(turn)  # a change of mind, at any moment
    elif turn.phase == "invio":
        referral_flow.answer(turn)
    elif turn.question == summary.QUESTION:
        summary.answer(turn)
    elif turn.question is not None or turn.phase == "raccolta":
        questions.answer(turn)
    else:
        _after_result(turn)


def _before_consent(turn: Turn) -> None:
    from actions.dialogue import intake

    taken = intake.take(turn, turn.understood.facts)
    if taken.anything or turn.understood.intent in ("inform", "dont_know"):
        consent.still_needed(turn)
    else:
        fallback.not_understood(turn)


def _after_result(turn: Turn) -> None:
    """No question is open: new facts change the result, a yes or a no answers what was offered last."""
    from actions.dialogue import choices, intake

    taken = intake.take(turn, turn.understood.facts)
    if taken.anything:
        intake.report(turn, taken)
        if taken.taken:
            questions.proceed(turn)
        else:
            if taken.same and turn.dialogue["result_seen"]:
                turn.say("esito.gia_considerato", dati=wording.pairs(turn, taken.same))
            choices.offer(turn)
    elif turn.understood.intent == "affirm" and turn.dialogue.get("referral"):
        referral_flow.already_sent(turn)
    elif turn.understood.intent in ("affirm", "deny", "dont_know"):
        turn.say("cortesia.niente_di_aperto")
        choices.offer(turn)
    else:
        fallback.not_understood(turn)


# What each custom action does; the rules of data/rules choose among them.
TOPICS: Mapping[str, Callable[[Turn], None]] = {
    "risposta": answer,
    "requisiti": requirements.answer,
    "domanda_laterale": side_questions.answer,
    "spiega_domanda": side_questions.why,
    "spiega_risultato": verdict.explain,
    "correggi": corrections.correct,
    "indietro": corrections.go_back,
    "ricomincia": corrections.restart,
    "apri_segnalazione": referral_flow.request,
    "stato_segnalazione": referral_after.ask_status,
    "annulla_segnalazione": referral_after.cancel,
    "segnala_paziente": referral_after.from_doctor,
    "persona": people.ask_human,
    "reclamo": people.complain,
    "emergenza": emergency.answer,
    "riservatezza": privacy.explain,
    "cancella_dati": privacy.erase,
    "identita": privacy.identity,
    "saluti": courtesy.answer,
    "fuori_tema": fallback.out_of_scope,
    "non_capito": answer,
}

# Topics that read answers; for the others a doubtful intent is asked back.
_ANSWERS = frozenset({"risposta", "non_capito", "correggi", "saluti"})

# Topics that must be heard whatever else is going on.
_ALWAYS = frozenset({"emergenza", "persona", "cancella_dati", "reclamo"})


def handle(
    case_id: str,
    topic: str,
    understood: Understood,
    message_id: str | None,
    services: Services,
    now: dt.datetime,
    today: dt.date,
) -> Reply:
    """Answer one message.

    The same ``message_id`` twice in a row gives the same answer and changes nothing: the engine may retry.

    :param topic: a key of :data:`TOPICS`.
    :raises cases.errors.StaleCase: the case kept changing under our hands.
    """
    for attempt in range(_ATTEMPTS):
        try:
            return _attempt(case_id, topic, understood, message_id, services, now, today)
        except StaleCase:
            if attempt + 1 == _ATTEMPTS:
                raise
        except CaseNotFound:
            message = {"text": texts.say("riservatezza.cancellato"), "custom": {"erased": True}}
            return Reply([message], awaiting=False)
    raise AssertionError("unreachable")


def _attempt(
    case_id: str,
    topic: str,
    understood: Understood,
    message_id: str | None,
    services: Services,
    now: dt.datetime,
    today: dt.date,
) -> Reply:
    record = services.cases.get(case_id)
    last: dict[str, Any] = record.dialogue.get("last") or {}
    if message_id is not None and last.get("id") == message_id:
        return Reply(last["messages"], last["awaiting"])
    if record.mode == "person":
        return Reply([{"text": texts.say("fraintesi.modo_persona", record.role)}], awaiting=False)
    turn = Turn(record, understood, services, now, today)
    if topic in _ALWAYS:
        TOPICS[topic](turn)
    elif not confirmations.answer(turn):
        _route(turn, topic)
    awaiting = turn.question is not None or bool(turn.dialogue.get("confirm"))
    if not turn.erased:
        turn.dialogue["last"] = {"id": message_id, "messages": turn.messages, "awaiting": awaiting}
        with writing(services.cases.session_factory) as session:
            counting.count_in(session, turn)
            services.cases.update_in(
                session,
                case_id,
                now,
                "bot",
                facts=turn.changed_facts(),
                forget=turn.forgotten_facts(),
                dialogue=turn.dialogue,
                version=record.version,
            )
            if turn.shown is not None:
                services.cases.record_assessment_in(session, case_id, turn.shown, today, now)
            people.queue_in(session, turn)
    return Reply(turn.messages, awaiting and not turn.erased)


def _route(turn: Turn, topic: str) -> None:
    """Let the topic answer; a value for the open question is an answer whatever the intent seemed to be."""
    if callback.is_pending(turn) and callback.answer(turn, topic):
        return
    if takeaway.is_pending(turn) and takeaway.answer(turn, topic):
        return
    if takeaway.wanted(turn):
        return
    if topic in ("risposta", "non_capito") and corrections.is_meant(turn):
        corrections.correct(turn)
        return
    if topic not in ("risposta", "non_capito") and referral_flow.answers_step(turn):
        referral_flow.answer(turn)
        return
    if referral_flow.names_operator(turn):
        referral_flow.start(turn)
        return
    if topic not in _ANSWERS and not turn.understood.is_likely and not turn.understood.facts:
        fallback.what_did_you_mean(turn)
        return
    if _answers_open_question(turn) and topic not in ("risposta", "correggi", "indietro"):
        if topic == "domanda_laterale" and turn.understood.is_sure:
            TOPICS[topic](turn)
        else:
            answer(turn)
        return
    TOPICS[topic](turn)


def _answers_open_question(turn: Turn) -> bool:
    return turn.question is not None and turn.question in turn.understood.facts
