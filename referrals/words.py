"""The Italian words of this package, from ``words.yaml``."""

from typing import Any

from texts.word_files import words_beside


def load() -> dict[str, Any]:
    """Every text by key."""
    return words_beside(__file__)


def mail(kind: str, **values: object) -> tuple[str, str]:
    """(subject, text) of an e-mail. Raises ``KeyError`` when the kind or a value is missing."""
    texts = load()[kind]
    return texts["subject"].format_map(values), texts["text"].format_map(values)
