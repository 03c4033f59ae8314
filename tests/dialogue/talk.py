"""Two ways of holding the same conversation: with the dialogue alone, or with the whole running service."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import uuid
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

import dialogue
import eligibility
from dialogue.services import Services

# The rules of data/rules say which action follows an intent; the direct talk reads them, so that both ways agree.
from tests.dialogue.rules import topic_of


@dataclass
class Heard:
    """What came back from one message."""

    texts: list[str]
    buttons: list[dict[str, str]]
    cards: list[dict[str, Any]]
    state: dict[str, Any] | None

    @property
    def text(self) -> str:
        """Everything said, in one string."""
        return "\n".join(self.texts)

    @property
    def pending(self) -> str | None:
        """The open question."""
        question = (self.state or {}).get("pending_question")
        return question["fact"] if question else None

    @property
    def verdicts(self) -> dict[str, str]:
        """Verdict by measure."""
        return {a["measure"]: a["verdict"] for a in (self.state or {}).get("assessments", [])}


class Talk(Protocol):
    """A conversation that goes on."""

    def say(self, text: str, intent: str | None = None, facts: dict[str, Any] | None = None) -> Heard:
        """Write ``text``; the direct way takes what it means from ``intent`` and ``facts``."""
        ...

    def press(self, payload: str) -> Heard:
        """Press a button."""
        ...


def heard(messages: list[dict[str, Any]], state: dict[str, Any] | None) -> Heard:
    """Gather the messages of one turn."""
    return Heard(
        [message["text"] for message in messages],
        [button for message in messages for button in message.get("buttons") or ()],
        [card for message in messages if (card := message.get("card") or message.get("custom"))],
        state,
    )


@dataclass
class DirectTalk:
    """The dialogue with real cases, rules and referrals, and no language model."""

    services: Services
    role: str
    now: dt.datetime
    network: str | None = None  # of a stranger; without, the conversation is one that an account began
    opening: Heard = field(init=False)

    def __post_init__(self) -> None:
        self._numbers = itertools.count()
        record = self.services.cases.open(self.role, self.now, self.network)
        self.case_id = record.id
        self.opening = heard(dialogue.opening(record, self.services.cases, self.now), None)

    def send(self, understood: dialogue.Understood, message_id: str | None = None) -> Heard:
        """Hand over a message that was understood like this."""
        reply = dialogue.handle(
            self.case_id,
            topic_of(understood.intent),
            understood,
            message_id or f"messaggio-{next(self._numbers)}",
            self.services,
            self.now,
            self.now.date(),
        )
        return heard(reply.messages, self.state())

    def say(self, text: str, intent: str | None = None, facts: dict[str, Any] | None = None, **more: Any) -> Heard:
        """See :class:`Talk`."""
        fact_ids = eligibility.load().facts
        found = dialogue.sort_entities((facts or {}).items(), fact_ids)
        read = dialogue.Understood(intent or "inform", more.pop("confidence", 0.9), text, *found, **more)
        return self.send(read)

    def press(self, payload: str) -> Heard:
        """See :class:`Talk`."""
        intent, brace, values = payload.removeprefix("/").partition("{")
        entities = json.loads(brace + values) if brace else {}
        found = dialogue.sort_entities(entities.items(), eligibility.load().facts)
        return self.send(dialogue.Understood(intent, 1.0, payload, *found))

    def state(self) -> dict[str, Any] | None:
        """The public state; None once erased."""
        from cases.errors import CaseNotFound

        try:
            record = self.services.cases.get(self.case_id)
        except CaseNotFound:
            return None
        referral = self.services.referrals.for_case(self.case_id)
        return dialogue.public_state(record, self.now.date(), referral.to_dict() if referral else None)


class ApiTalk:
    """A conversation through the public API of a running service."""

    def __init__(self, base_url: str, role: str, transport: httpx.BaseTransport | None = None) -> None:
        self._http = httpx.Client(base_url=f"{base_url}/api/v1", timeout=30, transport=transport)
        created = self._http.post("/chat/sessions", json={"role": role})
        created.raise_for_status()
        body = created.json()
        self.session = body["session"]
        self._http.cookies.clear()
        self._http.headers["Authorization"] = f"Bearer {body['token']}"
        self.opening = heard(body["messages"], body["state"])

    def _post(self, body: dict[str, str], key: str | None = None) -> Heard:
        answer = self._http.post(
            f"/chat/sessions/{self.session}/messages",
            json=body,
            headers={"Idempotency-Key": key or uuid.uuid4().hex},
        )
        if answer.status_code == 429:
            raise RuntimeError("the service limits the rate: raise RIENTRO_RATE_ADDRESS for this run")
        answer.raise_for_status()
        content = answer.json()
        return heard([m for m in content["messages"] if m.get("author", "bot") != "persona"], content.get("state"))

    def say(self, text: str, intent: str | None = None, facts: dict[str, Any] | None = None) -> Heard:
        """See :class:`Talk`."""
        return self._post({"text": text})

    def press(self, payload: str) -> Heard:
        """See :class:`Talk`."""
        return self._post({"payload": payload})

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()
