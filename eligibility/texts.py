"""Texts that may differ by who listens: the person, the doctor, the hotline reading aloud."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eligibility.errors import RuleError

AUDIENCES = ("cittadino", "medico", "sportello")

Spoken = dict[str, str]


def spoken(data: Any, where: str) -> Spoken:
    """Turn a plain string, or a mapping by audience, into one text per audience.

    ``data``: a string (the same for all) or a mapping that has all three audiences.
    ``where``: place in the file, for the message. Raises RuleError when a text is missing or empty.
    """
    if isinstance(data, str):
        data = dict.fromkeys(AUDIENCES, data)
    if not isinstance(data, Mapping):
        raise RuleError(f"{where}: serve un testo, oppure un testo per {', '.join(AUDIENCES)}.")
    unknown = set(data) - set(AUDIENCES)
    if unknown:
        raise RuleError(f"{where}: chi ascolta non può essere {', '.join(map(repr, sorted(map(str, unknown))))}.")
    for audience in AUDIENCES:
        text = data.get(audience)
        if not isinstance(text, str) or not text.strip():
            raise RuleError(f"{where}: manca il testo per «{audience}».")
    return {audience: " ".join(data[audience].split()) for audience in AUDIENCES}


def check_audience(audience: str) -> str:
    """Return the audience, or raise ValueError naming the admitted ones."""
    if audience not in AUDIENCES:
        raise ValueError(f"audience must be one of {', '.join(AUDIENCES)}, not {audience!r}")
    return audience


def say(value: Any, audience: str) -> Any:
    """Choose the audience's words everywhere inside a piece of rule data.

    A mapping whose keys are exactly the audiences is replaced by the text of that audience;
    lists and other mappings are walked. Anything else is returned as it is.
    """
    if isinstance(value, dict):
        if value and set(value) <= set(AUDIENCES):
            return value.get(audience, next(iter(value.values())))
        return {key: say(item, audience) for key, item in value.items()}
    if isinstance(value, list):
        return [say(item, audience) for item in value]
    return value
