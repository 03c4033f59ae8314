"""Which passwords may be chosen: what others try first is refused, however long it is.

:mod:`accounts.passwords` counts guesses by zxcvbn's (English) lists; here is what it cannot know: the person's own names and the
product's, in any disguise, a season or a month with a year, and long runs of keys next to each other.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from accounts import passwords
from accounts.errors import WeakPassword

#: Why a password cannot be used, for the person who chose it.
REASONS = passwords.REASONS | {
    "indovinabile": (
        "Questa password si indovina con facilità. Non usi nomi, stagioni o mesi con l'anno, tasti vicini o ripetuti. "
        "Scelga tre o quattro parole a caso."
    )
}
#: In whatever company, these and the person's own names make a password one of the first to be tried.
_PRODUCT = ("rientro",)
_SEASON = re.compile(
    r"primavera|estate|autunno|inverno|spring|summer|autumn|winter"
    r"|gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
#: Parts of addresses that are nobody's name.
_EVERYWHERE = frozenset({"mail", "posta", "info", "example", "gmail"})
#: Letters as people disguise them.
_DISGUISES = str.maketrans("013457@$!", "oieastasi")
#: What zxcvbn calls a run of neighbouring keys, of characters in order, or of the same.
_PATTERNS = ("spatial", "sequence", "repeat")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890")
_READ = 72  # characters that zxcvbn reads


def check(password: str, about: Iterable[str] = ()) -> None:
    """Refuse a password that others could guess.

    :param about: words tied to the person (name, address), which it must not hold.
    :raises WeakPassword: with codes of :data:`REASONS`.
    """
    reasons = reasons_against(password, about)
    if reasons:
        raise WeakPassword(reasons)


def reasons_against(password: str, about: Iterable[str] = ()) -> list[str]:
    """The codes of :data:`REASONS` that apply to a password; empty when it is good."""
    about = tuple(about)
    reasons = passwords.reasons_against(password, about)
    if not reasons and (
        _names_somebody(password, about) or _is_a_season_with_a_year(password) or _is_mostly_patterns(password)
    ):
        return ["indovinabile"]
    return reasons


def _names_somebody(password: str, about: Iterable[str]) -> bool:
    """Whether the password holds a name of the person, or ours, however disguised. Names of three letters are words."""
    parts = {_plain(part) for text in about for part in re.split(r"[^\w]+", text)}
    names = {part for part in parts if len(part) > 3} - _EVERYWHERE | set(_PRODUCT)
    spellings = (_plain(password), _plain(password.casefold().translate(_DISGUISES)))
    return any(name in spelling for name in names for spelling in spellings)


def _is_a_season_with_a_year(password: str) -> bool:
    return bool(_YEAR.search(password) and _SEASON.search(_plain(password)))


def _is_mostly_patterns(password: str) -> bool:
    from zxcvbn import zxcvbn  # ten megabytes of words: only where a password is chosen

    found = zxcvbn(password[:_READ], max_length=_READ)["sequence"]
    return sum(len(match["token"]) for match in found if _is_patterned(match)) * 2 > min(len(password), _READ)


def _is_patterned(match: dict[str, Any]) -> bool:
    token = match["token"].casefold()
    # zxcvbn reads some rows of keys as words of its lists.
    return match["pattern"] in _PATTERNS or (len(token) > 3 and any(token in row for row in _ROWS))


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if letter.isalnum())
