"""In which language a message is written.

Scripts other than the Latin one tell by themselves. For the others lingua counts sequences of three letters; it is
believed only where the message is long enough and hardly a word of it is known from Italian messages, for a short
Italian message must never be taken for another language.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Container
from functools import lru_cache
from typing import NamedTuple

from bot.facts.words import fold, tokenize
from bot.intents.focus import cap_length

ITALIAN = "it"
# By the name of the script that a letter's Unicode name begins with.
_SCRIPTS = {"CYRILLIC": "uk", "ARABIC": "ar", "CJK": "zh", "HIRAGANA": "ja", "HANGUL": "ko", "DEVANAGARI": "hi"}
_SCRIPTS |= {"GREEK": "el", "HEBREW": "he", "BENGALI": "bn", "GURMUKHI": "pa", "GEORGIAN": "ka", "ETHIOPIC": "am"}
_SCRIPTS |= {"SINHALA": "si", "TAMIL": "ta", "THAI": "th"}
# Letters that Italian, and the names of its places and people, do not have.
_FOREIGN_LETTERS = {"ë": "sq", "ț": "ro", "ș": "ro", "ă": "ro", "ş": "ro", "ţ": "ro", "ñ": "es", "¿": "es", "¡": "es"}
_FOREIGN_LETTERS |= {"ß": "de"}
_UKRAINIAN = frozenset("іїєґ")
_RUSSIAN = frozenset("ыэъё")

FEWEST_WORDS = 2
FEWEST_LETTERS = 7
MOST_ITALIAN = 0.34  # share of words known from Italian messages
LEAST_SURE = 0.5  # probability of the foreign language
LEAST_RATIO = 8.0  # how much likelier it must be than Italian


class Language(NamedTuple):
    """:ivar code: ISO 639-1. :ivar confidence: 0 to 1."""

    code: str
    confidence: float


@lru_cache(maxsize=1)
def _detector():
    from lingua import Language as L
    from lingua import LanguageDetectorBuilder  # loaded late: training does not need it

    latin = (L.ITALIAN, L.ENGLISH, L.FRENCH, L.SPANISH, L.ROMANIAN, L.ALBANIAN, L.PORTUGUESE, L.GERMAN)
    return LanguageDetectorBuilder.from_languages(*latin).with_low_accuracy_mode().build()


def load() -> None:
    """Read the models now, so that the first message does not wait."""
    _detector().compute_language_confidence_values("buongiorno a tutti quanti")


def recognise(text: str, italian: Container[str]) -> Language:
    """The language of `text`, Italian where there is any doubt.

    :param italian: words, folded, that Italian messages hold.
    """
    text = cap_length(text)
    script = _by_script(text)
    if script:
        return script
    words = [word.text for word in tokenize(fold(text)) if word.text[0].isalpha()]
    letters = sum(map(len, words))
    lower = text.lower()
    named = next((code for letter, code in _FOREIGN_LETTERS.items() if letter in lower), None)
    if len(words) < FEWEST_WORDS or letters < FEWEST_LETTERS:
        return Language(ITALIAN, 1.0)
    known = sum(word in italian or word.endswith("'") for word in words) / len(words)
    if known > MOST_ITALIAN + (0.15 if len(words) <= 3 else 0.0):
        return Language(ITALIAN, known)
    chances = {
        v.language.iso_code_639_1.name.lower(): v.value for v in _detector().compute_language_confidence_values(text)
    }
    if named:
        chances[named] = chances.get(named, 0.0) + 0.5
    best = max(chances, key=lambda code: (chances[code], code))
    enough = chances[best] >= LEAST_SURE or known == 0 and len(words) >= 3 and chances[best] >= LEAST_SURE / 2
    if best == ITALIAN or not enough or chances[best] < LEAST_RATIO * chances.get(ITALIAN, 0.0):
        return Language(ITALIAN, max(chances.get(ITALIAN, 0.0), known))
    return Language(best, round(min(chances[best], 1.0), 4))


def _by_script(text: str) -> Language | None:
    """The language of a text most of whose letters are not Latin."""
    letters = [c for c in text.lower() if c.isalpha()]
    if not letters:
        return None
    scripts = Counter(unicodedata.name(c, "").partition(" ")[0] for c in letters)
    script, count = scripts.most_common(1)[0]
    if script not in _SCRIPTS or 2 * count < len(letters):
        return None
    code = _SCRIPTS[script]
    if code == "uk" and _RUSSIAN & set(letters) and not _UKRAINIAN & set(letters):
        code = "ru"
    if code == "zh" and scripts.get("HIRAGANA"):
        code = "ja"
    return Language(code, round(count / len(letters), 4))
