"""``rientro up --scaled``: the product as several processes of each kind, on PostgreSQL and Redis.

One machine stands for many: every gateway, action server, engine and worker is a process of its own that shares nothing
with its twins but the two stores and the keys, as in ``deploy/``.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from sqlalchemy import make_url

from cli import supervision
from cli.supervision import BOT_PYTHON, Program, bot_environment
from settings.config import Settings

# Ports from the public one: the shared ones are those of the single processes, each process has one more of its own.
GATEWAYS, ENGINES, GATEWAY_FIGURES, WORKER_FIGURES, ACTION_SERVERS = 10, 20, 30, 40, 50
MOST = 9


@dataclass(frozen=True)
class Scale:
    """How many processes of each kind."""

    gateways: int = 2
    actions: int = 2
    bots: int = 2
    workers: int = 2


class NotScalable(Exception):
    """What is missing, in words for the person at the terminal."""


def check(settings: Settings, scale: Scale) -> None:
    """Whether these settings can carry several processes.

    :raises NotScalable: without PostgreSQL and Redis, or with a number of processes that does not fit.
    """
    if make_url(str(settings.database_url)).get_backend_name() != "postgresql" or not settings.redis_url:
        raise NotScalable(
            "Con più processi servono PostgreSQL e Redis. Indichi RIENTRO_DATABASE_URL (postgresql://...) e "
            "RIENTRO_REDIS_URL (redis://...). Le istruzioni sono in docs/operations.md."
        )
    for name, count in vars(scale).items():
        if not 1 <= count <= MOST:
            raise NotScalable(f"Per ogni tipo di processo si va da 1 a {MOST}: {name}={count} non va bene.")


def engine_urls(settings: Settings, scale: Scale) -> list[str]:
    """Address of each dialogue engine."""
    return [f"http://127.0.0.1:{settings.port + ENGINES + number}" for number in range(scale.bots)]


def gateway_urls(settings: Settings, scale: Scale) -> list[str]:
    """Address of each gateway alone; the public port reaches any of them."""
    return [f"http://127.0.0.1:{settings.port + GATEWAYS + number}" for number in range(scale.gateways)]


def programs(settings: Settings, scale: Scale) -> list[Program]:
    """The processes of the topology, in the order in which they are started; they are stopped in the other."""
    serve = [sys.executable, "-m", "cli.serve"]
    shared = {"RIENTRO_BOT_URLS": ",".join(engine_urls(settings, scale))}
    found = []
    for number in range(scale.actions):
        port = settings.port + ACTION_SERVERS + number
        found.append(
            Program(
                f"actions-{number}",
                [*serve, "actions.server:app", "--port", str(port), "--shared-port", str(settings.actions_port)],
                port=port,
                health=f"http://127.0.0.1:{port}/health",
                extra=shared,
            )
        )
    for number in range(scale.bots):
        port = settings.port + ENGINES + number
        folder = settings.bot_dir / str(number)
        own = {
            "HOME": str(folder),
            "RIENTRO_BOT_PORT": str(port),
            "RIENTRO_BOT_DIR": str(folder),
            "RIENTRO_BOT_KEY_FILE": str(folder / "tracker.key"),
        }
        found.append(
            Program(
                f"bot-{number}",
                [str(BOT_PYTHON), "-m", "bot.serve", f"bot-{number}"],  # the name tells it from its twins
                port=port,
                health=f"http://127.0.0.1:{port}/webhooks/rientro/health",
                environment=bot_environment(settings) | own,
            )
        )
    for number in range(scale.workers):
        figures = {"RIENTRO_WORKER_METRICS_PORT": str(settings.port + WORKER_FIGURES + number)}
        found.append(supervision.worker(settings, f"worker-{number}", shared | figures))
    for number, url in enumerate(gateway_urls(settings, scale)):
        port = settings.port + GATEWAYS + number
        ports = ["--port", str(port), "--shared-port", str(settings.port), "--host", settings.host]
        found.append(
            Program(
                f"web-{number}",
                [*serve, "web.app:app", *ports],
                port=port,
                health=f"{url}/health/live",
                extra=shared | {"RIENTRO_METRICS_PORT": str(settings.port + GATEWAY_FIGURES + number)},
            )
        )
    return found
