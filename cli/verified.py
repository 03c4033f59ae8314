"""A backup that was never restored is a hope: put it into a fresh place, read all of it, count, and throw it away."""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, make_url, select

from cases import maintenance
from cases.errors import CaseError, JournalBroken
from cases.models import CaseRow
from cli import postgresql
from cli.backup import BackupFailed, restore
from cli.stores import Stores, open_stores
from referrals.jobs import Jobs
from referrals.models import ReferralRow
from settings.config import Settings

_PAGE = 500


@dataclass(frozen=True)
class Verified:
    """What was found in a copy.

    :ivar cases: cases whose facts could be read.
    :ivar journal: rows of the journal, checked one by one.
    """

    made: str
    cases: int
    erased_again: int
    without_key: int
    referrals: int
    journal: int


def verify(settings: Settings, source: Path, keys: Path | None, now: dt.datetime, identity: Path | None) -> Verified:
    """Restore a backup beside the running service and read it; nothing of it stays.

    :raises BackupFailed: it cannot be restored, a case cannot be read, or its journal does not hold.
    """
    folder = Path(tempfile.mkdtemp(prefix="rientro-prova-", dir=source.absolute().parent))
    try:
        with contextlib.ExitStack() as places:
            place = _fresh_place(settings, folder, places)
            if keys is None:  # those in place are the newest there are
                if settings.keys_url:
                    raise BackupFailed("Indichi con --keys l'archivio delle chiavi.")
                shutil.copytree(settings.keys_dir, place.keys_dir)
            restored = restore(place, source, keys, now, identity)
            stores = open_stores(place)
            try:
                read = _read_all(stores)
                journal = Jobs(stores.sessions, stores.keyring, place).verify_journal()
                with stores.sessions() as session:
                    referrals = session.scalar(select(func.count()).select_from(ReferralRow)) or 0
            finally:
                stores.close()
    except postgresql.ProgramFailed as error:
        raise BackupFailed(str(error)) from error
    except JournalBroken as error:
        raise BackupFailed(f"Il registro della copia non è integro: {error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if read + restored.without_key != restored.cases:
        raise BackupFailed(f"Dei {restored.cases} casi della copia se ne leggono {read}.")
    url = make_url(str(settings.database_url))
    if url.get_backend_name() == "postgresql" or Path(url.database or "").exists():  # else nobody watches here
        maintenance.note(str(settings.database_url), [maintenance.COPY_TRIED], now)
    return Verified(restored.made, read, restored.erased_again, restored.without_key, referrals, journal)


def _fresh_place(settings: Settings, folder: Path, places: contextlib.ExitStack) -> Settings:
    url = make_url(str(settings.database_url))
    database = f"sqlite:///{folder / 'rientro.db'}"
    if url.get_backend_name() == "postgresql":
        database = places.enter_context(postgresql.scratch(url)).render_as_string(hide_password=False)
    keys_url = None
    if settings.keys_url:
        shared = make_url(settings.keys_url)
        keys_url = f"sqlite:///{folder / 'keys.sqlite3'}"
        if shared.get_backend_name() == "postgresql":
            keys_url = places.enter_context(postgresql.scratch(shared)).render_as_string(hide_password=False)
    return Settings(data_dir=folder, keys_dir=folder / "keys", database_url=database, keys_url=keys_url)


def _read_all(stores: Stores) -> int:
    """How many cases open with their keys and show their facts."""
    count, last = 0, ""
    while True:
        query = select(CaseRow.id).where(CaseRow.id > last).order_by(CaseRow.id).limit(_PAGE)
        with stores.sessions() as session:
            ids = list(session.scalars(query))
        for case_id in ids:
            with contextlib.suppress(CaseError):
                stores.cases.get(case_id)
                count += 1
        if len(ids) < _PAGE:
            return count
        last = ids[-1]
