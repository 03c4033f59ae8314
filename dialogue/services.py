"""The parts of the product that a conversation reaches: cases, operators, referrals."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hotline.callbacks import Callbacks
from hotline.hours import Timetable

if TYPE_CHECKING:
    from cases.service import Cases
    from referrals.directory import Directory
    from referrals.service import Referrals
    from settings.config import Settings


@dataclass(frozen=True)
class HelpDesk:
    """Where a person of flesh and blood answers."""

    phone: str
    note: str
    hours: str
    retention_days: int = 365
    timetable: Timetable = field(default_factory=Timetable)


@dataclass(frozen=True)
class Services:
    """What the dialogue may read and do."""

    cases: Cases
    directory: Directory
    referrals: Referrals
    help: HelpDesk

    @functools.cached_property
    def callbacks(self) -> Callbacks:
        """Promises to call a person back."""
        return Callbacks(self.cases.session_factory, self.cases.keyring, self.help.timetable)


def help_desk(settings: Settings) -> HelpDesk:
    """The help desk of the configuration."""
    return HelpDesk(
        settings.help_phone,
        settings.help_phone_note,
        settings.help_hours,
        settings.retention_days,
        Timetable.of(settings),
    )


def build(settings: Settings) -> Services:
    """Open the stores of this configuration; the schema must already be in place.

    :raises OSError: when keys or database cannot be opened.
    """
    from cases.db import make_engine, make_session_factory
    from cases.keys import Keyring
    from cases.service import Cases
    from referrals.directory import Directory
    from referrals.service import Referrals

    sessions = make_session_factory(make_engine(str(settings.database_url)))
    keyring = Keyring.open(settings.keys_dir, settings.keys_url)
    return Services(Cases(sessions, keyring), Directory(sessions), Referrals(sessions, keyring), help_desk(settings))
