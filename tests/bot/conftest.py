"""Fixtures of the bot's tests: a small trained model, a real Rasa server, a real action server."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from bot.train import inputs_hash  # noqa: E402
from tests.guard.places import GUARD  # noqa: E402

pytest_plugins = ["tests.guard.plugin", "tests.stages"]

START_LIMIT_SECONDS = 120
TOKEN = "a-token-for-tests"

DOMAIN = """
version: "3.1"
intents: [greet, goodbye, inform, ask_amount, affirm, deny, emergency]
entities: [invalidita_percento, eta, comune, provincia, residenza_lombardia, part_time]
slots:
  passo:
    type: text
    mappings: [{type: custom}]
actions: [action_prova]
session_config: {session_expiration_time: 0, carry_over_slots_to_new_session: true}
"""
DATA = """
version: "3.1"
nlu:
- intent: greet
  examples: |
    - ciao
    - ciao a tutti
    - ciao, ci siete
    - buongiorno
    - salve a tutti
    - buonasera
- intent: goodbye
  examples: |
    - arrivederci
    - a presto
    - ci sentiamo
    - addio e grazie
- intent: inform
  examples: |
    - ho il 75 per cento
    - abito a Monza
    - ho 54 anni
    - lavoro a Lodi
- intent: ask_amount
  examples: |
    - quanto danno?
    - quanti soldi sono
    - a quanto ammonta il contributo
    - che importo ha
- intent: affirm
  examples: |
    - sì
    - certo
    - va bene
    - esatto
- intent: deny
  examples: |
    - no
    - per niente
    - assolutamente no
    - non è così
- intent: emergency
  examples: |
    - aiuto mi sento malissimo
    - chiamate qualcuno subito
    - non respiro bene
    - mi fa male il petto
rules:
""" + "".join(
    f"- rule: {intent} is answered\n  steps:\n  - intent: {intent}\n  - action: action_prova\n"
    for intent in ("greet", "goodbye", "inform", "ask_amount", "affirm", "deny", "emergency", "nlu_fallback")
)


@dataclass
class ActionServer:
    """A real HTTP server in the place of ours; it answers what the test tells it to.

    :ivar calls: bodies received.
    :ivar answer: (status, body) of the next answers.
    """

    port: int
    calls: list[dict[str, Any]] = field(default_factory=list)
    answer: tuple[int, dict[str, Any]] = (200, {"events": [], "responses": [{"text": "Prova.\n\nSeconda riga."}]})


@pytest.fixture
def action_server(bot_server: BotServer) -> ActionServer:
    """The action server of the running bot, reset for each test."""
    bot_server.actions.calls.clear()
    bot_server.actions.answer = ActionServer(0).answer
    return bot_server.actions


@dataclass
class BotServer:
    """A running Rasa server.

    :ivar directory: where it keeps its own files.
    :ivar log: everything it printed.
    """

    port: int
    directory: Path
    log: Path
    process: subprocess.Popen[bytes]
    actions: ActionServer

    def request(self, method: str, path: str, body: Any = None, token: str | None = TOKEN) -> tuple[int, Any]:
        """Status and JSON body of a request to the channel."""
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/webhooks/rientro{path}", data=data, method=method
        )
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                raw = answer.read()
                return answer.status, json.loads(raw) if raw else None
        except urllib.error.HTTPError as error:
            raw = error.read()
            return error.code, json.loads(raw) if raw else None

    def attempt(self, expression: str) -> str:
        """What came of an expression evaluated inside the server (see ``probed_bot.py``)."""
        before = self._answers()
        assert self.process.stdin
        self.process.stdin.write(expression.encode() + b"\n")
        self.process.stdin.flush()
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if len(answers := self._answers()) > len(before):
                return answers[-1]
            time.sleep(0.01)
        raise AssertionError(f"no answer to {expression}")

    def _answers(self) -> list[str]:
        lines = self.log.read_text(errors="replace").splitlines()
        return [line.removeprefix("probe: ") for line in lines if line.startswith("probe: ")]

    def say(self, sender: str, text: str, **metadata: Any) -> dict[str, Any]:
        """The answer to a message."""
        GUARD.register.add_text(text)
        status, body = self.request("POST", "/messages", {"sender": sender, "text": text, "metadata": metadata})
        assert status == 200, body
        return body


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def small_model() -> Path:
    """A model trained on a few examples with the project's own pipeline; kept until what it is made from changes."""
    sources = (DOMAIN, DATA, inputs_hash(ROOT))
    name = hashlib.sha256("\0".join(sources).encode()).hexdigest()[:16]
    kept = ROOT / ".rientro" / "test-models"
    kept.mkdir(parents=True, exist_ok=True)
    folder = kept / name
    with (kept / ".lock").open("w") as lock:  # parallel workers and runs train it once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "whole").exists():
            _train_small(folder)
            (folder / "whole").touch()
            _forget_older(kept)
    return folder / "out"


