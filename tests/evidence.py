"""Evidence named in documents: a file, or a test in it (``tests/x/test_y.py::test_z``)."""

from __future__ import annotations

import functools
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def missing(evidence: str) -> str | None:
    """Why this evidence does not exist, or None when it does."""
    path, _, test = evidence.partition("::")
    if not (ROOT / path).exists():
        return f"{evidence}: no such file"
    if test and test not in _tests(ROOT / path):
        return f"{evidence}: no such test"
    return None


@functools.cache
def _tests(path: Path) -> frozenset[str]:
    return frozenset(re.findall(r"^(?:async )?def (test_\w+)", path.read_text(encoding="utf-8"), re.M))
