"""The case record: facts, consents, conversation, journal; encrypted, exportable, erasable."""

from cases.errors import CaseError, CaseNotFound, StaleCase, TurnNotFound
from cases.record import CaseRecord, Consent, Turn
from cases.service import Cases

__all__ = [
    "CaseError",
    "CaseNotFound",
    "CaseRecord",
    "Cases",
    "Consent",
    "StaleCase",
    "Turn",
    "TurnNotFound",
]
