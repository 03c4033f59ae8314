"""How many referrals strangers may open: no script can fill an operator's inbox, or send operators to somebody's telephone.

Only conversations that a stranger began are counted (:mod:`cases.origins`): what doctors and the hotline send with their
account is not. Where an address of the contact was confirmed, network and operator are not counted, the contact still is.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import budgets, origins
from cases.budgets import Budget
from cases.keys import Keyring
from cases.models import CaseRow
from referrals import confirmations
from referrals.contact import Contact

#: Referrals of one conversation in a day.
BY_CASE = Budget("segnalazioni_conversazione", 5)
#: Referrals with one telephone number or address, in whatever conversation.
BY_CONTACT = Budget("segnalazioni_recapito", 5)
#: Unconfirmed ones from one network (a hospital is one) and to one site.
BY_NETWORK = Budget("segnalazioni_rete", 60)
BY_SITE = Budget("segnalazioni_sede", 40)


def needs_account_in(session: Session, case_id: str) -> bool:
    """Whether a stranger speaks for somebody else here: a conversation as doctor or desk that no account began.

    It checks requirements, and no more: a declaration that the patient agreed needs the account of who declares it
    (:mod:`referrals.on_behalf`), or the patient's own confirmation (:mod:`referrals.consent_requests`).
    """
    role = session.scalar(select(CaseRow.role).where(CaseRow.id == case_id))
    return role not in (None, "cittadino") and origins.network_in(session, case_id) is not None


def spend_in(session: Session, keyring: Keyring, case_id: str, site_id: str, contact: Contact, now: datetime) -> None:
    """Pay for a referral, in the transaction that opens it.

    :param contact: checked (:meth:`referrals.contact.Contact.checked`).
    :raises BudgetSpent: too many; ``name`` says of what.
    """
    network = origins.network_in(session, case_id)
    if network is None:
        return
    budgets.spend_in(session, keyring, BY_CASE, case_id, now)
    for datum in sorted(filter(None, (contact.telefono, contact.email))):
        budgets.spend_in(session, keyring, BY_CONTACT, confirmations.key_of(keyring, datum), now)
    if contact.email and confirmations.is_confirmed_in(session, keyring, case_id, contact.email):
        return
    budgets.spend_in(session, keyring, BY_NETWORK, network, now)
    budgets.spend_in(session, keyring, BY_SITE, site_id, now)