def _train_small(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "domain.yml").write_text(DOMAIN, encoding="utf-8")
    (folder / "data.yml").write_text(DATA, encoding="utf-8")
    code = (
        "from pathlib import Path; from bot.serve import prepare_environment; prepare_environment();"
        "from bot.train import train; import sys; f = Path(sys.argv[1]);"
        "train(f / 'out', domain=f / 'domain.yml', data=f / 'data.yml')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "RASA_CACHE_DIRECTORY": str(folder / "cache")},
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def _forget_older(kept: Path, most: int = 3) -> None:
    """Keep the last few models: branches that are worked on by turns."""
    models = sorted(kept.glob("*/whole"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in models[most:]:
        shutil.rmtree(path.parent, ignore_errors=True)


@contextlib.contextmanager
def running_bot(
    model: Path, directory: Path, command: tuple[str, ...] = ("-m", "bot.serve"), **variables: str
) -> Iterator[BotServer]:
    """A real Rasa server, started as the product starts it, and a real action server beside it.

    :param command: arguments of the interpreter.
    :param variables: more environment, or other values.
    """
    actions, stop_actions = _start_actions()
    log, port = directory / "bot.log", free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(directory),
        "RIENTRO_BOT_PORT": str(port),
        "RIENTRO_BOT_DIR": str(directory),
        "RIENTRO_BOT_MODEL": str(model),
        "RIENTRO_BOT_TOKEN": TOKEN,
        "RIENTRO_BOT_KEY_FILE": str(directory / "keys" / "tracker.key"),
        "RIENTRO_ACTIONS_URL": f"http://127.0.0.1:{actions.port}",
    } | variables
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    server = BotServer(port, directory, log, process, actions)
    GUARD.watch_file(log)
    try:
        _wait_until_ready(server)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        stop_actions()


@pytest.fixture(scope="session")
def bot_server(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotServer]:
    """The server of :func:`running_bot`, shared by all the tests."""
    with running_bot(small_model, tmp_path_factory.mktemp("bot")) as server:
        yield server


@pytest.fixture(scope="session", params=["required", "hook"])
def probed_bot(
    request: pytest.FixtureRequest, small_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BotServer]:
    """A server that also tries what a test tells it to: behind the kernel's walls, and behind the audit hook alone.

    Sentinel files of other parts lie beside its folder, as in the product's data folder.
    """
    from bot.isolation import kernel

    if request.param == "required" and kernel.landlock_version() < 4:
        pytest.skip("this kernel has no Landlock with ports (Linux 6.7): only the audit hook was tested")
    data = tmp_path_factory.mktemp("dati")
    (data / "bot").mkdir()
    (data / "keys").mkdir()
    (data / "keys" / "master.key").write_bytes(b"sentinel")
    (data / "rientro.db").write_bytes(b"sentinel")
    probing = ("-c", f"import runpy; runpy.run_path({str(Path(__file__).with_name('probed_bot.py'))!r})")
    with running_bot(
        small_model, data / "bot", probing, RIENTRO_BOT_CONFINEMENT=request.param, SMTP_PASSWORD="sentinel"
    ) as server:
        yield server


def _wait_until_ready(server: BotServer) -> None:
    deadline = time.monotonic() + START_LIMIT_SECONDS
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            break
        with contextlib.suppress(OSError):
            if server.request("GET", "/health")[0] == 200:
                return
        time.sleep(0.2)
    raise AssertionError("the bot did not start:\n" + server.log.read_text()[-3000:])


def _start_actions():
    state = ActionServer(0)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            state.calls.append(body)
            status, answer = state.answer
            raw = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return state, server.shutdown
