"""Delivery over real SMTP and HTTP: retried, never doubled in effect, visible when given up."""

import asyncio
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import structlog
from aiosmtpd.controller import Controller
from sqlalchemy import select

from cases.db import writing
from referrals import delivery, outbox, webhooks
from referrals.contact import Preferences
from referrals.models import OutboxRow
from referrals.senders import check_webhook_url
from referrals.worker import Worker
from settings.config import Settings
from tests.cases.world import free_port


def rows(world):
    with world.factory() as session:
        return list(session.scalars(select(OutboxRow).order_by(OutboxRow.created_at, OutboxRow.kind)))


def deliver_to(world, port, worker_count=1):
    async def go():
        workers = [
            Worker(world.factory, world.keyring, world.settings, lambda: world.now, port) for _ in range(worker_count)
        ]
        try:
            return sum(await asyncio.gather(*(w.drain() for w in workers)))
        finally:
            for worker in workers:
                await worker.close()

    return asyncio.run(go())


class Server:
    """A mail server that answers as told and keeps what it accepts."""

    def __init__(self, answer="250 ok"):
        self.answer, self.kept = answer, []
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())
        self._controller.start()
        self.port = self._controller.port

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if self.answer.startswith("rcpt "):
            return self.answer.removeprefix("rcpt ")
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _server, _session, envelope):
        if self.answer.startswith("250"):
            self.kept.append(envelope.content.decode())
        return self.answer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._controller.stop()


@pytest.fixture(autouse=True)
def operators(world):
    world.with_operators()


def test_the_operator_is_written_to_and_the_referral_becomes_sent_in_the_same_moment(world):
    opened = world.a_referral()
    world.later(minutes=3)
    assert world.deliver() == 2  # the operator, then the person
    referral = world.referrals.get(opened.code)
    assert (referral.state, referral.sent_at) == ("inviata", world.now)
    assert [row.state for row in rows(world)] == ["consegnato", "consegnato"]
    mail = world.mails(to="alfa@example.org")[0]
    assert opened.code in mail.subject
    assert "https://rientro.example.org/operatori/entra#" in mail.text
    assert opened.code in world.mails(to="ada@example.org")[0].text
    assert world.deliver() == 0


def test_mails_hold_no_name_no_measure_and_no_contact(world):
    world.a_referral()
    world.deliver()
    world.run_jobs()
    for mail in world.mails():
        whole = re.sub(r"https://\S+", "", mail.subject + mail.text)  # a random secret may spell anything
        for word in ("Ada", "Prova", "333", "dote", "Dote", "ritorno", "salute", "oncolog", "invalid"):
            assert word not in whole.replace(mail.subject.split()[-1], "")


def test_every_attempt_has_the_same_message_id(world):
    world.a_referral()
    with Server("451 busy") as server:
        deliver_to(world, server.port)
        server.answer = "250 ok"
        world.later(hours=1)
        deliver_to(world, server.port)
        message = next(m for m in server.kept if "alfa@example.org" in m)
    assert f"Message-ID: <{rows(world)[0].id}@example.org>" in message
    assert rows(world)[0].attempts == 2


@pytest.mark.parametrize("answer", ["451 busy", "rcpt 452 full", "421 closing"])
def test_a_busy_server_is_tried_again_with_growing_delays_until_given_up(world, answer):
    opened = world.a_referral()
    waits = []
    with Server(answer) as server:
        while rows(world)[0].state == "in_attesa":
            world.now = max(world.now, rows(world)[0].next_at)
            assert deliver_to(world, server.port) == 1
            waits.append(rows(world)[0].next_at - world.now)
    assert len(waits) == delivery.MAX_ATTEMPTS
    growing = waits[:-1]
    assert timedelta(seconds=30) <= growing[0] <= timedelta(seconds=36)
    assert growing == sorted(growing) or max(growing) > timedelta(hours=6)
    assert timedelta(hours=6) <= growing[-1] <= timedelta(hours=7.2)
    assert sum(growing, timedelta()) > timedelta(days=1)
    assert world.referrals.get(opened.code).state == "aperta"


