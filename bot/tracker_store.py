"""Keeps Rasa's trackers encrypted, short, and erasable one conversation at a time.

The truth about a person is in the application's database; what stands here may be lost without harm. It still holds
what people wrote, so every row is AES-256-GCM under a key that lives in a file of its own.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from bot.tracker_trimming import trimmed

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
        self._database = _open(directory / "trackers.sqlite")
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
        with self._database:
            self._database.execute(
                "INSERT INTO trackers (conversation, body, touched) VALUES (?, ?, ?) "
                "ON CONFLICT (conversation) DO UPDATE SET body = excluded.body, touched = excluded.touched",
                (tracker.sender_id, body, time.time()),
            )

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The tracker of `sender_id`, None when there is none or it cannot be read with this key."""
        row = self._database.execute("SELECT body FROM trackers WHERE conversation = ?", (sender_id,)).fetchone()
        if row is None:
            return None
        try:
            text = self._cipher.decrypt(row[0][:NONCE_BYTES], row[0][NONCE_BYTES:], sender_id.encode())
        except InvalidTag:
            return None
        return DialogueStateTracker.from_dict(sender_id, json.loads(text), self.domain.slots)

    async def delete(self, sender_id: str) -> None:
        """Erase a conversation from the file, its freed pages included."""
        with self._database:
            self._database.execute("DELETE FROM trackers WHERE conversation = ?", (sender_id,))
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    async def keys(self) -> Iterable[str]:
        """Ids of the conversations held."""
        return [row[0] for row in self._database.execute("SELECT conversation FROM trackers ORDER BY conversation")]

    def _forget_abandoned(self) -> None:
        with self._database:
            self._database.execute(
                "DELETE FROM trackers WHERE touched < ?", (time.time() - FORGET_AFTER_DAYS * 86_400,)
            )


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
    """The 32 bytes in `path`, created for its owner only when there are none.

    :raises ValueError: when the file holds something else.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) != 32:
            raise ValueError(f"{path}: not a key of 32 bytes") from None
        return key
    with os.fdopen(descriptor, "wb") as file:
        key = AESGCM.generate_key(bit_length=256)
        file.write(key)
    return key
