"""Backup and restore: the database in one archive, the keys in another, each encrypted for who keeps them.

The database's archive holds only ciphertext of personal data, so it may be kept for long and copied about. The keys'
archive is small, must be kept elsewhere, and only its newest copy must be kept: it names the keys destroyed by erasure,
and a restore destroys them again, so that an old backup cannot bring an erased person back.

Everything streams (:mod:`cli.archive`): a database of any size takes the same memory.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyrage
from sqlalchemy import URL, func, make_url, select

from cases import erasure, maintenance
from cases.models import CaseRow
from cli import archive, postgresql
from cli.archive import ArchiveError, Sink
from cli.stores import open_stores
from settings.config import Settings

_DATABASE = {"sqlite": "rientro.db", "postgresql": "rientro.pgdump"}
# The wrapped keys, when RIENTRO_KEYS_URL takes them out of the keys' folder.
_KEYS = {"sqlite": "shared_keys.sqlite3", "postgresql": "shared_keys.pgdump"}


class BackupFailed(Exception):
    """Why a backup or a restore cannot be done, in words for the person at the terminal."""


def backup(settings: Settings, target: Path, keys: Path | None, now: dt.datetime, plain: bool = False) -> list[Path]:
    """Copy the running service's database, and its keys if asked.

    :param target: archive of the database.
    :param keys: archive of the keys (0600), None to leave them out.
    :param plain: do not encrypt, though the service is for real people.
    :returns: the archives written.
    :raises BackupFailed: when the database cannot be read, the archive cannot be written, or nobody is named who could
        open it.
    """
    url = make_url(str(settings.database_url))
    manifest = {"made": now.isoformat(), "engine": url.get_backend_name()}
    with _in_words(target):
        public = archive.recipients(settings.backup_recipients)
        if not public and not plain and settings.mode == "production":
            raise BackupFailed(
                "Manca RIENTRO_BACKUP_RECIPIENTS: per chi si cifra la copia? Crei una coppia di chiavi con "
                "`rientro backup keypair FILE` su un'altra macchina. Con --plain la copia non è cifrata."
            )
        with _dumped(url, target.parent) as content:
            database = [(_DATABASE[url.get_backend_name()], content)]
            written = [archive.write(target, manifest, database, public)]
    done = [maintenance.DATABASE_COPIED]
    if keys is not None:
        # After the database: every case in its archive has its key here, or is named as destroyed.
        with _in_words(keys):
            written.append(archive.write(keys, manifest | {"keys": True}, _key_files(settings, keys.parent), public))
        done.append(maintenance.KEYS_COPIED)
    maintenance.note(str(settings.database_url), done, now)
    return written


def _key_files(settings: Settings, beside: Path) -> Iterator[tuple[str, Iterable[bytes]]]:
    for path in sorted(settings.keys_dir.iterdir()):
        if not path.is_file() or path.name.startswith(".") or path.name.endswith(("-journal", "-wal", "-shm")):
            continue
        if path.suffix == ".sqlite3":
            with _dumped(URL.create("sqlite", database=str(path)), beside) as content:
                yield path.name, content
        else:
            yield path.name, [path.read_bytes()]
    if settings.keys_url:
        shared = make_url(settings.keys_url)
        with _dumped(shared, beside) as content:
            yield _KEYS[shared.get_backend_name()], content


@dataclass
class Restored:
    """What a restore brought back.

    :ivar cases: cases in the database.
    :ivar erased_again: of those in the archive, removed because their key had been destroyed since.
    :ivar without_key: cases nobody can read: their key is newer than the copy of the keys.
    :ivar made: when the archive was made.
    """

    cases: int
    erased_again: int
    without_key: int
    made: str


def restore(
    settings: Settings, source: Path, keys: Path | None, now: dt.datetime, identity: Path | None = None
) -> Restored:
    """Put a backup into the place that `settings` name. The service must be stopped.

    Keys already in place stay, unless there are none and `keys` is given; every key that either knows as destroyed is
    destroyed again, and what it protected is removed.

    :param identity: file of the secret key that opens the archives.
    :raises BackupFailed: when something is already there, or an archive is not one of ours.
    """
    pidfile = settings.data_dir / "run" / "supervisord.pid"
    if pidfile.exists() and _alive(pidfile):
        raise BackupFailed("Il servizio è acceso. Lo fermi (Ctrl-C dove è partito) e riprovi.")
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    have_keys = (settings.keys_dir / "master.json").exists()
    if not have_keys and keys is None:
        raise BackupFailed("Mancano le chiavi: senza, i dati non si leggono. Le indichi con --keys.")
    with _in_words(source):
        secret = archive.identities(identity) if identity else []
        put = _Place(settings)
        if not have_keys and keys is not None:
            put.keys(keys, secret)
        manifest = put.database(source, secret)
    stores = open_stores(settings)
    erased = erasure.sweep(stores.sessions, stores.keyring, now)
    with stores.sessions() as session:
        count = session.scalar(select(func.count()).select_from(CaseRow)) or 0
    missing = erasure.count_without_key(stores.sessions, stores.keyring)
    stores.close()
    return Restored(count, erased, missing, str(manifest.get("made", "")))


@dataclass
class _Place:
    """Where archives are put back; parts get their names only when the archive turned out whole."""

    settings: Settings
    _finish: list[Callable[[], None]] = field(default_factory=list)
    _undo: list[Callable[[], None]] = field(default_factory=list)

    def database(self, source: Path, secret: list[pyrage.x25519.Identity]) -> dict[str, Any]:
        """Put the database back; returns the archive's manifest."""
        url = make_url(str(self.settings.database_url))
        engine = url.get_backend_name()

        def part(manifest: dict[str, Any], name: str) -> Sink:
            if manifest.get("engine") != engine:
                raise BackupFailed(f"La copia viene da {manifest.get('engine')}, il servizio usa {engine}.")
            if name != _DATABASE[engine]:
                raise BackupFailed(f"{source} non contiene la base dati.")
            return self._database_sink(url)

        return self._all_of(source, secret, part)

    def keys(self, source: Path, secret: list[pyrage.x25519.Identity]) -> None:
        """Put the keys back."""
        shared = make_url(self.settings.keys_url) if self.settings.keys_url else None
        self.settings.keys_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        found: set[str] = set()

        def part(_manifest: dict[str, Any], name: str) -> Sink:
            found.add(name)
            if name in _KEYS.values():
                if shared is None or name != _KEYS[shared.get_backend_name()]:
                    raise BackupFailed(
                        f"{source} viene da un'altra base dati delle chiavi. Controlli RIENTRO_KEYS_URL."
                    )
                return self._database_sink(shared)
            return self._file_sink(self.settings.keys_dir / name)

        self._all_of(source, secret, part)
        if shared is not None and _KEYS[shared.get_backend_name()] not in found:
            raise BackupFailed(f"{source} viene da un'altra base dati delle chiavi. Controlli RIENTRO_KEYS_URL.")

    def _all_of(
        self, source: Path, secret: list[pyrage.x25519.Identity], part: Callable[[dict[str, Any], str], Sink]
    ) -> dict[str, Any]:
        self._finish, self._undo = [], []
        try:
            manifest = archive.read(source, secret, part)
        except BaseException:
            for undo in reversed(self._undo):
                undo()
            raise
        for finish in self._finish:
            finish()
        return manifest

    def _database_sink(self, url: URL) -> Sink:
        if url.get_backend_name() == "sqlite":
            path = Path(url.database or "")
            if path.exists():
                raise BackupFailed(f"{path} esiste già. Scelga una cartella vuota con RIENTRO_DATA_DIR, o lo sposti.")
            return self._file_sink(path)
        restoring = postgresql.Restoring(url)
        self._finish.append(restoring.finish)
        self._undo.append(restoring.give_up)
        return restoring.write

    def _file_sink(self, path: Path) -> Sink:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        file = os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

        def finish() -> None:
            file.flush()
            os.fsync(file.fileno())
            file.close()
            os.replace(temporary, path)
            archive.files.sync_folder(path.parent)

        def undo() -> None:
            file.close()
            temporary.unlink(missing_ok=True)

        self._finish.append(finish)
        self._undo.append(undo)
        return file.write


