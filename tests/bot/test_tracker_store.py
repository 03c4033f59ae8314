"""What stands on disk is unreadable, short, and gone when it is deleted."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.tracker_store import EncryptedTrackerStore, load_or_create_key
from bot.tracker_trimming import KEPT_TURNS, MOST_TURNS, trimmed

DOMAIN = Domain.from_yaml(
    """
version: "3.1"
intents: [inform]
slots:
  passo: {type: text, mappings: [{type: custom}]}
  requested_slot: {type: text, mappings: [{type: custom}]}
  risposta: {type: any, mappings: [{type: custom}]}
forms:
  colloquio: {required_slots: [risposta]}
"""
)
SECRET = "ParolaDistintiva Ildegonda"


def open_store(directory: Path) -> EncryptedTrackerStore:
    return EncryptedTrackerStore(DOMAIN, directory=str(directory), key_file=str(directory / "tracker.key"))


def tracker_with(turns: int, sender: str = "caso-1") -> DialogueStateTracker:
    tracker = DialogueStateTracker(sender, DOMAIN.slots)
    tracker.update_with_events(
        [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")], DOMAIN
    )
    for i in range(turns):
        tracker.update_with_events(
            [UserUttered(f"{SECRET} {i}", {"name": "inform", "confidence": 1.0}), BotUttered(f"risposta {i}")], DOMAIN
        )
        if i == 0:
            tracker.update_with_events(
                [
                    ActionExecuted("colloquio"),
                    ActiveLoop("colloquio"),
                    SlotSet("passo", "raccolta"),
                    SlotSet("requested_slot", "risposta"),
                ],
                DOMAIN,
            )
        tracker.update(ActionExecuted("action_listen"), DOMAIN)
    return tracker


def test_a_tracker_comes_back_as_it_was(tmp_path: Path) -> None:
    store, tracker = open_store(tmp_path), tracker_with(3)
    asyncio.run(store.save(tracker))
    back = asyncio.run(open_store(tmp_path).retrieve("caso-1"))
    assert back is not None
    assert [e.as_dict() for e in back.events] == [e.as_dict() for e in tracker.events]
    assert back.get_slot("passo") == "raccolta"
    assert back.active_loop_name == "colloquio"


def test_nothing_is_readable_on_disk(tmp_path: Path) -> None:
    asyncio.run(open_store(tmp_path).save(tracker_with(3)))
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        assert b"ParolaDistintiva" not in content
        assert b"Ildegonda" not in content
        assert b"raccolta" not in content
        assert path.stat().st_mode & 0o077 == 0, path


def test_another_key_reads_nothing(tmp_path: Path) -> None:
    asyncio.run(open_store(tmp_path).save(tracker_with(1)))
    (tmp_path / "tracker.key").unlink()
    assert asyncio.run(open_store(tmp_path).retrieve("caso-1")) is None


def test_a_row_moved_to_another_conversation_is_refused(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    asyncio.run(store.save(tracker_with(1)))
    store._database.execute("UPDATE trackers SET conversation = 'caso-2'")
    store._database.commit()
    assert asyncio.run(store.retrieve("caso-2")) is None


def test_deleting_leaves_no_trace(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    asyncio.run(store.save(tracker_with(5)))
    body = store._database.execute("SELECT body FROM trackers").fetchone()[0]
    asyncio.run(store.delete("caso-1"))
    assert asyncio.run(store.retrieve("caso-1")) is None
    assert asyncio.run(store.keys()) == []
    for path in tmp_path.iterdir():
        assert body[40:200] not in path.read_bytes(), path


def test_deleting_what_is_not_there_is_no_error(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    asyncio.run(store.save(tracker_with(1)))
    asyncio.run(store.delete("mai visto"))
    assert len(asyncio.run(store.keys())) == 1


def test_abandoned_conversations_are_forgotten_at_start(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    asyncio.run(store.save(tracker_with(1)))
    store._database.execute("UPDATE trackers SET touched = ?", (time.time() - 30 * 86_400,))
    store._database.commit()
    assert asyncio.run(open_store(tmp_path).keys()) == []


def test_a_key_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "tracker.key"
    key = load_or_create_key(path)
    assert len(key) == 32
    assert load_or_create_key(path) == key
    assert path.stat().st_mode & 0o777 == 0o600
    os.chmod(path, 0o600)


@pytest.mark.parametrize("damaged", ["trackers.sqlite", "tracker.key"])
@pytest.mark.parametrize("damage", ["emptied", "cut", "zeroes", "garbled"])
def test_a_damaged_file_is_made_anew_and_the_engine_goes_on(tmp_path: Path, damaged: str, damage: str) -> None:
    asyncio.run(open_store(tmp_path).save(tracker_with(3)))
    path = tmp_path / damaged
    harm(path, damage)
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    store = open_store(tmp_path)
    assert asyncio.run(store.retrieve("caso-1")) is None  # the case is the truth
    asyncio.run(store.save(tracker_with(2)))
    assert asyncio.run(open_store(tmp_path).retrieve("caso-1")) is not None
    assert path.stat().st_mode & 0o777 == 0o600


def test_trackers_damaged_while_the_engine_runs_are_begun_anew(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    for number in range(60):
        asyncio.run(store.save(tracker_with(3, f"caso-{number}")))
    store._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = tmp_path / "trackers.sqlite"
    path.write_bytes(path.read_bytes()[:4096] + os.urandom(path.stat().st_size - 4096))
    store._database.execute("PRAGMA shrink_memory")
    assert asyncio.run(store.retrieve("caso-7")) is None
    asyncio.run(store.save(tracker_with(3, "caso-7")))
    assert asyncio.run(store.retrieve("caso-7")) is not None


def harm(path: Path, damage: str) -> None:
    content = path.read_bytes()
    path.write_bytes(
        {
            "emptied": b"",
            "cut": content[: len(content) // 3],
            "zeroes": bytes(len(content)),
            "garbled": bytes(255 - byte for byte in content),
        }[damage]
    )


def test_a_long_conversation_is_shortened_and_keeps_slots_and_form() -> None:
    tracker = tracker_with(MOST_TURNS + 30)
    events = trimmed(list(tracker.events), DOMAIN)
    short = DialogueStateTracker.from_events("caso-1", events, DOMAIN.slots)
    assert sum(isinstance(event, UserUttered) for event in events) == KEPT_TURNS
    assert short.get_slot("passo") == "raccolta"
    assert short.get_slot("requested_slot") == "risposta"
    assert short.active_loop_name == "colloquio"
    assert short.latest_message.text == tracker.latest_message.text
    assert short.latest_action_name == tracker.latest_action_name == "action_listen"


def test_a_short_conversation_is_left_alone() -> None:
    events = list(tracker_with(MOST_TURNS).events)
    assert trimmed(events, DOMAIN) is events


def test_two_hundred_turns_cost_what_ten_do(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    tracker, sizes = tracker_with(1), []
    for i in range(200):
        tracker.update_with_events(
            [UserUttered(f"ancora {i}"), BotUttered("sì"), ActionExecuted("action_listen")], DOMAIN
        )
        asyncio.run(store.save(tracker))
        tracker = asyncio.run(store.retrieve("caso-1"))
        sizes.append(len(tracker.events))
    assert max(sizes[100:]) <= max(sizes[:40])
    assert tracker.get_slot("passo") == "raccolta"
