"""Backup and restore: the database in one archive, the keys in another.

The database's archive holds only ciphertext of personal data, so it may be kept for long and copied about. The keys'
archive is small, must be kept elsewhere, and only its newest copy must be kept: it names the keys destroyed by erasure,
and a restore destroys them again, so that an old backup cannot bring an erased person back.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import os
import sqlite3
import subprocess
import tarfile
from pathlib import Path

from sqlalchemy import URL, func, inspect, make_url, select

from cases import erasure
from cases.db import make_engine
from cases.models import CaseRow
from cli.stores import open_stores
from settings.config import Settings

FORMAT = 1
_DATABASE = {"sqlite": "rientro.db", "postgresql": "rientro.pgdump"}
# The wrapped keys, when RIENTRO_KEYS_URL takes them out of the keys' folder.
_KEYS = {"sqlite": "shared_keys.sqlite3", "postgresql": "shared_keys.pgdump"}


class BackupFailed(Exception):
    """Why a backup or a restore cannot be done, in words for the person at the terminal."""


def backup(settings: Settings, target: Path, keys: Path | None, now: dt.datetime) -> list[Path]:
    """Copy the running service's database, and its keys if asked.

    :param target: archive of the database (tar).
    :param keys: archive of the keys (tar, 0600), None to leave them out.
    :returns: the archives written.
    :raises BackupFailed: when the database cannot be read or the archive cannot be written.
    """
    url = make_url(str(settings.database_url))
    dump = _dump(url)
    manifest = {"format": FORMAT, "made": now.isoformat(), "engine": url.get_backend_name()}
    written = [_write(target, manifest, {_DATABASE[url.get_backend_name()]: dump})]
    if keys is not None:
        files = {
            path.name: _dump_sqlite(path) if path.suffix == ".sqlite3" else path.read_bytes()
            for path in sorted(settings.keys_dir.iterdir())
            if path.is_file() and not path.name.startswith(".") and not path.name.endswith(("-journal", "-wal", "-shm"))
        }
        if settings.keys_url:
            shared = make_url(settings.keys_url)
            files[_KEYS[shared.get_backend_name()]] = _dump(shared)
        written.append(_write(keys, manifest | {"keys": True}, files))
    return written


def restore(settings: Settings, source: Path, keys: Path | None, now: dt.datetime) -> dict[str, int]:
    """Put a backup into the place that `settings` name. The service must be stopped.

    Keys already in place stay, unless there are none and `keys` is given; every key that either knows as destroyed is
    destroyed again, and what it protected is removed.

    :returns: counts: ``cases``, ``erased_again``.
    :raises BackupFailed: when something is already there, or an archive is not one of ours.
    """
    if (settings.data_dir / "run" / "supervisord.pid").exists() and _alive(
        settings.data_dir / "run" / "supervisord.pid"
    ):
        raise BackupFailed("Il servizio è acceso. Lo fermi (Ctrl-C dove è partito) e riprovi.")
    manifest, files = _read(source)
    url = make_url(str(settings.database_url))
    if manifest.get("engine") != url.get_backend_name():
        raise BackupFailed(f"La copia viene da {manifest.get('engine')}, il servizio usa {url.get_backend_name()}.")
    dump = files.get(_DATABASE[url.get_backend_name()])
    if dump is None:
        raise BackupFailed(f"{source} non contiene la base dati.")
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    if keys is not None and not (settings.keys_dir / "master.json").exists():
        _, key_files = _read(keys)
        settings.keys_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        shared = make_url(settings.keys_url) if settings.keys_url else None
        if shared is not None:
            wrapped = key_files.pop(_KEYS[shared.get_backend_name()], None)
            if wrapped is None:
                raise BackupFailed(f"{keys} viene da un'altra base dati delle chiavi. Controlli RIENTRO_KEYS_URL.")
            _put_back(shared, wrapped)
        for name, content in key_files.items():
            _private(settings.keys_dir / name, content)
    if not (settings.keys_dir / "master.json").exists():
        raise BackupFailed("Mancano le chiavi: senza, i dati non si leggono. Le indichi con --keys.")
    _put_back(url, dump)
    stores = open_stores(settings)
    erased = erasure.sweep(stores.sessions, stores.keyring, now)
    with stores.sessions() as session:
        count = session.scalar(select(func.count()).select_from(CaseRow)) or 0
    stores.close()
    return {"cases": count, "erased_again": erased}


def _alive(pidfile: Path) -> bool:
    with contextlib.suppress(OSError, ValueError):
        os.kill(int(pidfile.read_text().strip()), 0)
        return True
    return False


def _dump(url: URL) -> bytes:
    return _dump_sqlite(Path(url.database or "")) if url.get_backend_name() == "sqlite" else _dump_postgresql(url)


def _put_back(url: URL, dump: bytes) -> None:
    if url.get_backend_name() != "sqlite":
        _restore_postgresql(url, dump)
        return
    path = Path(url.database or "")
    if path.exists():
        raise BackupFailed(f"{path} esiste già. Scelga una cartella vuota con RIENTRO_DATA_DIR, o lo sposti.")
    _private(path, dump)


def _dump_sqlite(path: Path) -> bytes:
    """A consistent copy of a SQLite file, also while others write to it."""
    if not path.exists():
        raise BackupFailed(f"Non c'è ancora una base dati in {path}.")
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source:
        with contextlib.closing(sqlite3.connect(":memory:")) as copy:
            source.backup(copy)
            return copy.serialize()


def _postgresql(url: URL, command: str, *arguments: str, content: bytes | None = None) -> bytes:
    environment = dict(os.environ)
    if url.password:
        environment["PGPASSWORD"] = str(url.password)
    host = url.query.get("host") or url.host
    words = [command, *arguments, "--dbname", str(url.database)]
    for flag, value in (("--host", host), ("--port", url.port), ("--username", url.username)):
        if value:
            words += [flag, str(value)]
    try:
        done = subprocess.run(words, input=content, capture_output=True, env=environment, check=False)
    except FileNotFoundError as error:
        raise BackupFailed(f"Serve il programma {command} (pacchetto postgresql-client).") from error
    if done.returncode != 0:
        raise BackupFailed(f"{command} non è riuscito: {done.stderr.decode(errors='replace').strip()[-300:]}")
    return done.stdout


def _dump_postgresql(url: URL) -> bytes:
    return _postgresql(url, "pg_dump", "--format=custom", "--no-owner")


def _restore_postgresql(url: URL, dump: bytes) -> None:
    engine = make_engine(url.render_as_string(hide_password=False))
    with engine.connect() as connection:
        tables = inspect(connection).get_table_names()
    engine.dispose()
    if tables:
        raise BackupFailed("La base dati di arrivo non è vuota. Ne crei una nuova e riprovi.")
    _postgresql(url, "pg_restore", "--no-owner", "--single-transaction", "--exit-on-error", content=dump)


def _write(target: Path, manifest: dict[str, object], files: dict[str, bytes]) -> Path:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in {"manifest.json": json.dumps(manifest).encode(), **files}.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o600
            archive.addfile(entry, io.BytesIO(content))
    try:
        temporary = target.with_name(target.name + ".parziale")
        _private(temporary, buffer.getvalue())
        temporary.replace(target)
    except OSError as error:
        raise BackupFailed(f"{target} non si può scrivere: {error.strerror}.") from error
    return target


def _read(source: Path) -> tuple[dict[str, object], dict[str, bytes]]:
    try:
        with tarfile.open(source) as archive:
            files = {}
            for entry in archive.getmembers():
                content = archive.extractfile(entry) if entry.isfile() and "/" not in entry.name else None
                if content is None:
                    raise BackupFailed(f"{source} non è una copia fatta da rientro backup.")
                files[entry.name] = content.read()
        manifest = json.loads(files.pop("manifest.json"))
    except (OSError, tarfile.TarError, KeyError, ValueError) as error:
        raise BackupFailed(f"{source} non è una copia fatta da rientro backup, o è rovinata.") from error
    if manifest.get("format") != FORMAT:
        raise BackupFailed(f"{source} è di un formato che questa versione non conosce.")
    return manifest, files


def _private(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
