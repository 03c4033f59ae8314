"""Contact data and preferences of the person: sealed, shown only to who needs them."""

import hashlib
import hmac
from dataclasses import asdict, dataclass
from typing import Any

from stdnum.exceptions import ValidationError
from stdnum.it import codicefiscale

from texts import typed

CHANNELS = ("telefono", "sms", "email", "nessuno")


class ContactError(ValueError):
    """A contact datum is wrong; ``field`` names it and the message says so in Italian."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Contact:
    """How to reach the person. At least a telephone number or an e-mail address."""

    nome: str
    telefono: str | None = None
    email: str | None = None
    codice_fiscale: str | None = None

    def checked(self) -> "Contact":
        """The same in canonical form. Raises ``ContactError`` for the first datum that is wrong."""
        nome = typed.person_name(self.nome or "")
        if nome is None:
            raise ContactError("nome", "Scriva il nome, da 2 a 100 lettere.")
        telefono = self._telefono()
        email = self._email()
        if not telefono and not email:
            raise ContactError("recapito", "Serve un numero di telefono o un'e-mail.")
        return Contact(nome, telefono, email, self._codice_fiscale())

    def to_dict(self) -> dict[str, str | None]:
        """As JSON values."""
        return asdict(self)

    def _telefono(self) -> str | None:
        if not self.telefono:
            return None
        number = typed.phone(self.telefono)
        if number is None:
            raise ContactError("telefono", "Il numero di telefono non sembra giusto.")
        return number

    def _email(self) -> str | None:
        if not self.email:
            return None
        address = typed.email(self.email)
        if address is None:
            raise ContactError("email", "L'indirizzo e-mail non sembra giusto.")
        return address

    def _codice_fiscale(self) -> str | None:
        if not self.codice_fiscale:
            return None
        try:
            return codicefiscale.validate(self.codice_fiscale)
        except ValidationError:
            raise ContactError("codice_fiscale", "Il codice fiscale non sembra giusto.") from None


@dataclass(frozen=True)
class Preferences:
    """How the person wants to be reached; every notice and the operator's page honour it.

    ``channel``: one of ``CHANNELS`` ("nessuno": the person asks, nobody writes), None for no
    preference. We ourselves only write e-mails, so a person who chose the telephone gets none.
    ``helper``: name and number of somebody who helps, if the person named one.
    """

    channel: str | None = None
    hours: str = ""
    may_leave_message: bool = False
    language: str = "it"
    interpreter: bool = False
    accessibility: str = ""
    helper: str = ""

    def __post_init__(self) -> None:
        if self.channel is not None and self.channel not in CHANNELS:
            raise ContactError("canale", "Scelga telefono, SMS, e-mail o nessuno.")

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


def masked(value: str | None) -> str:
    """Enough to recognise one's own datum: «••• 567», «a•••@example.org»."""
    if not value:
        return ""
    name, at, domain = value.partition("@")
    return f"{name[:1]}•••@{domain}" if at else f"••• {value[-3:]}"


def person_key(secret: bytes, contact: Contact) -> str | None:
    """What makes the same person recognisable across conversations: the codice fiscale, keyed.

    None without one: a shared telephone is not a shared identity.
    """
    if not contact.codice_fiscale:
        return None
    return hmac.new(secret, contact.codice_fiscale.encode(), hashlib.sha256).hexdigest()
