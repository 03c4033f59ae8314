"""Italian words in a YAML file beside the code that says them: the one way to read such a file."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import yaml


@functools.cache
def words_of(path: Path) -> dict[str, Any]:
    """Every text of a file, by key; read once.

    :raises OSError: when the file cannot be read.
    :raises ValueError: when it is not a mapping.
    """
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} is not a mapping of words")
    return found


def words_beside(module_file: str, name: str = "words.yaml") -> dict[str, Any]:
    """The words in ``name``, in the folder of a module (its ``__file__``)."""
    return words_of(Path(module_file).with_name(name))