def test_a_server_that_is_down_is_a_temporary_failure(world):
    world.a_referral()
    deliver_to(world, free_port())
    row = rows(world)[0]
    assert (row.state, row.attempts) == ("in_attesa", 1)
    assert row.error


@pytest.mark.parametrize("answer", ["rcpt 550 no such user", "554 refused"])
def test_a_refusal_for_good_is_a_dead_letter_that_can_be_replayed(world, answer):
    opened = world.a_referral()
    with Server(answer) as server:
        deliver_to(world, server.port)
        with world.factory() as session:
            (dead,) = outbox.dead_letters(session)
        assert dead["error"] == "smtp_" + answer.removeprefix("rcpt ")[:3]
        assert "alfa@example.org" not in repr(dead)
        world.later(days=30)
        assert deliver_to(world, server.port) == 0
        with writing(world.factory) as session:
            assert outbox.replay_in(session, dead["id"], world.now)
            assert not outbox.replay_in(session, dead["id"], world.now)
        server.answer = "250 ok"
        deliver_to(world, server.port)
    assert world.referrals.get(opened.code).state == "inviata"


def test_a_dead_worker_s_message_is_taken_over_when_its_lease_ends(world):
    opened = world.a_referral()
    with writing(world.factory) as session:
        (message,) = delivery.claim_in(session, world.keyring, "dead worker", world.now)
    assert world.deliver() == 0
    world.later(minutes=6)
    assert world.deliver() == 2
    assert world.referrals.get(opened.code).state == "inviata"
    with writing(world.factory) as session:  # it was only slow, and comes back
        assert not delivery.delivered_in(session, world.referrals.writer, message.id, "dead worker", world.now)
        assert not delivery.failed_in(session, world.referrals.writer, message.id, "dead worker", world.now, "late")
    assert [s.state for s in world.referrals.get(opened.code).steps] == ["aperta", "inviata"]


def test_several_workers_share_the_work_and_double_nothing(world):
    for _ in range(30):
        world.a_referral()
    with Server() as server:
        assert deliver_to(world, server.port, worker_count=4) == 60
        ids = [line for mail in server.kept for line in mail.splitlines() if line.startswith("Message-ID")]
    assert len(ids) == len(set(ids)) == 60


def test_claiming_in_parallel_gives_each_message_to_one(world):
    for _ in range(20):
        world.a_referral()

    def claim(number):
        with writing(world.factory) as session:
            return [m.id for m in delivery.claim_in(session, world.keyring, f"w{number}", world.now, limit=3)]

    with ThreadPoolExecutor(10) as pool:
        taken = [i for ids in pool.map(claim, range(20)) for i in ids]
    assert len(taken) == len(set(taken)) == 20


def test_a_referral_cancelled_before_sending_is_never_sent(world):
    opened = world.a_referral()
    world.referrals.cancel(opened.code, "persona", world.now)
    assert world.deliver() == 0
    assert [row.state for row in rows(world)] == ["superato"]


def test_a_cancellation_that_crosses_the_sending_is_told_to_the_operator(world):
    opened = world.a_referral()
    with writing(world.factory) as session:
        (message,) = delivery.claim_in(session, world.keyring, "w", world.now)
    world.referrals.cancel(opened.code, "persona", world.now)
    with writing(world.factory) as session:
        assert delivery.delivered_in(session, world.referrals.writer, message.id, "w", world.now)
    assert world.referrals.get(opened.code).state == "annullata"
    world.deliver()
    assert [m.subject for m in world.mails(to="alfa@example.org")] == [f"Segnalazione {opened.code} annullata"]


@pytest.mark.parametrize(("channel", "mails"), [(None, 1), ("email", 1), ("telefono", 0), ("sms", 0), ("nessuno", 0)])
def test_the_person_s_channel_is_honoured(world, channel, mails):
    world.a_referral(preferences=Preferences(channel=channel))
    world.deliver()
    assert len(world.mails(to="ada@example.org")) == mails


def test_what_is_logged_of_a_failed_delivery_holds_no_address(world):
    world.a_referral()
    with structlog.testing.capture_logs() as printed:
        deliver_to(world, free_port())
    assert [entry["event"] for entry in printed] == ["delivery_failed"]
    assert "alfa" not in repr(printed)
    assert "RT-" not in repr(printed)


