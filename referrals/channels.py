"""Which way a person is told: it follows from the contacts they gave and from what they asked for."""

from typing import Any

import phonenumbers

from referrals.contact import Contact, ContactError, Preferences
from referrals.notice_models import CALL, EMAIL, NOBODY, SMS, UNREACHABLE

_NEEDS = {
    "telefono": ("telefono", "Per una telefonata serve un numero. Lo scriva, o scelga l'e-mail."),
    "sms": ("telefono", "Per un SMS serve un numero di cellulare. Lo scriva, o scelga l'e-mail."),
    "email": ("email", "Per un'e-mail serve un indirizzo. Lo scriva, o scelga il telefono."),
}


def check(contact: Contact, preferences: Preferences) -> None:
    """Refuse a wish that the contacts cannot grant, e.g. the telephone of who gave only an address.

    :raises ContactError: on ``canale``, in Italian.
    """
    datum, words = _NEEDS.get(preferences.channel or "", ("nome", ""))
    if not getattr(contact, datum):
        raise ContactError("canale", words)


def way_to(contact: Contact, preferences: Preferences, texts_on: bool) -> str:
    """The way to tell this person something (``referrals.notice_models``).

    :param texts_on: whether this deployment sends text messages; where it does not, the hotline calls.
    """
    wish = preferences.channel
    if wish == "nessuno":
        return NOBODY
    if wish in (None, "email") and contact.email:
        return EMAIL
    if not contact.telefono:
        return EMAIL if contact.email else UNREACHABLE
    if texts_on and wish in (None, "sms") and is_mobile(contact.telefono):
        return SMS
    return CALL


def is_mobile(number: str | None) -> bool:
    """Whether text messages reach a number (one that may be a mobile counts)."""
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(number or "", "IT"))
    except phonenumbers.NumberParseException:
        return False
    return kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def texts_on(settings: Any) -> bool:
    """Whether this deployment sends text messages."""
    return bool(settings.sms_gateway_url)
