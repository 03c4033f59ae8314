"""What the rest of the product sees of an account, a session, a device."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Account:
    """A professional.

    :ivar role: one of :data:`accounts.roles.ROLES`.
    :ivar operator_id: the accredited operator they work for (role ``operatore`` only).
    :ivar territory: provinces in which a ``medico`` works, e.g. ``("MI", "LO")``.
    :ivar demo: a fictitious person of the demonstration; cannot enter in production.
    :ivar ready: has a password (or an external identity) and, unless waived, a second factor.
    """

    id: str
    name: str
    email: str
    role: str
    operator_id: str | None
    territory: tuple[str, ...]
    active: bool
    demo: bool = False
    ready: bool = True
    created_at: datetime | None = None
    last_login_at: datetime | None = None

    @property
    def actor(self) -> str:
        """How the journal names this person: ``<role>:<account id>``, never the name."""
        return f"{self.role}:{self.id}"


@dataclass(frozen=True)
class SessionView:
    """A browser in which an account is open."""

    id: str
    device: str
    method: str
    created_at: datetime
    seen_at: datetime
    current: bool = False
