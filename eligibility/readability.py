"""How easy an Italian text is: the Gulpease index (0 to 100, more is easier; 60 is fine with middle school)."""

from __future__ import annotations

import re

_WORD = re.compile(r"[0-9]+(?:[.,][0-9]+)*|[^\W\d_]+")
_SENTENCE_END = re.compile(r"(?<![.!?…;])[.!?…;]+(?=\s|$)")


def gulpease(text: str) -> float:
    """The index of a text: 89 + (300 x sentences - 10 x letters) / words, kept within 0 and 100.

    A text without words is as easy as can be (100). An apostrophe separates words; a number is one word.
    """
    words = _WORD.findall(text)
    if not words:
        return 100.0
    sentences = len(_SENTENCE_END.findall(text))
    if text.rstrip()[-1] not in ".!?…;":
        sentences += 1  # the last sentence counts also without its full stop
    letters = sum(len(word) for word in words)
    return max(0.0, min(100.0, 89 + (300 * sentences - 10 * letters) / len(words)))
