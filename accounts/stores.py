"""Where the accounts are kept: what every service of this package needs."""

from dataclasses import dataclass
from datetime import timedelta

from accounts import sessions
from cases.db import SessionFactory
from cases.keys import Keyring
from settings.config import Settings


@dataclass(frozen=True)
class AccountStores:
    """The database, the keys that seal personal data, and the settings of this deployment."""

    session_factory: SessionFactory
    keyring: Keyring
    settings: Settings

    @property
    def lives(self) -> sessions.Lives:
        """How long a session lasts in all, and unused."""
        return sessions.Lives(
            timedelta(hours=self.settings.portal_session_hours), timedelta(minutes=self.settings.portal_idle_minutes)
        )
