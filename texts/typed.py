"""What people type into any door of the product (chat, pages, files, API): one reading of each kind for all of them.

The dialogue engine reads telephone numbers by the same rule in ``bot/facts/contacts.py``, for it imports nothing of ours.
"""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
from email_validator import EmailNotValidError, validate_email

LONGEST_NAME = 100
# Control characters, those that hide or turn what is read, and those that are none.
_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cn", "Cs"})
# What a spreadsheet runs when a cell begins with it; the wide forms are read as the narrow ones.
_FORMULA = tuple("=+-@|%＝＋－＠")


def visible(text: str) -> str:
    """The text without characters that nobody sees or that turn its direction, blanks made one, composed (NFC)."""
    spaced = re.sub(r"\s+", " ", text)
    kept = "".join(char for char in spaced if unicodedata.category(char) not in _INVISIBLE)
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", kept)).strip()


def hides_something(text: str) -> bool:
    """Whether there are such characters in it: what must be exact (a code, an address) is refused, not corrected."""
    return any(unicodedata.category(char) in _INVISIBLE for char in text)


def person_name(text: str) -> str | None:
    """A person's name, None when it cannot be one: from two characters, with a letter, without mark-up."""
    name = visible(text)
    if not 2 <= len(name) <= LONGEST_NAME or set(name) & set("<>{}") or not any(char.isalpha() for char in name):
        return None
    return name


def phone(text: str) -> str | None:
    """A telephone number in international form (E.164), None when nobody can have it (``000000``, too few digits)."""
    try:
        number = phonenumbers.parse(visible(text), "IT")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_as_read(number: str | None) -> str:
    """A number as people read it: ``333 123 4567``; what is none comes back as it is."""
    if not number:
        return ""
    try:
        parsed = phonenumbers.parse(number, "IT")
    except phonenumbers.NumberParseException:
        return number
    national = parsed.country_code == 39
    style = phonenumbers.PhoneNumberFormat.NATIONAL if national else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, style)


def email(text: str) -> str | None:
    """An e-mail address in its normal form, None when it is none. Reserved domains (example.org) are allowed."""
    address = text.strip()
    if hides_something(address):
        return None
    try:
        return validate_email(address, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        return None


def cell(value: object) -> str:
    """A cell of a file for spreadsheets that none of them runs as a formula, whatever invisible stands before it."""
    text = "" if value is None else str(value)
    return "'" + text if visible(text).startswith(_FORMULA) or text.startswith(("\t", "\r", "\n")) else text
