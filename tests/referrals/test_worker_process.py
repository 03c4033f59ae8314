"""The worker as a process: it starts, delivers, stops when told, and its log gives nobody away."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cases.world import free_port

ROOT = Path(__file__).parents[2]


@pytest.mark.long
def test_the_worker_delivers_by_itself_and_stops_cleanly(world):
    from settings import clock

    world.now = clock.now()
    world.with_operators()
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "RIENTRO_DATA_DIR": str(world.folder),
        "RIENTRO_DATABASE_URL": world.database,
        "RIENTRO_SMTP_LOCAL_PORT": str(port),
    }
    command = [sys.executable, "-m", "cli.worker"]
    opened = world.a_referral()
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as worker:
        try:
            deadline = time.monotonic() + 60
            while world.referrals.get(opened.code).state != "inviata" and time.monotonic() < deadline:
                time.sleep(0.2)
            second = world.a_referral(site="BETA-1")  # it looks again by itself
            while world.referrals.get(second.code).state != "inviata" and time.monotonic() < deadline:
                time.sleep(0.2)
            # A second worker on the same machine uses the first one's mailbox.
            with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as other:
                assert "mailbox_served_elsewhere" in other.stdout.readline() + other.stdout.readline()
                other.send_signal(signal.SIGTERM)
                assert other.wait(timeout=30) == 0
        finally:
            worker.send_signal(signal.SIGTERM)
        printed = worker.stdout.read()
        assert worker.wait(timeout=30) == 0
    assert world.referrals.get(opened.code).state == world.referrals.get(second.code).state == "inviata"
    assert "worker_started" in printed
    assert "worker_stopped" in printed
    for word in ("Ada", "ada@", "alfa@", "333", "RT-"):
        assert word not in printed
    assert {m.to for m in world.mails()} == {"ada@example.org", "alfa@example.org", "beta@example.org"}
