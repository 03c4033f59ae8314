"""Which part of a message decides what the person wants."""

from __future__ import annotations

import re

KEPT_AT_START = 300
KEPT_AT_END = 700
LAST_WORDS = 14  # of a dictated message without full stops
LONG_MESSAGE = 90  # characters from which a message may tell a story before it asks something

_SENTENCE_END = re.compile(r"(?<=[.!?;\n…])[\s]+|\n+")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufffe\uffff\ud800-\udfff]"
)

_REQUEST = re.compile(
    r"\b(?:vole(?:vo|vamo)|vorre(?:i|mmo)|volendo|potrei|posso|può dirmi|puo dirmi|mi sa dire|sa dirmi|mi (?:può|puo) dire|mi chiedevo|chiedo|chiedevo"
    r"|la (?:mia )?domanda (?:è|e)|domando)\b",
    re.IGNORECASE,
)


def cap_length(text: str, start: int = KEPT_AT_START, end: int = KEPT_AT_END) -> str:
    """Beginning and end of `text`, without control characters. The end is kept longer: there the question stands.

    :param start: characters kept at the beginning of a longer text.
    :param end: characters kept at its end.
    """
    if len(text) > start + end:
        text = text[:start] + " " + text[-end:]
    return _INVISIBLE.sub(" ", text)


def sentences(text: str) -> list[str]:
    """Sentences of `text` that hold at least one letter or digit."""
    return [part.strip() for part in _SENTENCE_END.split(text) if part and any(c.isalnum() for c in part)]


def deciding_part(text: str) -> str | None:
    """The last question of a long message, or else its last sentence; None where the message is one thing only.

    Of a long message without any full stop, as dictation gives them, what follows "volevo sapere" or the last words.
    """
    if len(text) < LONG_MESSAGE:
        return None
    parts = sentences(text)
    if len(parts) < 2:
        requests = [match for match in _REQUEST.finditer(text) if len(text[match.start() :].split()) >= 4]
        if requests and requests[-1].start() > len(text) // 4:
            return text[requests[-1].start() :]
        words = text.split()
        return " ".join(words[-LAST_WORDS:]) if len(words) > 2 * LAST_WORDS else None
    questions = [part for part in parts if part.endswith("?")]
    chosen = questions[-1] if questions else parts[-1]
    return chosen if len(chosen.split()) >= 2 else None
