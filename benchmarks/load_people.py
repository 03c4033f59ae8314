"""The people of :mod:`benchmarks.load`, as Locust runs them; the plan comes in the variable ``RIENTRO_LOAD``.

A person opens the chat page and a conversation, keeps the page's stream of events open, reads each answer and replies:
seven times out of ten by a button among those offered, else in words of their own. After a dozen turns another one comes.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import socket
import statistics
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import gevent
import psutil
from locust import FastHttpUser, LoadTestShape, events, task

PLAN: dict[str, Any] = json.loads(os.environ["RIENTRO_LOAD"])
TURN = "turn"
BUTTON_SHARE = 0.7
# Seconds to read the answer and press a button, or to write; stretched by the plan's `pauses`.
READ, WRITE = (3.0, 10.0), (8.0, 25.0)
TURNS = (8, 16)

TEXTS = [
    "ho finito la chemio a marzo, sono rientrata al lavoro da poco",
    "ho il 75% di invalidità civile",
    "abito a Sesto San Giovanni e lavoro a Monza",
    "sono a tempo indeterminato, part time",
    "sono stata in malattia sette mesi di fila",
    "non lo so",
    "sì",
    "no",
    "ho 52 anni",
    "mi hanno messo in cassa integrazione straordinaria",
    "sono iscritta al collocamento mirato di Milano",
    "no scusi, era il 67",
    "ma quanto danno in tutto?",
    "perché me lo chiede?",
    "quali documenti devo portare?",
    "entro quando si fa domanda?",
    "c'è un operatore vicino a Lodi?",
    "non ho capito la domanda",
]
# Choices that end the story, or leave it for a person of flesh and blood.
AVOIDED = ("/delete_data", "/restart", "/ask_human", "/open_referral", "/riprova", "/goodbye")


class Person(FastHttpUser):
    """Somebody in the chat."""

    host = PLAN["host"]
    network_timeout = 30.0
    connection_timeout = 10.0

    def on_start(self) -> None:
        """People do not come all at the same moment."""
        self._stream: socket.socket | None = None
        gevent.sleep(random.uniform(0, PLAN["settle"] * 0.5))

    def on_stop(self) -> None:
        """Close the tab."""
        self._close_tab()

    @task
    def converse(self) -> None:
        """One conversation, from the first page to the last answer."""
        self.client.get("/", name="page")
        headers = {"Accept": "application/json"}
        with self.client.post(
            "/api/v1/chat/sessions", json={"role": "cittadino"}, name="open", headers=headers, catch_response=True
        ) as opened:
            if opened.status_code != 201:
                opened.failure(f"open {opened.status_code}")
                gevent.sleep(2)
                return
            content = opened.json()
        path = f"/api/v1/chat/sessions/{content['session']}"
        self._open_tab(path, content["token"])
        payload: str | None = "/affirm"
        for _ in range(random.randint(*TURNS)):
            if payload is None or random.random() > BUTTON_SHARE:
                self._pause(WRITE)
                body = {"text": random.choice(TEXTS)}
            else:
                self._pause(READ)
                body = {"payload": payload}
            answer = self._say(path, content["token"], body)
            if answer is None:
                break
            payload = _button_of(answer)
        self._close_tab()

    def _say(self, path: str, token: str, body: dict[str, str]) -> dict[str, Any] | None:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": secrets.token_hex(8)}
        with self.client.post(f"{path}/messages", json=body, name=TURN, headers=headers, catch_response=True) as sent:
            if sent.status_code != 200:
                sent.failure(f"turn {sent.status_code}")
                return None
            answer: dict[str, Any] = sent.json()
            if not answer["messages"] or answer["state"].get("waiting"):
                sent.failure("apology")
            return answer

    def _pause(self, span: tuple[float, float]) -> None:
        gevent.sleep(random.uniform(*span) * PLAN["pauses"])

    def _open_tab(self, path: str, token: str) -> None:
        if not PLAN["tabs"]:
            return
        address = urlsplit(PLAN["host"])
        try:
            self._stream = socket.create_connection((address.hostname or "", address.port or 80), timeout=10)
            head = f"GET {path}/events HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {token}\r\n\r\n"
            self._stream.sendall(head.encode())
            gevent.spawn(_read, self._stream)
        except OSError as error:
            events.request.fire(
                request_type="GET", name="tab", response_time=0, response_length=0, exception=error, context={}
            )

    def _close_tab(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None


def _read(stream: socket.socket) -> None:
    stream.settimeout(None)
    try:
        while stream.recv(4096):
            pass
    except OSError:
        return


def _button_of(answer: dict[str, Any]) -> str | None:
    offered = [
        button["payload"]
        for message in answer["messages"]
        for button in message.get("buttons") or []
        if not button["payload"].startswith(AVOIDED)
    ]
    return random.choice(offered) if offered else None


class Window:
    """What happened since it was opened."""

    def __init__(self) -> None:
        self.turns: list[float] = []
        self.errors: dict[str, int] = {}
        self.opened_at = time.monotonic()
        self._cpu = _cpu_seconds()
        self._own = sum(psutil.Process().cpu_times()[:2])
        psutil.cpu_percent()

    def close(self, people: int) -> dict[str, Any]:
        """The figures of a step; times in milliseconds."""
        seconds = time.monotonic() - self.opened_at
        cuts = statistics.quantiles(self.turns, n=100) if len(self.turns) > 1 else [0.0] * 99
        spent = _cpu_seconds()
        return {
            "people": people,
            "turns": len(self.turns),
            "turns_per_second": round(len(self.turns) / seconds, 2),
            "p50_ms": round(cuts[49], 1),
            "p95_ms": round(cuts[94], 1),
            "p99_ms": round(cuts[98], 1),
            "errors": sum(self.errors.values()),
            "error_kinds": dict(self.errors),
            "service_cores": {k: round((spent[k] - self._cpu.get(k, 0)) / seconds, 2) for k in spent},
            "people_cores": round((sum(psutil.Process().cpu_times()[:2]) - self._own) / seconds, 2),
            "machine_percent": psutil.cpu_percent(),
            "memory_mib": _memory(),
            "minutes": round(seconds / 60, 2),
        }


def _processes() -> list[tuple[str, psutil.Process]]:
    marks = {"web.app:app": "web", "actions.server:app": "actions", "bot.serve": "bot", "cli.worker": "worker"}
    found = []
    for child in psutil.Process(PLAN["pid"]).children(recursive=True):
        try:
            words = child.cmdline()
        except psutil.Error:
            continue
        found += [(name, child) for mark, name in marks.items() if mark in words]
    return found


def _cpu_seconds() -> dict[str, float]:
    spent: dict[str, float] = {}
    for name, process in _processes():
        try:
            spent[name] = spent.get(name, 0.0) + sum(process.cpu_times()[:2])
        except psutil.Error:
            continue
    return spent


def _memory() -> dict[str, int]:
    held: dict[str, float] = {}
    for name, process in _processes():
        try:
            held[name] = held.get(name, 0.0) + process.memory_info().rss / 2**20
        except psutil.Error:
            continue
    return {name: round(value) for name, value in held.items()}


class Staircase(LoadTestShape):
    """More and more people until turns are slow or fail, then the middle between the last two steps; or a soak."""

    def __init__(self) -> None:
        super().__init__()
        self._people = int(PLAN["start"])
        self._good, self._bad, self._refined = 0, 0, 0
        self._began = time.monotonic()
        self._settling = True
        self._results: list[dict[str, Any]] = []
        self.window = Window()
        events.request.add_listener(self._note)

    def _note(self, name: str, response_time: float, exception: BaseException | None, **_: Any) -> None:
        if exception is not None:
            kind = str(exception) if name == TURN or name == "open" else f"{name}: {type(exception).__name__}"
            self.window.errors[kind[:60]] = self.window.errors.get(kind[:60], 0) + 1
        elif name == TURN:
            self.window.turns.append(response_time)

    def tick(self) -> tuple[int, float] | None:
        """How many people there should be now; None ends the run."""
        elapsed = time.monotonic() - self._began
        if self._settling and elapsed >= PLAN["settle"]:
            self._settling, self._began = False, time.monotonic()
            self.window = Window()
        elif not self._settling and elapsed >= PLAN["hold"]:
            step = self.window.close(self._people)
            self._results.append(step)
            Path(PLAN["out"]).write_text(json.dumps(self._results), encoding="utf-8")
            if not self._next(step):
                return None
            self._settling, self._began = True, time.monotonic()
            self.window = Window()
        return self._people, max(2.0, self._people / max(1.0, PLAN["settle"] * 0.5))

    def _next(self, step: dict[str, Any]) -> bool:
        """Choose the next number of people; False when all is known."""
        if PLAN["steps"]:  # a soak: the same people, window after window
            return len(self._results) < PLAN["steps"]
        held = step["errors"] == 0 and step["p95_ms"] < PLAN["p95"]
        if held:
            self._good = max(self._good, self._people)
        else:
            self._bad = min(self._bad or self._people, self._people)
        if not self._bad:
            self._people = max(self._people + 1, round(self._people * PLAN["growth"]))
            return self._people <= PLAN["most"]
        self._refined += 1
        self._people = (self._good + self._bad) // 2
        return self._refined <= PLAN["refinements"] and self._good < self._people < self._bad
