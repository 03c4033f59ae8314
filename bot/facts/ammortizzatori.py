"""Income support: which one the person receives, why the extraordinary one was granted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.facts.phrases import Phrase, phrases
from bot.facts.reading import Found, Reading

SUPPORT, REASON = "ammortizzatore", "cigs_motivo"
_NOT_RECEIVED = re.compile(
    r"\b(?:domanda|richiest\w+|chiest\w+|chiedere|fare|finit[oa]|scadut[oa]|terminat[oa]|esaurit[oa]|perdo|perdere|aspett\w+|attesa|spettava|diritto|cos' e|cosa e|avere|prendere|andro|andare|finire|vorrei|puo|posso|"
    r"compatibil\w+|cumul\w+|differenza|avevo|aveva|prendevo|prendeva|ero|era|prima|fino a|stop|negat\w+|respint\w+|rifiut\w+|rischio|rischiamo|paura|forse|dopo la|dopo l'|finisce|scade|perso)\b(?: \w+'?){0,4}$"
)
_STOPPED_AFTER = re.compile(
    r"^ (?:e |che |mi |gia |ormai )*(?:finit[oa]|scadut[oa]|terminat[oa]|esaurit[oa]|respint[oa]|negat[oa]|non mi spetta|in attesa|scade|finisce)\b"
)
_MOBILITY = re.compile(
    r"^ (?:ridott|intern|volontari|sostenibil|elettric|esterna|dolce|articolar|regional|tra enti|urbana)"
)
_ANSWER_NONE = re.compile(
    r"^(?:no|niente|nulla|nessuno|nessuna|nessun|zero|no niente|no , niente|no nulla|no , nulla|no nessuno|no , nessuno|niente di niente|non (?:prendo|ricevo|percepisco|ho) (?:niente|nulla|nessuno|nessun \w+)|non (?:prende|riceve|percepisce|ha) (?:niente|nulla|nessuno|nessun \w+)|no , non (?:prendo|ricevo|percepisco|prende|riceve|percepisce) (?:niente|nulla|nessuno)|no non (?:prendo|ricevo|percepisco) (?:niente|nulla)|nessun aiuto|nessun sussidio|solo lo stipendio|prendo lo stipendio|no , (?:prendo |solo )?lo stipendio)(?: [.!,]| grazie| dall' inps| purtroppo| di tutto questo| al momento| per ora)*$"
)
_UNEMPLOYMENT = re.compile(
    r"\b(?:la|in|indennita di|assegno di|sussidio di|sono in|prendo la|percepisco la) disoccupazione\b(?! (?:ordinaria|agricola|con|a requisiti))|^disoccupazione$"
)
_CIGS_REASONS = (
    (
        "procedura_concorsuale",
        re.compile(
            r"\b(?:fallit[oa]|fallimento|concordat\w+|procedur[ae] concorsual[ei]|liquidazione (?:giudiziale|coatta)|amministrazione straordinaria|tribunale|curatore)\b"
        ),
    ),
    (
        "cessazione_totale",
        re.compile(
            r"\b(?:cessazione|cessat\w+|cess(?:a|ano|era|ando) (?:l' |le |la |ogni )?(?:attivita|produzion\w+)|chius[oa] (?:tutto|del tutto|definitivamente|i battenti|l' attivita|completamente)|chiude(?:ra)? (?:tutto|del tutto|definitivamente|i battenti|lo stabilimento|completamente|per sempre)|chiusura (?:totale|definitiva|dello stabilimento|dell' azienda|della ditta|completa)|ha cessato)\b"
        ),
    ),
    (
        "altro",
        re.compile(
            r"\b(?:riorganizzazione|ristrutturazione|riconversione|crisi aziendale|contratt[oi] di solidarieta|solidarieta|calo (?:di|degli|del) \w+|poco lavoro|manca\w* (?:il|di) lavoro|pochi ordini)\b"
        ),
    ),
)
_CLOSED_FIRM = re.compile(
    r"\b(?:azienda|ditta|fabbrica|stabilimento|impresa|societa|la mia) (?:\w+ )?(?:ha chiuso|chiude|chiudera|sta chiudendo|e chiusa|chiusa)\b|^(?:chiude|ha chiuso|chiusura|chiude tutto|hanno chiuso|chiudono)\b"
)


def extract(reading: Reading) -> Iterator[Found]:
    """The support received now and the reason of a CIGS."""
    received = [phrase for phrase in phrases(reading, SUPPORT) if _received(reading, phrase)]
    values = {phrase.value for phrase in received}
    if len(values) > 1:
        from bot.facts.corrections import is_correction

        pairs = zip(received, received[1:], strict=False)
        received = received[-1:] if any(is_correction(reading.whole[a.end : b.start]) for a, b in pairs) else []
    if received:
        first = received[-1]
        yield reading.found(SUPPORT, first.value, first.start, first.end)
    elif reading.context.question == SUPPORT and not values:
        yield from _answer(reading)
    yield from _reason(reading)


_BY_KIND = (
    ("mobilita_deroga", re.compile(r"\bmobilita\b.{0,80}\bderoga\b")),
    ("disoccupazione_requisiti_ridotti", re.compile(r"\bridott[aoi]\b")),
    ("mobilita", re.compile(r"^(?:la |in |si , |si )*mobilita(?: ordinaria)?$")),
    ("disoccupazione_ordinaria", re.compile(r"\bdisoccupazione\b.{0,80}\bordinaria\b")),
    ("cigs", re.compile(r"\bstraordinaria\b")),
    ("cigd", re.compile(r"\b(?:in )?deroga\b")),
    ("cigo", re.compile(r"\bordinaria\b")),
    ("naspi", _UNEMPLOYMENT),  # since 2015 "la disoccupazione" is the NASpI
)


def _answer(reading: Reading) -> Iterator[Found]:
    """A short answer to the question about support."""
    text = reading.whole
    if (
        _ANSWER_NONE.match(text)
        or re.match(
            r"^(?:0|no|zero)? ?,? ?(?:non (?:mi|gli|le) (?:danno|pagano|arriva|spetta) (?:niente|nulla|nessun\w*)|ne \w+(?: \w+)? ne \w+)",
            text,
        )
        or re.match(r"^(?:no ,? ?)?(?:ammortizzatori|sostegni|sussidi) (?:niente|nessuno|no)\b", text)
    ):
        yield reading.found(SUPPORT, "nessuno", 0, len(text))
        return
    if "?" in text or re.search(r"\b(?:non so|non lo so|non ricordo|o la|oppure)\b", text):
        return
    for value, pattern in _BY_KIND:
        match = pattern.search(reading.text)
        if match and not reading.negated(match.start(), 3):
            yield reading.found(SUPPORT, value, match.start(), match.end())
            return


def _received(reading: Reading, phrase: Phrase) -> bool:
    if phrase.value == "mobilita" and _MOBILITY.match(reading.text[phrase.end :]):
        return False
    before = reading.before(phrase.start, 6)
    if _NOT_RECEIVED.search(before) or _STOPPED_AFTER.match(reading.text[phrase.end : phrase.end + 40]):
        return False
    clause = reading.clause_at(phrase.start)
    if clause.past:
        return False
    if re.match(r"^ \?", reading.text[phrase.end :]) and not re.search(
        r"\b(?:ho|prendo|percepisco|sono|ricevo|prende|ha|e|in)\b", reading.clause_text(phrase.start)
    ):
        return False
    if phrase.value == "nessuno":
        return True
    return not reading.negated(phrase.start, 5)


def _reason(reading: Reading) -> Iterator[Found]:
    asked = reading.context.question == REASON
    if not asked and not re.search(r"\b(?:cigs|straordinaria)\b", reading.text):
        return
    for value, pattern in _CIGS_REASONS:
        match = pattern.search(reading.text)
        if match and not reading.negated(match.start(), 4):
            yield reading.found(REASON, value, match.start(), match.end())
            return
    match = _CLOSED_FIRM.search(reading.text)
    if match and asked and not reading.negated(match.start(), 4):
        yield reading.found(REASON, "cessazione_totale", match.start(), match.end())
    elif asked and re.match(r"^(?:per )?(?:un )?altr[oi](?: motiv[oi])?(?: [.!])?$", reading.whole):
        yield reading.found(REASON, "altro", 0, len(reading.whole))