# --- webhooks


class Receiver(ThreadingHTTPServer):
    """An operator's system: checks signatures, refuses replays."""

    def __init__(self, secret=b"", status=200):
        self.secret, self.status, self.seen, self.acted = secret, status, [], set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.seen.append((dict(self.headers), body))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/eventi"


@pytest.fixture
def receiver(world):
    server = Receiver()
    with writing(world.factory) as session:
        secret = webhooks.set_in(session, world.keyring, "ALFA", check_webhook_url(server.url), world.now)
    server.secret = bytes.fromhex(secret)
    yield server
    server.shutdown()
    server.server_close()


def test_an_operator_s_system_gets_signed_events_without_personal_data(world, receiver):
    opened = world.a_referral()
    world.deliver()
    (headers, body), *others = receiver.seen
    assert others == []
    message_id = webhooks.verify(receiver.secret, headers, body, world.now)
    event = json.loads(body)
    assert set(event) == {"type", "code", "state", "measure", "site", "at"}
    assert (event["code"], event["state"]) == (opened.code, "aperta")
    with pytest.raises(webhooks.BadSignature):
        webhooks.verify(receiver.secret, headers, body + b" ", world.now)
    with pytest.raises(webhooks.BadSignature):
        webhooks.verify(b"other", headers, body, world.now)
    with pytest.raises(webhooks.BadSignature, match="old"):
        webhooks.verify(receiver.secret, headers, body, world.now + timedelta(minutes=6))
    with pytest.raises(webhooks.BadSignature):
        webhooks.verify(receiver.secret, {**headers, webhooks.ID: "other"}, body, world.now)
    with pytest.raises(webhooks.BadSignature):
        webhooks.verify(receiver.secret, {}, body, world.now)
    assert any(row.id == message_id for row in rows(world))


def test_a_failing_system_is_retried_with_the_same_id_and_a_fresh_timestamp(world, receiver):
    receiver.status = 503
    world.a_referral()
    world.deliver()
    receiver.status = 204
    world.later(hours=2)
    world.deliver()
    (first, _), (second, body) = receiver.seen
    assert first[webhooks.ID] == second[webhooks.ID]
    assert first[webhooks.TIMESTAMP] != second[webhooks.TIMESTAMP]
    assert webhooks.verify(receiver.secret, second, body, world.now)


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_system_that_says_never_is_a_dead_letter(world, receiver, status):
    receiver.status = status
    world.a_referral()
    world.deliver()
    assert [r.error for r in rows(world) if r.channel == "webhook"] == [f"http_{status}"]


def test_a_removed_webhook_gets_nothing_more(world, receiver):
    world.a_referral()
    with writing(world.factory) as session:
        webhooks.set_in(session, world.keyring, "ALFA", None, world.now)
    world.deliver()
    assert receiver.seen == []


def test_webhook_secrets_are_not_in_the_database_in_clear(world, receiver):
    from referrals.directory_models import OperatorRow

    with world.factory() as session:
        sealed = session.get(OperatorRow, "ALFA").webhook_secret_sealed
    assert receiver.secret not in sealed
    assert receiver.secret.hex().encode() not in sealed


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/x",
        "ftp://example.org",
        "https://10.0.0.1/x",
        "https://192.168.1.1",
        "https://user:pass@example.org",
        "boh",
        "http://169.254.169.254/latest",
    ],
)
def test_webhooks_go_only_to_public_https(url):
    with pytest.raises(ValueError, match="indirizzo"):
        check_webhook_url(url)


def test_a_real_server_s_settings_are_used(world):
    """Without the local mailbox the configured server gets the mail (plain, for this trial)."""
    world.a_referral()
    with Server() as server:
        world.settings = Settings(
            data_dir=world.folder,
            database_url=world.database,
            smtp_host="127.0.0.1",
            smtp_port=server.port,
            smtp_starttls=False,
            mail_from="Sportello <sportello@example.org>",
        )
        deliver_to(world, None)
        assert len(server.kept) == 2
        assert "From: Sportello <sportello@example.org>" in server.kept[0]
