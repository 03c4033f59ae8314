"""The worker: delivers the outbox, runs the jobs, keeps the local mailbox. Started by ``python -m cli.worker``.

Several workers may run on one database. Stopping it (SIGTERM) finishes the messages in hand.
"""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from cases.db import SessionFactory, make_engine, make_session_factory, upgrade, writing
from cases.keys import Keyring
from referrals import delivery, failpoints, jobs, mailbox, worker_metrics
from referrals.delivery import Message, Permanent, Temporary
from referrals.senders import WebhookSender, send_email
from referrals.sms import SmsSender
from referrals.writer import Writer
from settings import clock, heartbeat, logs, metrics_server, traces
from settings.config import get_settings

IDLE_SECONDS = 1.0
JOBS_EVERY_SECONDS = 60.0
BATCH = 10


class Worker:
    """Delivers messages. ``now`` is the clock; ``local_port``: the local mailbox, None for a real server."""

    def __init__(
        self,
        session_factory: SessionFactory,
        keyring: Keyring,
        settings: Any,
        now: Callable[[], datetime] = clock.now,
        local_port: int | None = None,
    ) -> None:
        self._session_factory = session_factory
        self._keyring = keyring
        self._settings = settings
        self._now = now
        self._local_port = local_port
        self._writer = Writer(keyring, lambda: settings)
        self._webhooks = WebhookSender(session_factory, keyring, now, settings.mode == "demo")
        self._texts = SmsSender(settings)
        self.name = f"{socket.gethostname()[:32]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._log = logs.get_logger()

    async def run_once(self) -> int:
        """Deliver one batch of due messages; returns how many were taken."""
        messages = await asyncio.to_thread(self._claim)
        await asyncio.gather(*(self._deliver(message) for message in messages))
        return len(messages)

    async def drain(self) -> int:
        """Deliver until nothing is due; returns how many attempts were made."""
        total = 0
        while count := await self.run_once():
            total += count
        return total

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until ``stop`` is set, looking for work every second."""
        while not stop.is_set():
            try:
                busy = await self.run_once()
            except Exception:
                # A database that is away for a while must not end the worker.
                self._log.error("outbox_round_failed", exc_info=True)
                worker_metrics.ROUND_FAILURES.inc()
                busy = 0
            if not busy:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), IDLE_SECONDS)

    async def close(self) -> None:
        """Let go of connections."""
        await self._webhooks.close()
        await self._texts.close()

    def _claim(self) -> list[Message]:
        with writing(self._session_factory) as session:
            messages = delivery.claim_in(session, self._keyring, self.name, self._now(), BATCH)
        if messages:
            failpoints.hit("outbox.claimed")
        return messages

    async def _deliver(self, message: Message) -> None:
        failpoints.hit("outbox.before_send")
        try:
            if message.channel == "email":
                await send_email(message, self._settings, self._local_port)
            elif message.channel == "sms":
                await self._texts.send(message)
            else:
                await self._webhooks.send(message)
        except (Temporary, Permanent) as failure:
            dead = await asyncio.to_thread(self._failed, message, failure)
            worker_metrics.DELIVERIES.labels(message.channel, "fallita" if dead else "rimandata").inc()
            self._log.warning(
                "delivery_failed",
                outbox_id=message.id,
                kind=message.kind,
                attempt=message.attempt,
                reason_code=failure.code,
                state="fallito" if dead else "in_attesa",
            )
            return
        failpoints.hit("outbox.after_send")
        await asyncio.to_thread(self._delivered, message)
        worker_metrics.DELIVERIES.labels(message.channel, "riuscita").inc()
        failpoints.hit("outbox.after_mark")

    def _delivered(self, message: Message) -> None:
        with writing(self._session_factory) as session:
            delivery.delivered_in(session, self._writer, message.id, self.name, self._now())

    def _failed(self, message: Message, failure: Temporary | Permanent) -> bool:
        permanent = isinstance(failure, Permanent)
        with writing(self._session_factory) as session:
            return delivery.failed_in(
                session, self._writer, message.id, self.name, self._now(), failure.code, permanent
            )


async def main() -> None:
    """Run until told to stop."""
    stop = asyncio.Event()  # heard from the beginning: being told to stop while starting is no reason to die of it
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    settings = get_settings()
    logs.configure("worker", settings.log_level)
    log = logs.get_logger()
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    beating = asyncio.create_task(_beat(settings.heartbeat_file))  # from here on whoever watches knows it lives
    engine = make_engine(str(settings.database_url))
    if settings.migrate_on_start:
        await asyncio.to_thread(upgrade, engine)
    session_factory = make_session_factory(engine)
    worker_metrics.REGISTRY.register(worker_metrics.OutboxFigures(session_factory))
    worker_metrics.REGISTRY.register(worker_metrics.LimitFigures(session_factory))
    worker_metrics.REGISTRY.register(worker_metrics.MaintenanceFigures(session_factory))
    metrics_server.listen(worker_metrics.REGISTRY, int(settings.worker_metrics_port or 0), settings.metrics_host)
    traces.start("worker", settings)
    traces.watch_database(settings, engine)
    keyring = Keyring.open(settings.keys_dir, settings.keys_url)
    local_port, server = None, None
    if settings.uses_local_mailbox:
        local_port = int(settings.smtp_local_port or 0)
        try:
            server = mailbox.serve(session_factory, keyring, local_port, clock.now)
        except OSError:
            log.warning("mailbox_served_elsewhere", port=local_port)
    worker = Worker(session_factory, keyring, settings, local_port=local_port)
    log.info("worker_started", host=worker.name)
    try:
        await asyncio.gather(worker.run(stop), _run_jobs(jobs.Jobs(session_factory, keyring, settings), stop))
    finally:
        beating.cancel()
        await worker.close()
        if server is not None:
            server.stop()
        engine.dispose()
        log.info("worker_stopped", host=worker.name)


async def _beat(path: Path | None) -> None:
    if path is not None:
        try:
            await heartbeat.keep_beating(path)
        except OSError as error:  # then nobody watches it, and it works all the same
            logs.get_logger().warning("no_heartbeat", error_type=type(error).__name__)


async def _run_jobs(all_jobs: "jobs.Jobs", stop: asyncio.Event) -> None:
    log = logs.get_logger()
    while not stop.is_set():
        for name, job in all_jobs.all():
            try:
                count = await asyncio.to_thread(job, clock.now())
            except Exception:
                log.error("job_failed", job=name, exc_info=True)
                worker_metrics.JOB_FAILURES.labels(name).inc()
            else:
                worker_metrics.JOB_DONE.labels(name).set_to_current_time()
                if count:
                    log.info("job_done", job=name, count=count)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), JOBS_EVERY_SECONDS)
