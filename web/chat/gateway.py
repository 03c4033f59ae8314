"""The chat gateway: the way of a message from a person to the dialogue engine and back.

A message is stored before anything else happens to it, so a failure behind us costs a wait and never a word. Messages
that still wait are handed over, in order, before the next one.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dialogue
from cases import forgetting
from cases.errors import CaseNotFound
from cases.record import CaseRecord, Turn
from settings import clock
from settings.logs import get_logger
from web.chat import payloads, state, store
from web.chat.bot_client import BotReply, BotTurn, BotUnavailable
from web.chat.messages import to_message
from web.metrics import BOT_FAILURES, CHATS, TURN_SECONDS
from web.problems import Problem
from web.services import Services, in_thread

if TYPE_CHECKING:
    from referrals.views import Referral

log = get_logger()

# After so many tries with everything else in good health, the fault lies in the message: the person is told.
_MAX_TRIES = 3


@dataclass(frozen=True)
class Said:
    """What a person sent: words, or the payload of a button."""

    text: str | None = None
    payload: str | None = None


class Gateway:
    """The conversations of this deployment."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def open(self, role: str, network: str | None = None) -> tuple[str, str, dict[str, Any]]:
        """Start a conversation; needs no dialogue engine.

        :param role: ``cittadino``, ``medico`` or ``sportello``.
        :param network: where it is begun from (:func:`web.security.limits.network_of`).
        :returns: the case id, the token that opens it, and ``{"messages", "state"}``.
        """
        opened = await in_thread(self._open, role, network, clock.now(), clock.today())
        CHATS.labels(role).inc()
        return opened

    def _open(
        self, role: str, network: str | None, now: dt.datetime, today: dt.date
    ) -> tuple[str, str, dict[str, Any]]:
        cases = self._services.cases
        record = cases.open(role, now, network)
        opening = dialogue.opening(record, cases, now)
        turns = [cases.add_turn(record.id, "bot", store.body_of(message), now) for message in opening]
        life = dt.timedelta(hours=self._services.settings.session_hours)
        token = cases.issue_token(record.id, now, life)
        shown = state.build(cases.get(record.id), None, today, None, 0)
        return record.id, token, {"messages": [to_message(turn) for turn in turns], "state": shown}

    async def transcript(self, case_id: str) -> dict[str, Any]:
        """The whole conversation, for a reload, a second tab or another device.

        :raises CaseNotFound: erased in the meantime.
        """
        return await in_thread(self._transcript, case_id, clock.today())

    def _transcript(self, case_id: str, today: dt.date) -> dict[str, Any]:
        cases = self._services.cases
        turns = cases.turns(case_id)
        waiting = sum(turn.status == "pending" for turn in turns)
        referral = self._services.referrals.for_case(case_id)
        shown = state.build(cases.get(case_id), referral, today, state.understood_of(turns), waiting)
        return {"messages": [to_message(turn) for turn in turns], "state": shown}

    async def say(self, case_id: str, said: Said, key: str | None) -> dict[str, Any]:
        """Take one message of the person and return the answers to it.

        :param key: the client's Idempotency-Key; the same key gives the same answers again.
        :returns: ``{"messages", "state", "turn"}``: the assistant's messages, and the id the person's own one got.
        :raises CaseNotFound: erased in the meantime.
        :raises Problem: the key was used for another message, or earlier messages take too long.
        """
        try:
            with TURN_SECONDS.labels("pulsante" if said.payload else "testo").time():
                async with self._services.locks.hold(case_id):
                    answers = await self._say(case_id, said, key or secrets.token_hex(16))
        except TimeoutError:
            raise Problem("tempo-scaduto") from None
        finally:
            self._services.news.announce(case_id)
        return answers

    async def _say(self, case_id: str, said: Said, key: str) -> dict[str, Any]:
        now = clock.now()
        record, turn, waiting = await in_thread(self._take, case_id, said, key, now)
        if turn is not None and turn.status != "pending":
            return await in_thread(self._earlier_answer, turn, clock.today())
        answers: list[Turn] = []
        if record.mode == "person":
            if turn is None or not await in_thread(self._services.hotline.handlings.rescue, case_id, clock.now()):
                await in_thread(store.finish, self._services.cases, waiting)
                return await self._answer(case_id, turn, [], 0)
            record, answers = await in_thread(self._after_rescue, turn)
        left = len(waiting)
        content: dict[str, Any] | None = None
        for next_turn in waiting:
            try:
                if next_turn.created_at < now:
                    await self._look_before_trying_again(next_turn)
                reply = await self._ask(record, next_turn)
            except BotUnavailable as failure:
                apology, still_waiting = await self._apologise(next_turn, failure)
                left -= not still_waiting
                answers += [apology] if apology else []
                content = None
                break
            if store.tells_erasure(reply):
                await self._forget(case_id)
                told = store.unstored(reply, clock.now())
                return {"messages": told, "state": state.erased(), "turn": next_turn.id}
            left -= 1
            answers, content = await in_thread(self._keep, next_turn, reply, turn, answers, left, clock.now())
        return content or await self._answer(case_id, turn, answers, left)

    def _take(self, case_id: str, said: Said, key: str, now: dt.datetime) -> tuple[CaseRecord, Turn | None, list[Turn]]:
        """Store the incoming message; returns the case, its turn (None for a mere retry) and the turns that wait."""
        cases = self._services.cases
        if said.payload == payloads.RETRY:
            return cases.get(case_id), None, cases.pending_turns(case_id)
        record, turn, waiting = store.take(cases, case_id, said.text, said.payload, key, now)
        if turn.body.get("payload") != said.payload or (said.payload is None and turn.body.get("text") != said.text):
            raise Problem("chiave-riusata")
        return record, turn, waiting

    def _after_rescue(self, turn: Turn) -> tuple[CaseRecord, list[Turn]]:
        """The case, which the assistant answers again, and what the person was just told about it."""
        cases = self._services.cases
        later = cases.turns(turn.case_id, after=turn.seq)
        return cases.get(turn.case_id), [told for told in later if told.author == "bot"]

    async def _look_before_trying_again(self, turn: Turn) -> None:
        """A message that may have hung the engine has one more try: not while a part is still away.

        :raises BotUnavailable: a part is away.
        """
        if await in_thread(store.is_suspect, self._services.cases, turn):
            if not await self._services.readiness.is_everything_ready():
                raise BotUnavailable("connection")

    async def _ask(self, record: CaseRecord, turn: Turn) -> BotReply:
        payload = turn.body.get("payload")
        return await self._services.bot.send(
            BotTurn(
                case_id=record.id,
                message_id=turn.id,
                text=payload or payloads.as_typed(turn.body["text"]),
                role=record.role,  # type: ignore[arg-type]
                question=turn.body.get("asked"),
                result_shown=bool(turn.body.get("result_shown")),
                today=clock.today(),
            )
        )

    async def _apologise(self, turn: Turn, failure: BotUnavailable) -> tuple[Turn | None, bool]:
        """Tell the person; give a message up only when it is the message itself that cannot be answered.

        :returns: what was said, and whether the message still waits.
        """
        reason = failure.reason
        if reason != "stopped" and (reason == "connection" or not await self._services.readiness.is_everything_ready()):
            reason = store.SILENCE if reason == "timeout" else store.OUTAGE
        BOT_FAILURES.labels(failure.reason).inc()
        log.warning("turn not answered", session=turn.case_id, reason_code=failure.reason, turn=turn.id)
        return await in_thread(store.keep_apology, self._services, turn, reason, _MAX_TRIES, clock.now())

    async def _answer(self, case_id: str, turn: Turn | None, answers: list[Turn], waiting: int) -> dict[str, Any]:
        return await in_thread(self._answer_now, case_id, turn, answers, waiting, clock.today())

    def _keep(
        self, answered: Turn, reply: BotReply, turn: Turn | None, before: list[Turn], left: int, now: dt.datetime
    ) -> tuple[list[Turn], dict[str, Any]]:
        """Store the reply to a message; returns all answers so far, and what the person is shown of them.

        :param turn: the message that came last, to which the whole belongs.
        :param before: the answers so far.
        """
        kept = store.keep_reply(self._services.cases, self._services.referrals, answered, reply, now)
        answers = before + kept.turns
        return answers, _shown(kept.record, kept.referral, turn, answers, left, clock.today())

    def _answer_now(
        self, case_id: str, turn: Turn | None, answers: list[Turn], waiting: int, today: dt.date
    ) -> dict[str, Any]:
        referral = self._services.referrals.for_case(case_id)
        return _shown(self._services.cases.get(case_id), referral, turn, answers, waiting, today)

    def _earlier_answer(self, turn: Turn, today: dt.date) -> dict[str, Any]:
        """What was answered when this message came the first time."""
        cases = self._services.cases
        later = cases.turns(turn.case_id, after=turn.seq)
        answers = [answer for answer in later if answer.body.get("reply_to") == turn.id]
        return self._answer_now(turn.case_id, turn, answers, len(cases.pending_turns(turn.case_id)), today)

    async def export(self, case_id: str) -> dict[str, Any]:
        """Everything held about the person.

        :raises CaseNotFound: erased in the meantime.
        """
        return await in_thread(store.readable_export, self._services.cases, case_id)

    async def _forget(self, case_id: str) -> None:
        """Have the engines forget an erased conversation now; if one is away, the worker tries again until it has."""
        if await self._services.bot.forget(case_id):
            await in_thread(forgetting.done, self._services.cases.session_factory, case_id)
        else:
            log.warning("engine could not be told to forget yet", session=case_id)

    async def erase(self, case_id: str, actor: str = "persona") -> None:
        """Erase the case here and what the dialogue engine remembers of it.

        :param actor: who is journalled as having erased.
        :raises CaseNotFound: there was no such case any more.
        """
        async with self._services.locks.hold(case_id):
            existed = await in_thread(self._services.cases.erase, case_id, clock.now(), actor)
            await self._forget(case_id)
        self._services.news.announce(case_id)
        if not existed:
            raise CaseNotFound(case_id)


def _shown(
    record: CaseRecord,
    referral: Referral | None,
    turn: Turn | None,
    answers: list[Turn],
    waiting: int,
    today: dt.date,
) -> dict[str, Any]:
    state_now = state.build(record, referral, today, state.understood_of(answers), waiting)
    messages = [to_message(answer) for answer in answers]
    return {"messages": messages, "state": state_now, "turn": turn.id if turn else None}
