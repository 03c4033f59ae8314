"""A reading that takes too long is stopped, wherever it is; the others notice nothing and it is not read again."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot import deadline

# Takes weeks on 40 letters, inside one call that runs no Python.
CATASTROPHIC = re.compile(r"(?:a|aa)+$")
WEEKS = "a" * 60 + "!"


def test_a_search_inside_the_matcher_is_stopped() -> None:
    began = time.monotonic()
    with pytest.raises(deadline.Stopped), deadline.within(0.1):
        CATASTROPHIC.match(WEEKS)
    assert time.monotonic() - began < 30  # it would be weeks


def test_code_that_forgives_every_error_is_stopped_too() -> None:
    def forgiving() -> None:
        while True:
            try:
                CATASTROPHIC.match(WEEKS)
            except Exception:
                continue

    with pytest.raises(deadline.Stopped), deadline.within(0.1):
        forgiving()


def test_what_is_quick_is_left_alone_also_afterwards() -> None:
    with deadline.within(0.2):
        assert re.match("a", "a")
    began = time.process_time()
    while time.process_time() - began < 0.4:
        pass  # the clock is not running any more


def test_texts_that_were_stopped_are_known_and_not_kept() -> None:
    refused = deadline.Refused()
    for number in range(1500):
        refused.add(f"testo {number}")
    assert "testo 1499" in refused and "testo 0" not in refused and "altro" not in refused
    assert "testo" not in repr(vars(refused))


@pytest.fixture(scope="module")
def trapped_bot(small_model: Path, tmp_path_factory: pytest.TempPathFactory):
    """The real engine, with one pattern in its reading that takes weeks on one kind of word."""
    from tests.bot.conftest import running_bot

    start = (
        "import re, sys\n"
        "from bot import serve\n"
        "serve.prepare_environment()\n"
        "from bot.facts import extract\n"
        "trap = re.compile(r'(?:a|aa)+$')\n"
        "def trapped(reading):\n"
        "    trap.match(reading.whole)\n"
        "    print('read:', len(reading.whole), flush=True)\n"
        "    return []\n"
        "extract.EXTRACTORS = (trapped, *extract.EXTRACTORS)\n"
        "sys.exit(serve.main())"
    )
    with running_bot(small_model, tmp_path_factory.mktemp("trappola"), ("-c", start)) as server:
        yield server


@pytest.mark.server
def test_the_engine_stops_a_message_refuses_it_from_then_on_and_answers_the_others(trapped_bot) -> None:
    def poison() -> dict:
        return trapped_bot.say("p-1", WEEKS)

    with ThreadPoolExecutor(6) as people:
        bad = people.submit(poison)
        others = list(people.map(lambda number: trapped_bot.say(f"o-{number}", "ciao"), range(5)))
    assert bad.result()["stopped"] is True and bad.result()["handled"] is False and bad.result()["messages"] == []
    assert all(answer["handled"] and not answer["stopped"] for answer in others)
    log = trapped_bot.log.read_text(errors="replace")
    assert "reading stopped" in log and WEEKS not in log

    began = time.process_time(), time.monotonic()
    again = [poison() for _ in range(20)]
    assert all(answer["stopped"] for answer in again)
    # Twenty readings of it would take twenty times the deadline.
    assert time.monotonic() - began[1] < 20 * deadline.SECONDS


@pytest.mark.server
def test_a_text_that_is_only_read_has_the_same_deadline(trapped_bot) -> None:
    status, body = trapped_bot.request("POST", "/understand", {"text": WEEKS + "!", "metadata": {}})
    assert (status, body) == (422, {"error": "stopped"})
    status, body = trapped_bot.request("POST", "/understand", {"text": "ciao", "metadata": {}})
    assert status == 200 and body["understood"]["intent"] == "greet"
