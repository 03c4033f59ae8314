"""The stores as commands and the worker open them: with what every package does when data are erased, exported or kept.

Packages register that when they are imported. A command that imported ``cases`` alone would purge less than it says, and
could not erase a person whose referral is open.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

import accounts.retention  # noqa: F401  (registers)
import hotline.disclosure  # noqa: F401  (registers)
import referrals.erasure  # noqa: F401  (registers)
from cases.db import SessionFactory, make_engine, make_session_factory, upgrade
from cases.keys import Keyring
from cases.service import Cases
from settings.config import Settings


@dataclass(frozen=True)
class Stores:
    """The open stores of one configuration."""

    engine: Engine
    sessions: SessionFactory
    keyring: Keyring
    cases: Cases

    def close(self) -> None:
        """Let go of connections."""
        self.engine.dispose()
        self.keyring.close()


def open_stores(settings: Settings) -> Stores:
    """Open database and keys; brings the schema up to date.

    :raises KeyringError: when the keys cannot be used.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = make_engine(str(settings.database_url))
    upgrade(engine)
    sessions = make_session_factory(engine)
    keyring = Keyring.open(settings.keys_dir, settings.keys_url)
    return Stores(engine, sessions, keyring, Cases(sessions, keyring))
