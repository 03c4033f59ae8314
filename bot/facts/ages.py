"""How old the person is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from bot.facts.answers import sole_number
from bot.facts.reading import Found, Reading

AGE = "eta"
_YEARS = re.compile(
    r"(?<![^ ])(?P<n>\d{1,3}) ?(?:anni|enne|anno)(?= |$)(?P<after>[^.;!?]{0,40})|\b(?:eta|anni|di anni)(?: :| =| e| di)? (?P<n2>\d{1,3})(?= |$)(?! (?:fa|mesi|giorni|%|euro|/))"
)
_HAVE = re.compile(
    r"\b(?:ho|ha|avendo|pz|di|compiuti|compiuto|fatti|eta|donna|uomo|signor[ae]|paziente|assistit[oa]|ragazz[oa]|persona|sono una?|sono un uomo di|con|ho gia|appena|gia)(?: :| di| e| gia| appena| compiuto| da poco| ormai| i| circa){0,8}$"
)
_NOT_AGE = re.compile(
    r"^ ?(?:fa|di (?:contributi|lavoro|servizio|esperienza|anzianita|contratto|malattia|assenza|cure|terapia|chemio|naspi|cassa|azienda|mutuo|matrimonio)|prima|dopo|consecutivi|che (?:lavoro|lavora|sono|vivo|abito)|e mezzo (?:di|che)|o|circa|piu o meno|quasi|in (?:cassa|malattia|mobilita)|lavorativi|a casa|tra|- \d|al)\b"
)
_GROWN = 18  # younger ages count only when stated as the person's: "ho 16 anni"
_AT_AN_AGE = re.compile(
    r"\b(?:pension\w*|andr\w+|andare|vado|inizi\w+|cominci\w+|lavor\w+|smess\w+|mort[oa]|mancat[oa]|nat[oa]|avuto|quando|fino)\b.{0,25}\ba$"
)
_VAGUE = re.compile(
    r"\b(?:circa|quasi|piu di|oltre|meno di|almeno|intorno ai|sui|tra|fra|verso i|piu o meno|da|per|ogni|tra i|dai|negli|ultimi|primi|prossimi|dopo|entro|massimo|minimo|sotto i|sopra i|compio|compiro|faccio|faro|ne faccio|ne compio)(?: i| gli)?$"
)
_BORN = re.compile(
    r"\b(?:classe|annata|nat[oa](?: nel| del| l' anno| a \w+ nel)?|anno di nascita(?: :)?|del)(?: '| del| nel| :)? ?(?P<y>(?:19|20)\d\d|\d\d)(?= |$)(?! (?:/|%|anni|mesi|giorni|enne))"
)
_BORN_ON = re.compile(
    r"\b(?:nat[oa](?: a [a-z' ]{2,25})?(?: \( [a-z]{2} \))?,? il|data di nascita(?: :| e| il)?|nascita(?: :)?|d ?\. ?n ?\.(?: :)?) (?P<d>\d{1,2}) (?:/|-|\.|(?P<mn>[a-z]+)) ?(?:del )?(?:(?P<m>\d{1,2}) (?:/|-|\.) )?(?P<y>(?:19|20)\d\d|\d\d)(?= |$)"
)
_MONTHS = ("gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic")
_MINE = re.compile(r"\bne (?:ho|ha) (?:gia |appena )?(?P<n>\d\d)(?= [.,!]|$)")
# Asked for the age: "55 fatti", "39 a dicembre, adesso 38".
_TOLD = re.compile(
    r"(?<![^ ])(?P<n>[1-9]\d) (?:anni )?(?:fatti|compiuti|suonati|gia (?:fatti|compiuti))(?= |$)|\b(?:adesso|ora|oggi|per ora)(?: ne)?(?: ho)?(?: ancora)? (?P<n2>[1-9]\d)(?= |$)(?! [%/])"
)
_NUMERIC = frozenset(
    {
        "mesi_assenza",
        "giorni_assenza_12_mesi",
        "giorni_assenza_6_mesi",
        "invalidita_percento",
        "invalidita_inail_percento",
    }
)
_OLDEST, _YOUNGEST_TOLD = 110, 14


def extract(reading: Reading) -> Iterator[Found]:
    """The age, as stated or computed from a birth date when today is known."""
    asked = reading.context.question == AGE
    for match in _YEARS.finditer(reading.text):
        value, at = int(match["n"] or match["n2"]), match.start()
        before = reading.before(at, 5)
        if not (_YOUNGEST_TOLD <= value <= _OLDEST) or _VAGUE.search(before) or _NOT_AGE.match(match["after"] or ""):
            continue
        if reading.negated(at, 3) or re.search(r"\d (?:o|-|/|e|ai)$", before):
            continue
        if not asked and not match["n2"] and (value < _GROWN or _AT_AN_AGE.search(before)) and not _HAVE.search(before):
            continue
        yield reading.found(AGE, value, at, at + len(match.group(0)) - len(match["after"] or ""))
        return
    mine = _MINE.search(reading.text)
    if mine and not asked and reading.context.question not in _NUMERIC and _GROWN <= int(mine["n"]) <= _OLDEST:
        yield reading.found(AGE, int(mine["n"]), mine.start(), mine.end())
        return
    yield from _from_birth(reading)
    told = _TOLD.search(reading.whole) if asked else None
    if told:
        yield reading.found(AGE, int(told["n"] or told["n2"]), told.start(), told.end())
        return
    if asked:
        year = re.fullmatch(
            r"(?:nel |del |classe |nat[oa] nel |anno )?(?P<y>19[2-9]\d|200\d|201[01])(?: [.!])?", reading.whole
        )
        if year and reading.context.today:
            yield reading.found(AGE, reading.context.today.year - int(year["y"]), year.start("y"), year.end("y"))
            return
        number = (
            sole_number(reading, "ann[oi]|enne")
            if not re.search(r"\b(?:compi[oe]|compir\w+|faccio|far[oa])\b", reading.whole)
            else None
        )
        if number and re.search(r"(?:^| )(?:il|al|all')$", reading.whole[: number[1]].rstrip()):
            return  # "era il 67" is a percentage
        if number and number[0] <= _OLDEST and not re.search(r"\bclasse\b|\bnat[oa]\b|\bdel\b", reading.whole):
            yield reading.found(AGE, int(number[0]), number[1], number[2])


def _from_birth(reading: Reading) -> Iterator[Found]:
    today = reading.context.today
    if today is None:
        return
    for match in _BORN_ON.finditer(reading.text):
        month = (
            int(match["m"])
            if match["m"]
            else next((i for i, m in enumerate(_MONTHS, 1) if (match["mn"] or "").startswith(m)), 0)
        )
        try:
            born = date(_full_year(match["y"], today), month, int(match["d"]))
        except ValueError:
            continue
        age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
        if _YOUNGEST_TOLD <= age <= _OLDEST:
            yield reading.found(AGE, age, match.start(), match.end())
            return
    for match in _BORN.finditer(reading.text):
        asked = reading.context.question == AGE and len(reading.whole.split()) < 6
        if (
            match.group(0).startswith("del")
            and not asked
            and not re.search(r"\bsono$|\be$", reading.before(match.start(), 2))
        ):
            continue
        age = today.year - _full_year(match["y"], today)
        if _YOUNGEST_TOLD <= age <= _OLDEST:
            yield reading.found(AGE, age, match.start(), match.end())
            return


def _full_year(text: str, today: date) -> int:
    if len(text) == 4:
        return int(text)
    return 1900 + int(text) if int(text) > today.year % 100 else 2000 + int(text)
