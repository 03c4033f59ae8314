"""Character and word n-grams: the spelling side of the classifier, kind to typos and dialect."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

CHARACTERS = range(2, 6)  # lengths of the character n-grams
LONG_ENOUGH = 4  # characters that tell words from gibberish
_REPEATED = re.compile(r"(.)\1{2,}")
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_WORDS = re.compile(r"[a-z0]+|[^\sa-z0]")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "ʼ": "'"})


def simplify(text: str) -> str:
    """`text` in lower case without accents, repeated letters shortened, every number the same."""
    text = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)[:4000])[:4000]
    text = "".join(c for c in text if not unicodedata.combining(c)).lower()
    return _DIGITS.sub("0", _REPEATED.sub(r"\1\1", text))


def features(text: str) -> list[str]:
    """Character n-grams inside the words (with their borders), single words and pairs of words of `text`."""
    words = _WORDS.findall(simplify(text))
    found = []
    for word in words:
        bordered = f" {word} "
        for size in CHARACTERS:
            if len(bordered) <= size:
                found.append(bordered)
                break
            found.extend(bordered[i : i + size] for i in range(len(bordered) - size + 1))
    found.extend("w:" + word for word in words)
    found.extend(f"w:{first} {second}" for first, second in zip(["<", *words], [*words, ">"], strict=False))
    return found


class NgramVectorizer:
    """TF-IDF over :func:`features`, with sublinear term frequency and rows of length one."""

    def __init__(self, vocabulary: dict[str, int], idf: np.ndarray) -> None:
        """:param vocabulary: column of each feature. :param idf: weight of each column."""
        self.vocabulary = vocabulary
        self.idf = idf

    @classmethod
    def fit(cls, texts: Sequence[str], at_least: int = 2) -> NgramVectorizer:
        """Learn vocabulary and weights from `texts`, leaving out features found in fewer than `at_least` of them."""
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(set(features(text)))
        kept = sorted(feature for feature, n in counts.items() if n >= at_least)
        idf = np.array([math.log((1 + len(texts)) / (1 + counts[f])) + 1 for f in kept], dtype=np.float32)
        return cls({feature: column for column, feature in enumerate(kept)}, idf)

    def row(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """Columns and values of `text`, both empty when nothing in it is known."""
        counts = Counter(map(self.vocabulary.get, features(text)))
        counts.pop(None, None)
        columns = np.fromiter(counts.keys(), dtype=np.int64, count=len(counts))
        values = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))) * self.idf[columns]
        norm = float(np.linalg.norm(values))
        return columns, (values / norm if norm else values).astype(np.float32)

    def known_share(self, text: str) -> float | None:
        """How much of the longer letter sequences of `text` occurs in what was learned; None where it has none.

        Words of any Latin language are above a quarter, blows on the keyboard near zero.
        """
        grams = [f for f in features(text) if len(f) >= LONG_ENOUGH and not f.startswith("w:")]
        return sum(f in self.vocabulary for f in grams) / len(grams) if grams else None

    def matrix(self, texts: Iterable[str]):
        """Sparse matrix of `texts`, one row each, for training."""
        from scipy.sparse import csr_matrix

        rows = [self.row(text) for text in texts]
        pointers = np.cumsum([0] + [len(columns) for columns, _ in rows])
        return csr_matrix(
            (np.concatenate([v for _, v in rows]), np.concatenate([c for c, _ in rows]), pointers),
            shape=(len(rows), len(self.idf)),
        )
