"""What counts as personal: data that tests put in, and anything that has the form of a personal datum."""

from __future__ import annotations

import functools
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import phonenumbers

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = (
    "accounts", "actions", "bot", "cases", "cli", "data", "dialogue", "domain.yml", "eligibility", "hotline", "referrals", "settings",
    "texts", "web",
)  # fmt: skip
# Fields of requests and records that hold a person's words, contact data or keys.
PERSONAL_FIELDS = frozenset(
    """text nome telefono email codice_fiscale recapito name phone contact pin password token gettone note nota caller
    esigenze esigenza preferenze secret codice_app""".split()
)
KEY_FIELDS = frozenset({"token", "pin", "password", "gettone", "secret"})
_WORD = re.compile(r"[^\W\d_]{5,}")
_WORDS = re.compile(r"\w+")
_SHINGLE = 4

_CODICE_FISCALE = re.compile(r"\b[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b", re.I)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_INVALIDITY = re.compile(
    r"invalidit\w*\W{1,12}\d{1,3}\b(?!\d*[:.]\d)|\b\d{1,3}\s*(?:%|per cento)\W+(?:di\s+)?invalidit", re.I
)
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d[:.,\dZ+]*")
_LONG_ID = re.compile(r"\b(?=\w*[a-z])(?=\w*\d)\w{12,}\b", re.I)
# The shortest Italian number has six digits, with up to a few signs between them; looking for it costs a hundred times this.
_SIX_DIGITS = re.compile(r"(?:\d\W{0,4}){5}\d")
_NOT_SOMEBODYS_PHONE = ("+39800", "+39803", "+39118", "+39112")


def plain(text: str) -> str:
    """Lower case, without accents, so that the same words compare equal."""
    if text.isascii():
        return text.lower()
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def _one_sign(value: str) -> bool:
    """Nothing but zeros, say: nobody's number, and part of many an id."""
    return len(set(re.sub(r"\W", "", value))) < 2


@functools.cache
def vocabulary() -> frozenset[str]:
    """Words that the product itself writes: no sign that somebody else's words got out."""
    found: set[str] = set()
    for part in PRODUCT:
        top = ROOT / part
        for path in [top] if top.is_file() else top.rglob("*"):
            if path.suffix in (".py", ".yaml", ".yml", ".html", ".js", ".csv") and "node_modules" not in path.parts:
                found.update(_WORD.findall(plain(path.read_text(encoding="utf-8", errors="ignore")).replace("_", " ")))
    return frozenset(found)


@functools.cache
def phrases() -> frozenset[tuple[str, ...]]:
    """Any four words in a row of the product's own texts and addresses, such as the name of a measure."""
    found: set[tuple[str, ...]] = set()
    for part in PRODUCT:
        top = ROOT / part
        for path in [top] if top.is_file() else top.rglob("*"):
            if path.suffix in (".yaml", ".yml", ".html") and "node_modules" not in path.parts and part != "data":
                words = _WORDS.findall(plain(path.read_text(encoding="utf-8", errors="ignore")))
                found.update(zip(*(words[start:] for start in range(_SHINGLE)), strict=False))
    return frozenset(found)


