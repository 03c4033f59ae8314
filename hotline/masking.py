"""What staff read of a conversation: everything but the PINs of its referrals.

A PIN opens a referral in the person's name. Whoever helps the person has a door of their own and needs none, so a PIN is not
shown to staff wherever it stands: in the receipt, in a message of the person's, in an answer of the assistant.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from cases.record import Turn

MASK = "••••••"


def without_pins(turns: Iterable[Turn], pins: Iterable[str]) -> list[Turn]:
    """The turns with every PIN masked: those given, and those that receipts among the turns show."""
    turns = list(turns)
    known = {str(pin) for pin in pins}
    known |= {str(turn.body["card"]["pin"]) for turn in turns if (turn.body.get("card") or {}).get("pin")}
    if not known:
        return turns
    # As people write it too: 123 456, 12-34-56.
    written = re.compile("|".join(rf"(?<!\d){'[ .-]?'.join(pin)}(?!\d)" for pin in sorted(known)))
    return [replace(turn, body=_masked(turn.body, written)) for turn in turns]


def _masked(value: Any, written: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return written.sub(MASK, value)
    if isinstance(value, dict):
        return {key: _masked(inner, written) for key, inner in value.items()}
    if isinstance(value, list):
        return [_masked(inner, written) for inner in value]
    return value
