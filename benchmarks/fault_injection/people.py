"""People in conversation: each opens a chat, answers by button, confirms a referral, and begins again.

They do what the chat page does: every message has an Idempotency-Key, one that got no answer is sent again with the same
key, and after a failure the conversation is read anew. Every answer, apology and silence is counted.
"""

from __future__ import annotations

import json
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

import eligibility
from tests.dialogue.people import WORKER

#: What a person says of themselves; everything else they do not know.
FACTS = {**WORKER, "comune": "Monza", "provincia": "MB"}
ANSWER_SECONDS = 30.0
PAUSE_SECONDS = 0.5
_MOST_STEPS = 60


@dataclass
class Ledger:
    """What all the people saw. ``confirmed``: code by conversation; ``faults``: what nobody should ever see."""

    counts: Counter[str] = field(default_factory=Counter)
    confirmed: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    longest_wait: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str) -> None:
        """One more of ``what``."""
        with self._lock:
            self.counts[what] += 1

    def waited(self, seconds: float) -> None:
        """How long a message took to be answered for good."""
        with self._lock:
            self.longest_wait = max(self.longest_wait, seconds)

    def problem(self, text: str) -> None:
        """Something that must not happen."""
        with self._lock:
            self.problems.append(text)

    def confirm(self, session: str, code: str) -> None:
        """A person was shown the code of a referral."""
        with self._lock:
            self.confirmed[session] = code


class GivenUp(Exception):
    """The person waited far longer than anybody would."""


class Person(threading.Thread):
    """One who talks until told to stop, and then finishes the conversation under way."""

    def __init__(self, base_url: Callable[[], str], ledger: Ledger, phone: str, patience_seconds: float) -> None:
        """
        :param base_url: address of the service, asked before each request: it may move when the service restarts.
        :param phone: number that every apology must hold.
        :param patience_seconds: how long one message may stay unanswered before it counts as a failure.
        """
        super().__init__(daemon=True)
        self._base_url = base_url
        self._ledger = ledger
        self._phone = "".join(phone.split())
        self._patience = patience_seconds
        # Somebody else in each conversation, at home somewhere else: what one contact, network or office may take in a
        # day is bounded (cases/budgets.py), and this is not about those bounds.
        home = f"127.{random.randint(1, 254)}.{random.randint(1, 254)}.{random.randint(1, 254)}"
        transport = httpx.HTTPTransport(local_address=home)
        self._http = httpx.Client(timeout=ANSWER_SECONDS, trust_env=False, transport=transport)
        self._number = ""
        self.stop = threading.Event()
        self.talking = False

    def run(self) -> None:
        """Talk, again and again."""
        while not self.stop.is_set():
            self.talking = True
            try:
                self._conversation()
            except GivenUp as given_up:
                self._ledger.problem(str(given_up))
            self.talking = False
        self._http.close()

    def _conversation(self) -> None:
        self._number = f"333 {random.randint(1_000_000, 9_999_999)}"
        opened = self._until_answered(
            "opening a conversation", lambda: self._post("/chat/sessions", {"role": "cittadino"})
        )
        session = opened["session"]
        # Another browser each time: only the token says who speaks.
        self._http.cookies.clear()
        self._http.headers["Authorization"] = f"Bearer {opened['token']}"
        self._ledger.count("conversations")
        state, messages, said = opened["state"], opened["messages"], 0
        for _ in range(_MOST_STEPS):
            if state.get("referral"):
                self._ledger.confirm(session, state["referral"]["code"])
                break
            state, messages = self._say(session, self._next(session, state, messages))
            said += 1
        else:
            self._ledger.problem(f"a conversation did not end after {_MOST_STEPS} messages")
        shown = self._read(session)["messages"]
        own = sum(message["author"] == "persona" for message in shown)
        if own != said:
            self._ledger.problem(f"{said} messages were sent, the conversation holds {own}")
        self._ledger.count("conversations ended")

    def _next(self, session: str, state: dict[str, Any], messages: list[dict[str, Any]]) -> dict[str, str]:
        pending = (state.get("pending_question") or {}).get("fact")
        if pending == "operatore":
            return {"payload": self._some_site(session, messages)}
        if pending == "nome":
            return {"text": "Ada Prova"}
        if pending == "recapito":
            return {"text": self._number}
        if pending in eligibility.load().facts:
            value = FACTS.get(pending)
            return {"payload": "/dont_know" if value is None else "/inform" + json.dumps({pending: value})}
        if pending or not state.get("assessments"):
            return {"payload": "/affirm"}
        return {"payload": "/open_referral"}

    def _some_site(self, session: str, messages: list[dict[str, Any]]) -> str:
        for known in (messages, self._read(session)["messages"]):
            for message in reversed(known):
                if (message.get("card") or {}).get("kind") == "operatori":
                    return str(random.choice(message["card"]["sites"])["payload"])
        return "/ask_operator_near"

    def _say(self, session: str, body: dict[str, str]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Send one message and do not rest before it is answered."""
        key, path, began = uuid.uuid4().hex, f"/chat/sessions/{session}/messages", time.monotonic()
        self._ledger.count("messages")
        answer = self._until_answered("a message", lambda: self._post(path, body, key))
        troubled = False
        while answer["state"].get("waiting"):
            # Stored, not yet understood: the apology offers to try again, as its button does.
            troubled = True
            self._apology(" ".join(str(message.get("text")) for message in answer["messages"]) or self._phone)
            self._breathe(began, "a message that waits")
            answer = self._until_answered("a retry", lambda: self._post(path, {"payload": "/riprova"}))
        self._ledger.count("answered after an apology" if troubled else "answered")
        self._ledger.waited(time.monotonic() - began)
        if troubled:
            answer = self._read(session)
        return answer["state"], answer["messages"]

    def _read(self, session: str) -> dict[str, Any]:
        return self._until_answered("reading", lambda: self._http.get(self._address(f"/chat/sessions/{session}")))

    def _until_answered(self, what: str, send: Callable[[], httpx.Response]) -> dict[str, Any]:
        began = time.monotonic()
        while True:
            try:
                response = send()
            except httpx.HTTPError:
                self._ledger.count("service out of reach")  # the page itself shows the number then
            else:
                if response.status_code < 300:
                    return response.json()
                if response.status_code in (401, 404):
                    raise GivenUp(f"{what}: the conversation was forgotten ({response.status_code})")
                self._apology(response.text)
            self._breathe(began, what)

    def _apology(self, text: str) -> None:
        with_number = self._phone in "".join(text.split())
        self._ledger.count("apologies" if with_number else "apologies without number")
        if not with_number:
            self._ledger.problem(f"an answer without a telephone number: {text[:200]}")

    def _breathe(self, began: float, what: str) -> None:
        if time.monotonic() - began > self._patience:
            raise GivenUp(f"{what} was not answered in {self._patience:.0f} s")
        time.sleep(PAUSE_SECONDS)

    def _post(self, path: str, body: dict[str, str], key: str | None = None) -> httpx.Response:
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        return self._http.post(self._address(path), json=body, headers=headers)

    def _address(self, path: str) -> str:
        return f"{self._base_url()}/api/v1{path}"