class Register:
    """The personal data that the tests of a file have used so far."""

    #: Off while a test makes its data at random: noise may be equal to anything that is said later.
    learning = True

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Know nobody any more."""
        self._exact: set[str] = set()
        self._words: set[str] = set()
        self._shingles: set[tuple[str, ...]] = set()
        self._digits: set[str] = set()

    def add_text(self, text: object) -> None:
        """Words that a person wrote: each word the product does not use, and any four in a row."""
        if not self.learning or not isinstance(text, str) or text.startswith("/"):  # a button's payload is ours
            return
        said = plain(text)
        self._words.update(word for word in _WORD.findall(said) if word not in vocabulary())
        words = _WORDS.findall(said)
        fours = zip(*(words[start:] for start in range(_SHINGLE)), strict=False)
        self._shingles.update(four for four in fours if four not in phrases())

    def add_datum(self, value: object) -> None:
        """A name, a number, an address, a code: it may appear nowhere, in whatever case or spacing."""
        if not self.learning or not isinstance(value, str) or len(value.strip()) < 3 or _one_sign(value):
            return
        self.add_text(value)
        digits = re.sub(r"\D", "", value)
        if len(digits) >= 7 and not re.search(r"[^\W\d_]", value):
            self._digits.add(digits[-9:])
        elif "@" in value or (digits and digits != value.strip()) or len(digits) > 4:
            self._exact.add(plain(value.strip()))  # a bare 123 is as often a duration

    def add_key(self, value: object) -> None:
        """A token, a PIN, a password: it may appear nowhere as it is."""
        if self.learning and isinstance(value, str) and len(value) >= 6 and not _one_sign(value):
            self._exact.add(plain(value))

    def add_fields(self, content: Any) -> None:
        """All personal fields of a request's or a record's content."""
        if isinstance(content, Mapping):
            for name, value in content.items():
                if isinstance(value, str):
                    if name in KEY_FIELDS:
                        self.add_key(value)
                    elif name == "text":
                        self.add_text(value)
                    elif name in PERSONAL_FIELDS:
                        self.add_datum(value)
                elif isinstance(value, (Mapping, list)):
                    self.add_fields(value)
        elif isinstance(content, list):
            for item in content:
                self.add_fields(item)

    def found_in(self, text: str, phones: bool = True) -> str | None:
        """The first personal datum in ``text``, in words, or None.

        :param phones: whether numbers that look like telephone numbers count even when no test used them.
        """
        return self._of_a_personal_form(text, phones) or self._used_by_a_test(text)

    def _of_a_personal_form(self, text: str, phones: bool) -> str | None:
        for kind, pattern in (("codice fiscale", _CODICE_FISCALE), ("e-mail", _EMAIL), ("invalidità", _INVALIDITY)):
            if match := pattern.search(text):
                return f"{kind} {match.group()!r}"
        if phones:
            bare = _LONG_ID.sub(" ", _TIMESTAMP.sub(" ", text))
            if not _SIX_DIGITS.search(bare):
                return None
            for match in phonenumbers.PhoneNumberMatcher(bare, "IT", leniency=phonenumbers.Leniency.VALID):
                number = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
                if not number.startswith(_NOT_SOMEBODYS_PHONE):
                    return f"telephone number {match.raw_string!r}"
        return None

    def _used_by_a_test(self, text: str) -> str | None:
        said = plain(text)
        if self._words and (hit := self._words.intersection(_WORD.findall(said))):
            return f"somebody's word {sorted(hit)[0]!r}"
        words = _WORDS.findall(said)
        shingles = zip(*(words[start:] for start in range(_SHINGLE)), strict=False)
        if hit_four := next((four for four in shingles if four in self._shingles), None):
            return f"somebody's words {' '.join(hit_four)!r}"
        # Other threads add while we look. A PIN's six digits would turn up inside random ids: they count as a whole word.
        exact = tuple(self._exact)
        whole = set(words)
        if hit_exact := next((value for value in exact if value in (whole if value.isdecimal() else said)), None):
            return f"the datum {hit_exact!r}"
        if self._digits and re.search(r"\d{7}", digits := re.sub(r"[ ./-]", "", text)):
            if hit_digits := next((value for value in tuple(self._digits) if value in digits), None):
                return f"the number {hit_digits!r}"
        return None


def decoded(line: str) -> str:
    """A log line with what JSON escapes written out, so that accents compare equal; without its time."""
    if line.startswith("{"):
        try:
            content = json.loads(line)
        except ValueError:
            return line
        if isinstance(content, dict):
            content.pop("timestamp", None)
            return " ".join(_leaves(content))
    return line


def _leaves(content: Any) -> Iterable[str]:
    if isinstance(content, dict):
        for name, value in content.items():
            yield name
            yield from _leaves(value)
    elif isinstance(content, list):
        for value in content:
            yield from _leaves(value)
    else:
        yield str(content)
