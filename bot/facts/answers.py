"""A number as the answer to a question: the only one in a short message that asks nothing."""

from __future__ import annotations

import re

from bot.facts.reading import Reading

MOST_WORDS = 12
_NUMBER = re.compile(r"(?<![^ ])\d+(?:\.\d+)?(?= |$)")
_UNIT = re.compile(
    r"^ (?P<unit>%|mes[ei]|ann[oi]|giorn\w+|settiman\w+|ore|euro|volte|figli\w*|km|punti|lavorativ\w+|/|-|:|gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre)"
)
VAGUE_BEFORE = re.compile(
    r"\b(?:circa|quasi|piu o meno|piu di(?:l)?|piu del|piu dell'|oltre|meno di|meno del|almeno|sui|sugli|sulla|intorno|attorno|tra|fra|sopra|sotto|forse|mi pare|mi sembra|saranno|sara|direi|"
    r"credo|penso|minimo|massimo|verso|neanche|nemmeno|superiore|inferiore|tipo|boh|un|qualcosa)(?: (?:il|l'|al|all'|del|dell'|a|ai|di|i|gli|che|siano|sia|un|per|sono|come))*$"
)
VAGUE_AFTER = re.compile(
    r"^(?: (?:%|mesi|mese|giorni|giornate|anni|lavorativi))? ?,? ?(?:circa|piu o meno|o giu di li|o poco|o qualcosa|e qualcosa|e rotti|e passa|e oltre|o piu|o quasi|o forse|credo|mi pare|mi sembra|forse|almeno|abbondanti|scarsi|non sono sicur\w|ma non)\b"
)
# "70, contento?": the answer stands first, the rest is talk.
_HEAD = re.compile(
    r"^(?P<answer>(?:(?:e|sono|ho|il|l'|al|all'|allora|beh|si|ecco|,) )*\d+(?: %| mesi| giorni| anni)?) (?:[,.!]|e basta) (?!(?:\d|circa|forse|credo|o |mi pare|mi sembra|piu|anzi|no ))(?=[^\d]*$)"
)
_OTHER = re.compile(r"\?|\b(?:legge|articolo|art|comma|numero|telefono|via|figli|quanto|quando|perche|se)\b")


def sole_number(reading: Reading, units: str) -> tuple[float, int, int] | None:
    """The number that a short answer consists of, with its place in the canonical text.

    :param units: pattern of the units that may follow; another unit makes it a number of something else.
    """
    text = reading.whole
    if head := _HEAD.match(text):
        text = text[: head.end("answer")]
    numbers = list(_NUMBER.finditer(text))
    if len(numbers) != 1 or len(text.split()) > MOST_WORDS or _OTHER.search(text):
        return None
    match = numbers[0]
    unit = _UNIT.match(text[match.end() :])
    if unit and not re.fullmatch(units, unit["unit"]):
        return None
    before = text[: match.start()].rstrip()
    if (
        VAGUE_BEFORE.search(before)
        or VAGUE_AFTER.match(text[match.end() :])
        or re.search(r"\bnon(?: \w+'?){0,2}$", before)
    ):
        return None
    half = re.match(r" e mezzo\b", text[match.end() :])
    return float(match.group(0)) + (0.5 if half else 0), match.start(), match.end()