@contextlib.contextmanager
def _in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except (ArchiveError, postgresql.ProgramFailed) as error:
        raise BackupFailed(str(error)) from error
    except OSError as error:
        raise BackupFailed(f"{path} non si può leggere o scrivere: {error.strerror or error}.") from error


def _alive(pidfile: Path) -> bool:
    with contextlib.suppress(OSError, ValueError):
        os.kill(int(pidfile.read_text().strip()), 0)
        return True
    return False


@contextlib.contextmanager
def _dumped(url: URL, beside: Path) -> Iterator[Iterable[bytes]]:
    """A database's content, as it was at one moment, also while others write to it."""
    if url.get_backend_name() != "sqlite":
        yield postgresql.dump(url)
        return
    path = Path(url.database or "")
    if not path.exists():
        raise BackupFailed(f"Non c'è ancora una base dati in {path}.")
    # Next to the archive, where the space is: a copy of 2 GB has no place in memory.
    copy = beside / f".{path.name}.{secrets.token_hex(4)}"
    os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with (
            contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source,
            contextlib.closing(sqlite3.connect(copy)) as into,
        ):
            into.execute("PRAGMA synchronous = OFF")  # thrown away when the archive is written
            source.backup(into)
        with copy.open("rb") as file:
            yield archive.read_pieces(file)
    except sqlite3.Error as error:
        raise BackupFailed(f"{path} non si può leggere: {error}.") from error
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            Path(f"{copy}{suffix}").unlink(missing_ok=True)
