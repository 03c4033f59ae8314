"""The processes of the product and the supervisord configuration that keeps them alive."""

from __future__ import annotations

import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path

from settings import files
from settings.config import PROJECT_ROOT, Settings

BOT_PYTHON = PROJECT_ROOT / ".venv-bot" / "bin" / "python"
# Deliveries and periodic work give way: who waits for an answer, or for the service to start, goes first.
PEOPLE_FIRST = ("nice", "-n", "5")
# A person reads and writes for longer than uvicorn's five seconds; a message sent as the connection closes gets lost.
IDLE_SECONDS = 75
# The C library keeps free memory apart for each of many threads; two shares do for ours.
_FRUGAL = {"MALLOC_ARENA_MAX": "2"}


@dataclass(frozen=True)
class Program:
    """One supervised process.

    :param name: name in the logs and in messages.
    :param command: words of the command line.
    :param port: port it listens on, or None.
    :param health: URL that answers 200 when it is ready, or None when the port is the sign.
    :param environment: the whole environment of the process when given; else it inherits ours.
    :param extra: variables added to the environment it inherits.
    :param heartbeat: file where a process without a port gives signs of life (:mod:`settings.heartbeat`), or None.
    """

    name: str
    command: list[str]
    port: int | None = None
    health: str | None = None
    environment: dict[str, str] | None = field(default=None)
    extra: dict[str, str] = field(default_factory=dict)
    heartbeat: Path | None = None


def programs(settings: Settings) -> list[Program]:
    """The processes that `settings` ask for, in the order in which they are started."""
    python = sys.executable
    uvicorn = [python, "-m", "uvicorn", "--no-access-log", "--log-level", "warning", "--loop", "uvloop", "--ws", "none"]
    return [
        Program(
            "actions",
            [*uvicorn, "actions.server:app", "--host", "127.0.0.1", "--port", str(settings.actions_port)],
            port=settings.actions_port,
            health=f"http://127.0.0.1:{settings.actions_port}/health",
        ),
        Program(
            "bot",
            [str(BOT_PYTHON), "-m", "bot.serve"],
            port=settings.bot_port,
            health=f"http://127.0.0.1:{settings.bot_port}/webhooks/rientro/health",
            environment=bot_environment(settings),
        ),
        worker(settings, "worker"),
        Program(
            "web",
            [
                *uvicorn,
                "web.app:app",
                "--host",
                settings.host,
                "--port",
                str(settings.port),
                "--timeout-graceful-shutdown",
                "5",
                "--timeout-keep-alive",
                str(IDLE_SECONDS),
            ],
            port=settings.port,
            health=f"http://{_reachable(settings.host)}:{settings.port}/health/live",
        ),
    ]


def worker(settings: Settings, name: str, extra: dict[str, str] | None = None) -> Program:
    """A worker of that name: it stands in the command too, which tells one worker from another."""
    beats = settings.data_dir / "run" / f"{name}.beat"
    return Program(
        name,
        [*PEOPLE_FIRST, sys.executable, "-m", "cli.worker", name],
        extra=(extra or {}) | {"RIENTRO_HEARTBEAT_FILE": str(beats)},
        heartbeat=beats,
    )


def bot_environment(settings: Settings) -> dict[str, str]:
    """The dialogue engine's environment: its own files, the action server's address and nothing else of ours."""
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(settings.bot_dir),
        "PYTHONUNBUFFERED": "1",
        "RIENTRO_BOT_PORT": str(settings.bot_port),
        "RIENTRO_BOT_DIR": str(settings.bot_dir),
        "RIENTRO_BOT_MODEL": str(settings.model_dir),
        "RIENTRO_BOT_TOKEN": settings.bot_bearer(),
        "RIENTRO_BOT_CONFINEMENT": settings.bot_confinement,
        "RIENTRO_BOT_KEY_FILE": str(settings.bot_dir / "tracker.key"),
        "RIENTRO_ACTIONS_URL": str(settings.actions_url),
    }


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 (compared, not bound)


def busy_ports(settings: Settings, wanted: list[Program]) -> list[int]:
    """Ports we need that another process already holds."""
    ports = {settings.port, settings.actions_port, settings.metrics_port}
    ports |= {program.port for program in wanted if program.port}
    if settings.uses_local_mailbox:
        ports.add(settings.smtp_local_port)
    busy = []
    for port in sorted(filter(None, ports)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                busy.append(port)
    return busy


def write_configuration(settings: Settings, wanted: list[Program]) -> Path:
    """Write supervisord's configuration into the data folder.

    :param wanted: the processes to keep alive.
    :returns: path of the file; readable by its owner only, for it holds the dialogue engine's token.
    """
    run_dir = settings.data_dir / "run"
    for folder in (run_dir, settings.log_dir, settings.bot_dir):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lines = [
        "[supervisord]",
        "nodaemon=true",
        "silent=true",
        f"directory={_escape(str(PROJECT_ROOT))}",
        f"logfile={_escape(str(settings.log_dir / 'supervisord.log'))}",
        f"pidfile={_escape(str(run_dir / 'supervisord.pid'))}",
        "logfile_maxbytes=2MB",
        "logfile_backups=2",
    ]
    for order, program in enumerate(wanted, start=1):
        command = program.command
        if program.environment is not None:
            command = ["/usr/bin/env", "-i", *_words(_FRUGAL | program.environment), *command]
        lines += [
            "",
            f"[program:{program.name}]",
            "command=" + " ".join(_quote(word) for word in command),
            f"environment={_assignments(_FRUGAL | program.extra)}",
            # Stopped one after the other, last first: who talks with people lets turns end while the others still answer.
            f"priority={order}",
            "autorestart=true",
            "startsecs=2",
            "startretries=1000",
            "stopasgroup=true",
            "killasgroup=true",
            "stopwaitsecs=8",
            "redirect_stderr=true",
            f"stdout_logfile={_escape(str(settings.log_dir / (program.name + '.log')))}",
            "stdout_logfile_maxbytes=5MB",
            "stdout_logfile_backups=3",
        ]
    path = run_dir / "supervisord.conf"
    files.write_whole(path, ("\n".join(lines) + "\n").encode())
    return path


def _words(values: dict[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in values.items()]


def _assignments(values: dict[str, str]) -> str:
    return ",".join(f'{name}="{_escape(value)}"' for name, value in values.items())


def _escape(word: str) -> str:
    return word.replace("%", "%%")


def _quote(word: str) -> str:
    word = _escape(word)
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"' if set(word) & set(" \t\"'\\;") else word
