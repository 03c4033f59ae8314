"""Look up a text by key, audience and variant.

A key is ``<file>.<name>``: ``apertura.benvenuto`` is the entry ``benvenuto`` of ``it/apertura.yaml``. An entry is a
string, a list of variants (other words for the same thing), or a mapping from audience to one of the two. An audience
that has no words of its own hears those of ``cittadino``.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

AUDIENCES = ("cittadino", "medico", "sportello")
_FOLDER = Path(__file__).parent / "it"
_LANGUAGES = Path(__file__).parent / "lingue.yaml"


class TextMissing(LookupError):
    """No text has this key: a mistake of the programmer, never of the person."""


class Entry(NamedTuple):
    """One text as it is written in the files."""

    key: str
    audience: str
    variant: int
    text: str


def _as_variants(value: Any, where: str) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value.strip(),)
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return tuple(item.strip() for item in value)
    raise ValueError(f"{where}: a text is a string or a list of strings")


@functools.cache
def _catalogue() -> dict[str, dict[str, tuple[str, ...]]]:
    catalogue: dict[str, dict[str, tuple[str, ...]]] = {}
    for path in sorted(_FOLDER.glob("*.yaml")):
        for name, value in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            if not isinstance(name, str):
                raise ValueError(f"{path.name}: {name!r} is no name of a text (quote the words yes, no, on, off)")
            key = f"{path.stem}.{name}"
            spoken = value if isinstance(value, dict) else {"cittadino": value}
            if unknown := set(spoken) - set(AUDIENCES):
                raise ValueError(f"{key}: unknown audience {sorted(unknown)}")
            catalogue[key] = {audience: _as_variants(words, key) for audience, words in spoken.items()}
    return catalogue


def _words(key: str, audience: str) -> tuple[str, ...]:
    spoken = _catalogue().get(key)
    if spoken is None:
        raise TextMissing(key)
    return spoken.get(audience) or spoken["cittadino"]


def variants(key: str, audience: str = "cittadino") -> int:
    """How many wordings a text has for an audience."""
    return len(_words(key, audience))


def template(key: str, audience: str = "cittadino", variant: int = 0) -> str:
    """The text as written, its ``{places}`` not filled.

    :param variant: which wording; numbers past the last start again from the first.
    :raises TextMissing: when no text has this key.
    """
    words = _words(key, audience)
    return words[variant % len(words)]


def say(key: str, audience: str = "cittadino", variant: int = 0, **values: object) -> str:
    """The text, ready to be read.

    :param values: what fills the ``{places}`` of the text; a value may itself hold braces, it is never formatted.
    :raises TextMissing: when no text has this key.
    :raises KeyError: when a place of the text is not given.
    """
    return template(key, audience, variant).format_map(values)


@functools.cache
def _languages() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = yaml.safe_load(_LANGUAGES.read_text(encoding="utf-8"))
    return found


def in_language(language: str) -> dict[str, str] | None:
    """What is said to who writes in another language: ``testo``, ``persona``, ``comincia``; None for one not known.

    :param language: two letters (ISO 639-1).
    """
    return _languages().get(language)


def entries() -> Iterator[Entry]:
    """Every text of the product, for the tests of plain language."""
    for key, spoken in _catalogue().items():
        for audience, words in spoken.items():
            for variant, text in enumerate(words):
                yield Entry(key, audience, variant, text)
