"""The letter for the patient: what to bring, whom it goes to, and a QR code. No name of theirs, no fact, no diagnosis."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

from papers.typesetting import qr_svg, typeset
from papers.words import words
from texts.dates import long_date

Kind = Literal["check", "referral", "consent"]


@dataclass(frozen=True)
class Letter:
    """What a letter says.

    :ivar kind: after a check only, after a referral, or with a link that the patient confirms.
    :ivar url: what the QR code opens.
    :ivar measures: title and outcome in words, after a check.
    :ivar site: operator, address and telephone, one to a line.
    :ivar until: last day of the link.
    """

    kind: Kind
    url: str
    doctor: str
    ruleset: str
    measures: tuple[tuple[str, str], ...] = ()
    documents: tuple[str, ...] = ()
    measure: str = ""
    site: tuple[str, ...] = ()
    code: str = ""
    pin: str = ""
    until: dt.date | None = None
    demo: bool = False


def make_letter(content: Letter, settings: Any, now: dt.datetime, today: dt.date) -> bytes:
    """The letter as a tagged PDF. ``settings``: help number and working days."""
    w = words()["letter"]
    letter = w[content.kind]
    after = letter.get("after", "").format(
        days=settings.referral_expiry_days, day=long_date(content.until) if content.until else ""
    )
    data = {
        "texts": {name: w[name] for name in ("operator", "measure", "bring")},
        "letter": letter,
        "kind": content.kind,
        "from": w["from"].format(doctor=content.doctor, day=long_date(today)),
        "after": after,
        "url": content.url,
        "qr": qr_svg(content.url),
        "measures": [list(row) for row in content.measures],
        "documents": list(content.documents),
        "measure": content.measure,
        "site": list(content.site),
        "code": content.code,
        "pin": content.pin,
        "help": w["help"].format(phone=settings.help_phone, note=settings.help_phone_note),
        "footer": w["footer"].format(ruleset=content.ruleset),
        "demo": w["demo"] if content.demo else "",
    }
    return typeset("letter", data, now)
