"""The Italian words of this package, from ``words.yaml``."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def load() -> dict[str, Any]:
    """Every text by key."""
    content: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("words.yaml").read_text("utf-8"))
    return content


def mail(kind: str, **values: object) -> tuple[str, str]:
    """(subject, text) of an e-mail. Raises ``KeyError`` when the kind or a value is missing."""
    texts = load()[kind]
    return texts["subject"].format_map(values), texts["text"].format_map(values)
