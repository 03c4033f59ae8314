"""Who the person is, as they told the hotline: name and telephone, sealed; found again through the blind index."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.keys import Keyring
from hotline import search
from hotline.errors import ContactWrong
from hotline.models import CallerRow
from referrals import encrypted_parts
from referrals.contact import Contact, ContactError
from referrals.models import ReferralRow

_SPARE_NAME, _SPARE_PHONE = "Nome Cognome", "+390212345678"


@dataclass(frozen=True)
class Caller:
    """``leave_message``: whether a message may be left, or somebody else told who is calling."""

    nome: str | None = None
    telefono: str | None = None
    leave_message: bool = False

    def checked(self) -> "Caller":
        """The same in canonical form. Raises ``ContactWrong``."""
        nome, telefono = (self.nome or "").strip(), (self.telefono or "").strip()
        try:
            right = Contact(nome or _SPARE_NAME, telefono or _SPARE_PHONE).checked()
        except ContactError as error:
            raise ContactWrong(str(error)) from None
        return Caller(right.nome if nome else None, right.telefono if telefono else None, self.leave_message)


def note_in(session: Session, keyring: Keyring, case_id: str, caller: Caller, now: dt.datetime) -> Caller:
    """Keep name and number; what is not given now stays as it was. Raises ``ContactWrong``, ``KeyShredded``."""
    caller = caller.checked()
    row = session.get(CallerRow, case_id, with_for_update=True)
    cipher = keyring.cipher(case_id)
    if row is None:
        row = CallerRow(case_id=case_id, sealed=b"", updated_at=now)
        session.add(row)
    else:
        before = Caller(**cipher.open("hotline_caller", "sealed", case_id, row.sealed))
        caller = Caller(caller.nome or before.nome, caller.telefono or before.telefono, caller.leave_message)
    row.sealed = cipher.seal("hotline_caller", "sealed", case_id, asdict(caller))
    row.updated_at = now
    session.flush()
    search.index_in(session, keyring, case_id, caller.nome, caller.telefono)
    return caller


def of_cases_in(session: Session, keyring: Keyring, case_ids: Iterable[str]) -> dict[str, Caller]:
    """What is known of the people of these cases, in a constant number of queries.

    What they told the hotline comes first, else the contact of their newest referral.
    """
    wanted = list(case_ids)
    if not wanted:
        return {}
    ciphers = keyring.ciphers(wanted)
    found: dict[str, Caller] = {}
    for row in session.scalars(select(CallerRow).where(CallerRow.case_id.in_(wanted))):
        if row.case_id in ciphers:
            told = ciphers[row.case_id].open("hotline_caller", "sealed", row.case_id, row.sealed)
            found[row.case_id] = Caller(**told)
    query = select(ReferralRow).where(ReferralRow.case_id.in_(wanted)).order_by(ReferralRow.created_at, ReferralRow.id)
    rows = list(session.scalars(query))
    contacts = encrypted_parts.read_many_in(session, keyring, rows, encrypted_parts.CONTACT) if rows else {}
    for referral in reversed(rows):
        contact = contacts.get(referral.id)
        if contact and referral.case_id:
            known = found.get(referral.case_id, Caller())
            found[referral.case_id] = Caller(
                known.nome or contact.get("nome"), known.telefono or contact.get("telefono"), known.leave_message
            )
    return found
