"""The key ring: master keys in a file, data keys wrapped by them in a store of their own.

Layout of the directory (0700, files 0600), which is never inside a backup of the database:

``master.json``
    ``{"current": id, "keys": {id: base64}, "root": base64}``. ``keys`` wrap data keys and rotate;
    ``root`` never changes: PINs and the journal's seal are derived from it.
``data_keys.sqlite3``
    one wrapped AES-256 key per case (see :mod:`cases.keystore`).
"""

import base64
import fcntl
import functools
import json
import os
import secrets
import stat
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cachetools import TTLCache
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.exc import DatabaseError

from cases import crypto
from cases.db import damaged, make_engine
from cases.errors import KeyringError, KeyShredded
from cases.keystore import KeyStore
from settings import files

MASTER_FILE = "master.json"
STORE_FILE = "data_keys.sqlite3"
ROTATION_BATCH = 500
# A turn of a conversation asks for its case's key again and again. A key destroyed by another process may open for as
# long as this what has not been deleted yet; one destroyed by this process is forgotten at once.
REMEMBERED_SECONDS = 2.0
REMEMBERED_KEYS = 1000


class Keyring:
    """Gives out ciphers by scope; creates, rotates and destroys keys. Thread-safe."""

    def __init__(self, directory: Path, store: KeyStore) -> None:
        self._directory = directory
        self._store = store
        self._current = ""
        self._masters: dict[str, bytes] = {}
        self._root = b""
        self._loading = threading.Lock()
        self._remembering = threading.Lock()
        self._remembered: TTLCache[str, crypto.Cipher] = TTLCache(REMEMBERED_KEYS, REMEMBERED_SECONDS)
        self._read_from: tuple[int, int] | None = None
        self._load()

    @classmethod
    def open(cls, directory: str | Path, store_url: str | None = None) -> "Keyring":
        """Open the key ring of ``directory``, creating it on first use.

        ``store_url``: database of the wrapped data keys when several machines share it; by default
        a SQLite file in ``directory``. Raises ``KeyringError``, in words for who runs the service, when the
        master file is damaged, readable by others, or missing although wrapped keys exist (a new one could
        not open them), and when the store of wrapped keys is damaged.
        """
        directory = Path(directory)
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        directory.chmod(0o700)
        if store_url is None:
            path = directory / STORE_FILE
            path.touch(mode=0o600, exist_ok=True)
            store_url = f"sqlite:///{path}"
        with _locked(directory):
            # No write-ahead log here: a destroyed key must not linger in one.
            try:
                store = KeyStore(make_engine(store_url, wal=False))
            except DatabaseError as error:
                if not damaged(error):
                    raise
                raise KeyringError(f"{STORE_FILE} is damaged", f"{STORE_FILE} in {directory} è rovinato") from error
            if not (directory / MASTER_FILE).exists():
                if not store.is_empty():
                    raise KeyringError(
                        f"{MASTER_FILE} is missing but data keys exist",
                        f"{directory / MASTER_FILE} manca, ma ci sono dati protetti da quelle chiavi",
                    )
                first = _new_id()
                _write(
                    directory,
                    {
                        "current": first,
                        "keys": {first: _encode(crypto.new_key())},
                        "root": _encode(crypto.new_key()),
                    },
                )
        return cls(directory, store)

    def create(self, scope: str) -> None:
        """Make a data key for ``scope`` unless it has one.

        Another process may rotate at any moment: a key wrapped by a master that is being forgotten is wrapped again
        before anybody uses it.
        """
        key = crypto.new_key()
        master_id, master = self._newest()
        ours = self._store.add(scope, master_id, crypto.seal(master, key, "data_key", scope))
        while ours and self._newest()[0] != master_id:
            newer, master = self._newest()
            self._store.rewrap({scope: master_id}, newer, {scope: crypto.seal(master, key, "data_key", scope)})
            master_id = newer

    def cipher(self, scope: str) -> crypto.Cipher:
        """Cipher of one scope. Raises ``KeyShredded`` if its key does not exist."""
        with self._remembering:
            cipher = self._remembered.get(scope)
        if cipher is None:
            cipher = self.ciphers([scope]).get(scope)
            if cipher is None:
                raise KeyShredded(scope)
            with self._remembering:
                self._remembered[scope] = cipher
        return cipher

    def ciphers(self, scopes: Iterable[str]) -> dict[str, crypto.Cipher]:
        """Ciphers of many scopes in one read; scopes without a key are absent."""
        stored = self._store.get(scopes)
        if any(master_id not in self._masters for master_id, _ in stored.values()):
            self._load()  # another process rotated
        return {
            scope: crypto.Cipher(scope, self._unwrap(scope, master_id, wrapped))
            for scope, (master_id, wrapped) in stored.items()
        }

    def shred(self, scope: str) -> None:
        """Destroy a data key: everything sealed under it, wherever copied, is lost. Idempotent."""
        self._store.shred(scope)
        with self._remembering:
            self._remembered.pop(scope, None)

    def shredded(self) -> set[str]:
        """Scopes destroyed so far: take them along when restoring an older copy of the store."""
        return self._store.shredded()

    def without_key(self, scopes: Iterable[str]) -> tuple[set[str], set[str]]:
        """Those of ``scopes`` that have no key: destroyed ones, and ones whose key should be there and is not."""
        wanted = list(scopes)
        absent = set(wanted) - self._store.get(wanted).keys()
        destroyed = self._store.shredded_of(absent)
        return destroyed, absent - destroyed

    def shred_again(self, scopes: Iterable[str]) -> int:
        """After restoring the store: destroy ``scopes`` anew; returns how many had come back."""
        return self._store.forget_again(list(scopes))

    def scopes(self) -> set[str]:
        """Every scope that has a key."""
        return self._store.scopes()

    def secret(self, purpose: str) -> bytes:
        """A 256-bit secret for one purpose, the same for the life of the key ring."""
        return _derived(self._root, purpose)

    def rotate(self, progress: Callable[[int], None] = lambda done: None) -> int:
        """Start a new master key, rewrap every data key, forget older masters.

        ``progress`` is told how many keys are rewrapped so far. Returns how many were. May run while the service
        does, be interrupted and run again at any point: a master key is forgotten only when no data key needs it.
        """
        with _locked(self._directory):
            self._load()
            new = _new_id()
            self._masters[new] = crypto.new_key()
            self._current = new
            self._save()
            count = 0
            while batch := self._store.wrapped_by_other_than(new, ROTATION_BATCH):
                keys = {scope: self._unwrap(scope, master_id, wrapped) for scope, master_id, wrapped in batch}
                old = {scope: master_id for scope, master_id, _ in batch}
                sealed = {s: crypto.seal(self._masters[new], k, "data_key", s) for s, k in keys.items()}
                self._store.rewrap(old, new, sealed)
                count += len(batch)
                progress(count)
            self._masters = {new: self._masters[new]}
            self._save()
        return count

    def was_used(self) -> bool:
        """Whether a data key was ever made."""
        return not self._store.is_empty()

    def close(self) -> None:
        """Let go of connections."""
        self._store.close()

    @property
    def current_master(self) -> str:
        """Id of the master key that wraps new data keys."""
        return self._current

    def _unwrap(self, scope: str, master_id: str, wrapped: bytes) -> bytes:
        if master_id not in self._masters:
            raise KeyringError(
                f"master key {master_id} is not in the key ring", f"manca la chiave principale {master_id}"
            )
        return crypto.open_sealed(self._masters[master_id], wrapped, "data_key", scope)

    def _newest(self) -> tuple[str, bytes]:
        """The master key that wraps new data keys, as the file has it now."""
        with self._loading:
            if self._file_mark() != self._read_from:
                self._load()
            return self._current, self._masters[self._current]

    def _file_mark(self) -> tuple[int, int]:
        """What changes whenever the master file is replaced."""
        found = (self._directory / MASTER_FILE).stat()
        return found.st_ino, found.st_mtime_ns

    def _load(self) -> None:
        path = self._directory / MASTER_FILE
        mark = self._file_mark()
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise KeyringError(
                f"{path.name} can be read by others",
                f"{path} può essere letto da altri utenti. Esegua: chmod 600 {path}",
            )
        try:
            content = json.loads(path.read_text())
            self._current = content["current"]
            self._masters = {i: base64.b64decode(k) for i, k in content["keys"].items()}
            self._root = base64.b64decode(content["root"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise KeyringError(f"{path.name} is damaged", f"{path} è rovinato") from error
        if self._current not in self._masters or any(len(k) != 32 for k in (self._root, *self._masters.values())):
            raise KeyringError(f"{path.name} is damaged: a key is absent", f"{path} è rovinato: manca una chiave")
        self._read_from = mark

    def _save(self) -> None:
        _write(
            self._directory,
            {
                "current": self._current,
                "keys": {i: _encode(k) for i, k in self._masters.items()},
                "root": _encode(self._root),
            },
        )


@functools.lru_cache(maxsize=64)
def _derived(root: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"rientro/" + purpose.encode()).derive(root)


def _new_id() -> str:
    return "m" + secrets.token_hex(6)


def _encode(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _write(directory: Path, content: dict) -> None:
    files.write_whole(directory / MASTER_FILE, json.dumps(content).encode())


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """One process at a time creates or rotates keys."""
    handle = os.open(directory / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
