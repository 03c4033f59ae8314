"""Reading what people type into forms."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any


def text_of(form: Mapping[str, Any], name: str, longest: int = 200) -> str:
    """A text field without outer spaces; empty when absent or a file."""
    value = form.get(name)
    return value.strip()[:longest] if isinstance(value, str) else ""


def number_of(form: Mapping[str, Any], name: str) -> float | None:
    """A number written the Italian way or not; None when empty.

    :raises ValueError: in Italian, when it is not a number.
    """
    written = text_of(form, name, 20)
    if not written:
        return None
    plain = written.replace(" ", "").replace("€", "")
    if "," in plain or re.fullmatch(r"\d{1,3}(\.\d{3})+", plain):  # dots between thousands
        plain = plain.replace(".", "").replace(",", ".")
    try:
        value = float(plain)
    except ValueError:
        raise ValueError(f"«{written}» non è un numero.") from None
    return int(value) if value.is_integer() else value


def day_of(form: Mapping[str, Any], name: str) -> dt.date | None:
    """A date of a date field; None when absent or not a date."""
    try:
        return dt.date.fromisoformat(text_of(form, name, 10))
    except ValueError:
        return None
