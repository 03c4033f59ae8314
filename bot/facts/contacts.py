"""Name, telephone, e-mail and codice fiscale, typed or dictated, checked by the libraries that know their rules."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import phonenumbers
from stdnum.exceptions import ValidationError
from stdnum.it import codicefiscale

from bot.facts.reading import Found, Reading

_ASKING = frozenset({"recapito", "telefono", "email", "nome", "codice_fiscale"})

# -- telephone: digits typed in groups, or said one by one or two by two -------------------------------------------------

_PHONE = re.compile(
    r"(?<![\d,.] )(?<![^ ])(?:\+ ?39 |0039 ?|39 )?(?P<n>\d{1,22}(?:(?: ?[-/.] ?| )\d{1,11}){0,11})(?= |$)(?! (?:%|euro|anni|mesi|giorni|settimane))"
)
_DOUBLE = {"doppio": 2, "triplo": 3}
_PHONE_WORD = re.compile(r"\b(?:telefon\w*|cell\w*|numero|chiam\w+|tel|recapit\w+|contatt\w+|whatsapp)\b")


def _phones(reading: Reading) -> Iterator[Found]:
    text = _doubled(reading)
    licensed = reading.context.question in ("recapito", "telefono") or bool(_PHONE_WORD.search(text))
    for match in _PHONE.finditer(text):
        digits = re.sub(r"\D", "", match.group(0))
        if not 6 <= len(digits) <= 15 or not (licensed or len(digits) >= 9):
            continue
        number = italian_number(("+" if "+" in match.group(0) else "") + digits)
        if number:
            yield reading.found("telefono", number, match.start(), match.end())
            return


def _doubled(reading: Reading) -> str:
    """ "doppio 3" as "3 3", "tre volte 5" is left alone; the length of the text is kept where nothing is doubled."""
    return re.sub(r"\b(doppio|triplo) (\d)\b", lambda m: " ".join([m[2]] * _DOUBLE[m[1]]), reading.whole)


def italian_number(digits: str) -> str | None:
    """`digits` in international form, None when no such number can exist.

    :param digits: digits, with ``+`` in front when the person said the country.
    """
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    elif digits.startswith("39") and len(digits) in (11, 12):
        digits = "+" + digits
    try:
        number = phonenumbers.parse(digits, "IT")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


# -- e-mail ---------------------------------------------------------------------------------------------------------------

_MAIL = re.compile(r"[a-z0-9][a-z0-9._%+\-]{0,63}@[a-z0-9](?:[a-z0-9\-]{0,62}\.)+[a-z]{2,12}(?![a-z0-9])")
_SPOKEN = {"punto": ".", "underscore": "_", "trattino": "-", "meno": "-", "dash": "-"}
_PROVIDERS = {
    "gmail": "gmail.com",
    "libero": "libero.it",
    "hotmail": "hotmail.it",
    "yahoo": "yahoo.it",
    "alice": "alice.it",
    "tiscali": "tiscali.it",
    "outlook": "outlook.it",
    "virgilio": "virgilio.it",
}
_NOT_LOCAL = frozenset(
    "la il mia mail email e e-mail posta elettronica indirizzo scrivetemi scrivere a su via per mi chiamo oppure o ecco allora si".split()
)


def _mails(reading: Reading) -> Iterator[Found]:
    typed = _MAIL.search(reading.message.lower())
    if typed:
        yield Found("email", typed.group(0), typed.start(), typed.end())
        return
    words = _with_signs(reading.whole.split(" "))
    at = next((i for i, word in enumerate(words) if word == "@" or word.startswith("chiocciol")), None)
    if at is None:
        return
    local, first = _joined_back(words, at)
    domain, last = _joined_on(words, at)
    if local and domain and _MAIL.fullmatch(f"{local}@{domain}"):
        start, end = reading.pieces[first].start, reading.pieces[min(last, len(reading.pieces) - 1)].end
        yield Found("email", f"{local}@{domain}", start, end)


def _with_signs(words: list[str]) -> list[str]:
    """ "trattino basso" as one sign, the number of words unchanged."""
    result = list(words)
    for i, (word, following) in enumerate(zip(words, words[1:], strict=False)):
        if word in ("trattino", "linea", "barra") and following in ("basso", "bassa"):
            result[i], result[i + 1] = "_", ""
    return result


def _joined_back(words: list[str], at: int) -> tuple[str, int]:
    """The part before the sign: glued by dots said or typed, stopping at a word that belongs to the sentence."""
    parts: list[str] = []
    i = at - 1
    glued = True  # two words in a row without a dot between belong together only when dictated letter by letter
    while i >= 0 and at - i <= 12:
        word = words[i]
        sign = _SPOKEN.get(word)
        if not word:
            pass
        elif sign or word in ("-", "_", "."):
            parts.append(sign or word)
            glued = True
        elif (
            re.fullmatch(r"[a-z0-9]+'?", word)
            and (glued or (len(word) == 1 and parts and len(parts[-1]) == 1) or word.isdigit() or parts[-1].isdigit())
            and not (word in _NOT_LOCAL and not (parts and parts[-1] in "._-"))
        ):
            parts.append(word.rstrip("'"))
            glued = False
        else:
            break
        i -= 1
    return "".join(reversed(parts)).strip(".-_"), i + 1


def _joined_on(words: list[str], at: int) -> tuple[str, int]:
    parts: list[str] = []
    i = at + 1
    while i < len(words) and i - at <= 8:
        word = words[i]
        sign = _SPOKEN.get(word)
        if sign or word in ("-", "."):
            if i + 1 >= len(words) or not re.fullmatch(r"[a-z0-9]+", words[i + 1]):
                break
            parts.append(sign or word)
        elif re.fullmatch(r"[a-z0-9]+", word) and (not parts or parts[-1] in (".", "-")):
            parts.append(word)
        else:
            break
        i += 1
    domain = "".join(parts)
    return _PROVIDERS.get(domain, domain), i - 1


# -- codice fiscale -------------------------------------------------------------------------------------------------------

_CF = re.compile(r"(?<![a-z0-9])(?:[a-z0-9][ \-.]?){15}[a-z0-9](?![a-z0-9])")


def _tax_codes(reading: Reading) -> Iterator[Found]:
    text = reading.whole
    for match in _CF.finditer(text):
        code = re.sub(r"[^a-z0-9]", "", match.group(0)).upper()
        valid = _valid_code(code)
        if valid:
            yield reading.found("codice_fiscale", valid, match.start(), match.end())
            return
    joined = re.search(r"\bcodice fiscale\b(?: e| :| ,)*(?P<rest>.{16,90})", text)
    if joined or reading.context.question == "codice_fiscale":
        rest = joined["rest"] if joined else text
        letters = re.sub(r"[^a-z0-9]", "", " ".join(rest.split()))
        for start in range(0, max(len(letters) - 15, 0)):
            valid = _valid_code(letters[start : start + 16].upper())
            if valid:
                yield reading.found("codice_fiscale", valid, joined.start() if joined else 0, len(text))
                return


def _valid_code(code: str) -> str | None:
    if not re.fullmatch(r"[A-Z]{6}[A-Z0-9]{2}[A-Z][A-Z0-9]{2}[A-Z][A-Z0-9]{3}[A-Z]", code):
        return None
    try:
        return codicefiscale.validate(code)
    except ValidationError:
        return None


# -- name -----------------------------------------------------------------------------------------------------------------

_CALLED = re.compile(
    r"\b(?:mi chiamo|il mio nome e|nome e cognome :?|nome :|si chiama|il nome e)(?: :)? (?P<name>[a-z']+(?: [a-z']+){0,3})"
)
_NAME_END = frozenset(
    "e ho ha sono abito vivo lavoro il la la mia di con tel telefono cell cellulare codice ma per da nata nato email mail numero in".split()
)
_NOT_A_NAME = re.compile(
    r"\b(?:non|no|si|boh|perche|cosa|come|quando|quanto|chi|voglio|vorrei|posso|puo|preferisco|anonim\w+|grazie|ciao|buongiorno|ok|va bene|telefono|domanda|aiuto|prima|dopo|basta|stop|"
    r"indietro|annulla|lascia|sono|ho|lavoro|invalidita|niente|nessuno|certo|mai|forse|so)\b"
)


def _names(reading: Reading) -> Iterator[Found]:
    match = _CALLED.search(reading.whole)
    if match:
        words = match["name"].split()
        kept = []
        for word in words:
            if word in _NAME_END and not (word in ("di", "la") and kept):
                break
            kept.append(word)
        if kept and not _NOT_A_NAME.search(" ".join(kept)):
            yield _named(reading, match.start("name"), match.start("name") + len(" ".join(kept)))
        return
    if reading.context.question != "nome":
        return
    bare = re.match(
        r"^(?:(?:si|ecco|allora|certo|io|sono|il nome|nome|e|:|,|la signora|il signor|signora|signor|sig|sigra|\.) )*(?P<name>[a-z']{2,}(?: [a-z']{1,}){0,3})(?: [.!])?$",
        reading.whole,
    )
    if bare and not _NOT_A_NAME.search(bare["name"]):
        yield _named(reading, bare.start("name"), bare.end("name"))


def _named(reading: Reading, start: int, end: int) -> Found:
    """The name exactly as it was written: accents, apostrophes and capitals are the person's own."""
    found = reading.found("nome", "", start, end)
    name = unicodedata.normalize("NFC", reading.message[found.start : found.end])
    return Found("nome", " ".join(name.split()), found.start, found.end)


def extract(reading: Reading) -> Iterator[Found]:
    """Contact data of the person."""
    yield from _mails(reading)
    yield from _tax_codes(reading)
    yield from _phones(reading)
    yield from _names(reading)
