"""What the running service must bear: faults, a change of keys, a stop in the middle of a turn, an upgrade."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from alembic.script import ScriptDirectory

from benchmarks.fault_injection.__main__ import strike
from benchmarks.fault_injection.faults import FAULTS
from benchmarks.fault_injection.people import Ledger, Person
from benchmarks.fault_injection.service import Service
from cases.db import current_revision, downgrade, make_engine
from cases.keys import Keyring
from tests.dialogue.talk import ApiTalk
from tests.stack import ROOT

pytestmark = pytest.mark.stack
_MIGRATIONS = ScriptDirectory(str(ROOT / "migrations"))
_NEWEST = str(_MIGRATIONS.get_current_head())
_PREVIOUS = str(_MIGRATIONS.get_revision(_NEWEST).down_revision)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service on a disk, a network and a mail server that tests may break."""
    made = Service(tmp_path_factory.mktemp("guasti") / "servizio", shared=False)
    try:
        made.start()
        yield made
    finally:
        made.close()


@pytest.mark.parametrize("name", ["kill_any", "full_disk"])
def test_nobody_loses_anything_when_it_breaks(service: Service, name: str) -> None:
    fault = next(fault for fault in FAULTS if fault.name == name)
    found = strike(service, fault, 8, 2, random.Random(1))
    assert found["passed"], found
    assert found["times"] >= 1 and found["referrals confirmed"] >= 2
    # It did hurt: otherwise this test shows nothing.
    assert found.get("apologies", 0) + found.get("service out of reach", 0) >= 1


def test_keys_change_while_people_talk(service: Service) -> None:
    keys = service.data_dir / "keys"
    talk = ApiTalk(service.base_url(), "cittadino")
    talk.press("/affirm")
    talk.press('/inform{"occupazione": "disoccupato"}')
    before = Keyring.open(keys).current_master
    ledger = Ledger()
    person = Person(service.base_url, ledger, "800318318", 60)
    person.start()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RIENTRO_")}
    done = subprocess.run(
        [sys.executable, "-m", "cli", "keys", "rotate"],
        cwd=ROOT,
        env=environment | {"RIENTRO_DATA_DIR": str(service.data_dir)},
        capture_output=True,
        text=True,
        check=False,
    )
    person.stop.set()
    person.join(120)
    assert done.returncode == 0 and "Chiavi riavvolte: " in done.stdout, done.stderr
    after = Keyring.open(keys)
    assert after.current_master != before
    heard = talk.press('/inform{"residenza_lombardia": true}')
    assert heard.state["facts"] == {"occupazione": "disoccupato", "residenza_lombardia": True}
    newcomer = ApiTalk(service.base_url(), "cittadino")
    assert not ledger.problems and ledger.confirmed
    # Every key, those made during and after the change too, opens with the new master.
    scopes = after.scopes()
    assert newcomer.session in scopes and set(after.ciphers(scopes)) == scopes


def test_a_stop_lets_turns_end_and_an_upgrade_goes_on_with_the_conversation(service: Service) -> None:
    talk = ApiTalk(service.base_url(), "cittadino")
    talk.press("/affirm")
    heard: list = []
    service.proxy.delay = 1.0  # a turn long enough to stop in its middle
    turn = threading.Thread(target=lambda: heard.append(talk.press('/inform{"occupazione": "disoccupato"}')))
    turn.start()
    time.sleep(0.7)
    service.stack.process.send_signal(signal.SIGTERM)
    turn.join(30)
    service.proxy.delay = 0
    assert heard and heard[0].state["facts"] == {"occupazione": "disoccupato"}
    assert not heard[0].state.get("waiting")
    asked = heard[0].pending
    service.stack.process.wait(60)
    service.stop()

    engine = make_engine(service.database_url)
    downgrade(engine, _PREVIOUS)  # as the service of yesterday left it
    assert current_revision(engine) == _PREVIOUS
    service.start()
    assert current_revision(engine) == _NEWEST
    engine.dispose()
    again = ApiTalk(service.base_url(), "cittadino")  # of another person, to borrow its connection
    again.session = talk.session
    again._http.headers["Authorization"] = talk._http.headers["Authorization"]
    heard_after = again.press("/dont_know")
    assert heard_after.state["facts"] == {"occupazione": "disoccupato", asked: None}
