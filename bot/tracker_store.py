"""Keeps Rasa's trackers encrypted, short, and erasable one conversation at a time.

The truth about a person is in the application's database; what stands here may be lost without harm. It still holds
what people wrote, so every row is AES-256-GCM under a key that lives in a file of its own.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from bot import files
from bot.tracker_trimming import trimmed

_log = logging.getLogger(__name__)

KEY_BYTES = 32
NONCE_BYTES = 12
FORGET_AFTER_DAYS = 7  # the gateway erases conversations; this is for those it could not reach us about


class EncryptedTrackerStore(TrackerStore):
    """One SQLite file, one encrypted row for each conversation."""

    def __init__(
        self, domain: Domain | None = None, event_broker: Any = None, host: str | None = None, **kwargs: Any
    ) -> None:
        """Open the store.

        :param host: unused, Rasa passes it to every tracker store.
        :param kwargs: ``directory`` and ``key_file``; by default ``RIENTRO_BOT_DIR`` and ``RIENTRO_BOT_KEY_FILE``.
        """
        directory = Path(kwargs.pop("directory", None) or os.environ["RIENTRO_BOT_DIR"])
        key_file = Path(
            kwargs.pop("key_file", None) or os.environ.get("RIENTRO_BOT_KEY_FILE") or directory / "tracker.key"
        )
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._cipher = AESGCM(load_or_create_key(key_file))
        self._path = directory / "trackers.sqlite"
        self._database = open_or_renew(self._path)
        self._forget_abandoned()
        super().__init__(domain, event_broker)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Write the tracker, shortened when it has grown long."""
        events = trimmed(list(tracker.events), self.domain)
        if len(events) != len(tracker.events):
            tracker.events.clear()
            tracker.events.extend(events)
        text = json.dumps([event.as_dict() for event in events], separators=(",", ":"), default=str)
        nonce = os.urandom(NONCE_BYTES)
        body = nonce + self._cipher.encrypt(nonce, text.encode(), tracker.sender_id.encode())
        self._run(
            "INSERT INTO trackers (conversation, body, touched) VALUES (?, ?, ?) "
            "ON CONFLICT (conversation) DO UPDATE SET body = excluded.body, touched = excluded.touched",
            (tracker.sender_id, body, time.time()),
        )

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The tracker of `sender_id`, None when there is none or it cannot be read with this key."""
        rows = self._run("SELECT body FROM trackers WHERE conversation = ?", (sender_id,))
        if not rows:
            return None
        body = rows[0][0]
        try:
            text = self._cipher.decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], sender_id.encode())
        except InvalidTag:
            return None
        return DialogueStateTracker.from_dict(sender_id, json.loads(text), self.domain.slots)

    async def delete(self, sender_id: str) -> None:
        """Erase a conversation from the file, its freed pages included."""
        self._run("DELETE FROM trackers WHERE conversation = ?", (sender_id,))
        self._run("PRAGMA wal_checkpoint(TRUNCATE)")

    async def keys(self) -> Iterable[str]:
        """Ids of the conversations held."""
        return [row[0] for row in self._run("SELECT conversation FROM trackers ORDER BY conversation")]

    def _forget_abandoned(self) -> None:
        self._run("DELETE FROM trackers WHERE touched < ?", (time.time() - FORGET_AFTER_DAYS * 86_400,))

    def _run(self, statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """One statement as one transaction; over a file that turns out damaged, over a new one."""
        try:
            with self._database:
                return self._database.execute(statement, values).fetchall()
        except sqlite3.DatabaseError as error:
            if not damaged(error):
                raise
        self._database.close()
        self._database = renew(self._path)
        with self._database:
            return self._database.execute(statement, values).fetchall()


def damaged(error: sqlite3.DatabaseError) -> bool:
    """Whether the file itself is at fault. A full disk, a lock or a mistake of ours are kinds of their own."""
    return type(error) is sqlite3.DatabaseError


def open_or_renew(path: Path) -> sqlite3.Connection:
    """The trackers in `path`; an empty file instead when it is damaged, for the case is the truth."""
    try:
        database = _open(path)
        if database.execute("PRAGMA quick_check(1)").fetchone() == ("ok",):
            return database
        database.close()
    except sqlite3.DatabaseError as error:
        if not damaged(error):
            raise
    return renew(path)


def renew(path: Path) -> sqlite3.Connection:
    """Throw the trackers in `path` away and begin with none."""
    _log.warning("%s is damaged: conversations go on from their cases", path.name)
    for suffix in ("", "-wal", "-shm", "-journal"):
        with suppress(FileNotFoundError):
            os.unlink(f"{path}{suffix}")
    return _open(path)


def _open(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    database = sqlite3.connect(path, check_same_thread=False)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute("PRAGMA secure_delete = ON")
    database.execute(
        "CREATE TABLE IF NOT EXISTS trackers (conversation TEXT PRIMARY KEY, body BLOB NOT NULL, touched REAL NOT NULL)"
    )
    return database


def load_or_create_key(path: Path) -> bytes:
    """The 32 bytes in `path`, made for its owner only when there are none, made anew when they are damaged.

    Without their key the trackers written so far cannot be read; they may be lost without harm.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with suppress(FileNotFoundError):
        key = path.read_bytes()
        if len(key) == KEY_BYTES:
            return key
        _log.warning("%s is damaged: a new key is made, conversations go on from their cases", path.name)
    key = AESGCM.generate_key(bit_length=8 * KEY_BYTES)
    files.write_whole(path, key)
    return key
