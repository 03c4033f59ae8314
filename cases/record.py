"""What callers see of a case: plain values, detached from the database."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Consent:
    """A consent as given; ``withdrawn_at`` is None while it holds."""

    purpose: str
    version: str
    text: str
    text_hash: str
    given_at: datetime
    withdrawn_at: datetime | None = None

    @property
    def active(self) -> bool:
        """True while it has not been withdrawn."""
        return self.withdrawn_at is None


@dataclass(frozen=True)
class CaseRecord:
    """A case at one moment. ``facts`` maps fact ids to values, None meaning "the person does not know"."""

    id: str
    role: str
    mode: str
    facts: dict[str, Any]
    dialogue: dict[str, Any]
    consents: dict[str, Consent]
    created_at: datetime
    updated_at: datetime
    version: int

    def consented(self, purpose: str) -> bool:
        """Whether the person's consent to ``purpose`` holds now."""
        consent = self.consents.get(purpose)
        return consent is not None and consent.active


@dataclass(frozen=True)
class OpenedCase:
    """What a token opens: the id and the role of a case."""

    id: str
    role: str


@dataclass(frozen=True)
class Turn:
    """One thing said. ``body``: ``{"text", "buttons"?, "card"?}``."""

    id: str
    case_id: str
    seq: int
    author: str
    status: str
    created_at: datetime
    body: dict[str, Any] = field(default_factory=dict)
