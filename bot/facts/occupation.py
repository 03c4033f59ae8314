"""What work the person does now, and what the last one was."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.facts.phrases import Phrase, phrases
from bot.facts.reading import Found, Reading

WORK, PART_TIME, EMPLOYED_BEFORE = "occupazione", "part_time", "ex_subordinato"
_DEPENDENT = frozenset(
    "dipendente_tempo_indeterminato dipendente_tempo_determinato apprendista intermittente somministrazione pubblico_impiego "
    "socio_lavoratore_cooperativa sospeso_cig".split()
)
_NOT_MINE = re.compile(  # somebody else's trade, a service, a wish
    r"\b(?:apro|offr\w+|propo\w+|promess\w+|un altro|"
    r"centro|ufficio|sportello|legge|corso|concorso|rischio|paura|finire|restare|rimanere|se|quando|forse|dal|commercialista|sindacat\w+|per i|ai|agli|i|gli|sussidio|assegno|indennita di|reparto|"
    r"(?:mi|ci) (?:hanno|ha) (?:promess|offert)\w+)(?: \w+){0,2}$"
)
_WISHED = re.compile(
    r"\b(?:cerco|cerca|cercando|cercare|vorrei|vorrebbe|voglio|vuole|spero|speriamo|diventare|trasform\w+|passare|aprire|sogno|trovare|trovato un|concorso)\b(?! lavoro (?:e|ma|,))"
)
_QUIT = re.compile(
    r"\b(?:chius[oa]|cessat[oa]|finit[oa]|scadut[oa]|termin\w+|chiudo|non piu|lasciat[oa]|dimess[oa]|era|ero|avevo|facevo|lavoravo)\b"
)
_OLD = re.compile(
    r"\b(?:prima|ero|era|avevo|aveva|facevo|faceva|lavoravo|lavorava|ex|gia|stat[oa]|ultimo (?:lavoro|contratto|impiego)|una volta|in passato|l' anno scorso|anni fa|sono stat[oa])\b"
)
_PART = re.compile(
    r"\bparttime\b|\btempo parziale\b|\borario (?:ridotto|parziale)\b|\bmezza giornata\b|\bmezzo tempo\b|\bmetaorario\b|\bmeta orario\b"
)
_FULL = re.compile(
    r"\bfulltime\b|\btempo pieno\b|\borario (?:pieno|intero|completo)\b|\bgiornata intera\b|\btutto il giorno\b|\bpieno\b(?= orario)"
)
_WISH = re.compile(
    r"\b(?:vorrei|vorrebbe|chiedere|chiesto|passare|diritto|avere|ottenere|richiest\w+|chiedo|fare|puo|posso|potrei|trasform\w+|cerco|cerca|trovare|mettermi|andare|prima ero|ero)\b"
)
_LAST = re.compile(
    r"\b(?:ultimo (?:lavoro|impiego|contratto|rapporto)|ero|era|avevo|aveva|lavoravo|lavorava|facevo|faceva|prima|sono stat[oa]|ex)\b"
)
_NOW = re.compile(r"\b(?:adesso|ora|oggi|sono)\b")
_LOST = frozenset({"disoccupato"})


def extract(reading: Reading) -> Iterator[Found]:
    """Present work, part time, and whether the last work was as an employee."""
    stated = [phrase for phrase in phrases(reading, WORK) if _usable(reading, phrase)]
    stated += _members(reading, stated)
    stated += _answered(reading, stated)
    present = [phrase for phrase in stated if not _is_past(reading, phrase)]
    past = [phrase for phrase in stated if _is_past(reading, phrase)]
    chosen = _choose(reading, present)
    asked_before = reading.context.question == EMPLOYED_BEFORE and not _NOW.search(reading.whole)
    if chosen and not asked_before:
        yield reading.found(WORK, chosen.value, chosen.start, chosen.end)
    yield from _before(reading, past, chosen)
    yield from _hours(reading)


_DISMISSED = re.compile(  # who was dismissed: "hanno licenziato trenta persone" is about others
    r"(?:^|[,¦(:]|\b(?:mi|me|ci|m'|la|lo|l'|gli|le)(?: (?:hanno|ha|avevano))?(?: appena| gia| poi)?|\b(?:sono|e|stat[oa]|ero|era|appena|essere|essendo|venni|fui|signor[ae]|paziente|utente|io))$"
)
_FIXED = re.compile(r"^(?:si |sono |io sono |da sempre )*fiss[oa](?: [.!])?$")
_TERM = re.compile(
    r"^(?:sono |contratto |ho un contratto )*(?:a (?:termine|scadenza|tempo)|precari[oa]|in scadenza|con scadenza)(?: [.!])?$"
)
# "Faccio il tornitore, assunto fisso", "sono metalmeccanico fisso": a trade and a steady place.
_STEADY = re.compile(
    r"\b(?:sono|faccio|fa|lavor[oa]|assunt[oa]|come)\b(?: (?!non\b|telefono\b|prezzo\b|orario\b|turno\b)[a-z']+){1,5}? (?:fiss[oa])(?= |$)(?! (?:mese|mensile|orario|di casa))"
)
_MEMBER = re.compile(  # "lavoro in una cooperativa, sono socia"
    r"\bcoop\w*\b[^.;!?¦]{0,25}\bsoci[oa]\b|\bsoci[oa]\b(?: [a-z']+){0,4} coop\w*\b"
)
_NO_WORK = re.compile(
    r"\b(?:non (?:sto )?lavor(?:o|a|ando)|nessun lavoro|niente lavoro|a spasso)\b(?! (?:in|nel|per|piu di)\b)"
)


def _members(reading: Reading, stated: list[Phrase]) -> list[Phrase]:
    """Kinds of work told in more than one phrase."""
    found = []
    for pattern, value in ((_MEMBER, "socio_lavoratore_cooperativa"), (_STEADY, "dipendente_tempo_indeterminato")):
        match = None if any(phrase.value == value for phrase in stated) else pattern.search(reading.text)
        denied = match and re.match(r" (?:no|non)\b", reading.text[match.end() :])  # "socia no"
        if match and not denied and not reading.negated(match.start(), 3) and "non " not in match.group(0):
            found.append(Phrase(WORK, value, match.start(), match.end(), match.group(0)))
    return found


def _answered(reading: Reading, stated: list[Phrase]) -> list[Phrase]:
    """ "Non lavoro" is enough when the question about work is open."""
    if reading.context.question == WORK and not stated:
        for pattern, value in ((_FIXED, "dipendente_tempo_indeterminato"), (_TERM, "dipendente_tempo_determinato")):
            if short := pattern.match(reading.whole):
                return [Phrase(WORK, value, short.start(), short.end(), short.group(0))]
    match = _NO_WORK.search(reading.whole) if reading.context.question == WORK and not stated else None
    if match is None or re.search(r"\b(?:malattia|maternita|ferie|aspettativa|infortunio)\b|\?", reading.whole):
        return []
    return [Phrase(WORK, "disoccupato", match.start(), match.end(), match.group(0))]


def _usable(reading: Reading, phrase: Phrase) -> bool:
    before = reading.before(phrase.start, 5)
    if (
        _WISHED.search(before)
        or _NOT_MINE.search(before)
        and not re.search(r"\b(?:sono|ho|lavoro|lavora|assunt\w+|contratto)(?: \w+)?$", before)
    ):
        return False
    if phrase.text.startswith("licenziat") and not _DISMISSED.search(before):
        return False
    if phrase.value == "sospeso_cig" and re.search(
        r"^ (?:piu|di|del|automatica|continua|rurale|edile|forense|malattia)\b|^ (?:del|al) supermercato",
        reading.text[phrase.end :],
    ):
        return False
    if phrase.value == "somministrazione" and re.search(
        r"^ (?:di|del|della) (?:farmac\w+|terap\w+)", reading.text[phrase.end :]
    ):
        return False
    if phrase.value == "intermittente" and re.search(r"\bassenz\w+$", before):
        return False
    if phrase.text == "collaboratrice" and re.match(r" (?:domestica|scolastica|familiare)", reading.text[phrase.end :]):
        return False
    if re.match(r"^collaborator", phrase.text) and re.match(
        r" (?:scolastic|domestic|dell|di)", reading.text[phrase.end :]
    ):
        return False
    if phrase.text.startswith(("non ", "senza", "mai ")):
        return True
    if re.search(r"(?:, no|\be no)$", before):  # "determinato, no indeterminato", of who is learning Italian
        return False
    return not reading.negated(phrase.start, 4)


def _is_past(reading: Reading, phrase: Phrase) -> bool:
    if phrase.value in ("disoccupato", "inoccupato") and not re.search(
        r"\b(?:ero|era|prima)\b", reading.before(phrase.start, 3)
    ):
        return False
    clause = reading.clause_at(phrase.start)
    return (
        clause.past
        or bool(_OLD.search(reading.before(phrase.start, 6)))
        or bool(
            _QUIT.search(reading.before(phrase.start, 4))
            or re.match(
                r"^ (?:che (?:ho|e) (?:chius|finit|scadut)\w+|scadut[oa]|finit[oa]|chius[oa])",
                reading.text[phrase.end :],
            )
        )
    )


def _choose(reading: Reading, present: list[Phrase]) -> Phrase | None:
    """One of several kinds of work: suspended and jobless say more than the contract; a correction replaces."""
    if not present:
        return None
    values = {phrase.value for phrase in present}
    if len(values) == 1:
        return present[0]
    from bot.facts.corrections import is_correction

    for earlier, later in zip(present, present[1:], strict=False):
        if is_correction(reading.whole[earlier.end : later.start]):
            return present[-1]
    for strong in (
        "disoccupato",
        "sospeso_cig",
        "pubblico_impiego",
        "socio_lavoratore_cooperativa",
        "apprendista",
        "somministrazione",
    ):
        if strong in values and not (strong == "disoccupato" and "inoccupato" in values):
            if values - {strong} <= _DEPENDENT | {"disoccupato"}:
                return next(phrase for phrase in present if phrase.value == strong)
    if values == {"inoccupato", "disoccupato"}:
        return next(phrase for phrase in present if phrase.value == "inoccupato")
    return None


def _before(reading: Reading, past: list[Phrase], present: Phrase | None) -> Iterator[Found]:
    """The last relation: employee or not. Only of somebody who says to have no work now, or when it was asked."""
    if reading.context.question == EMPLOYED_BEFORE:
        past = past or [
            p for p in phrases(reading, WORK) if p.value not in ("disoccupato", "inoccupato") and _usable(reading, p)
        ]
        general = re.search(
            r"\b(?:da |ero |era |lavoro )?dipendente\b|\bbusta paga\b|\bsubordinat[oa]\b", reading.whole
        )
        if general and not past and not re.search(r"\bnon\b", reading.whole[: general.start()]):
            yield reading.found(EMPLOYED_BEFORE, True, general.start(), general.end())
            return
    elif not (present and present.value in _LOST):
        return
    elif not past:
        general = re.search(
            r"\b(?:ero|era|lavoravo come|lavorava come) (?:un[ao]? )?(?:dipendente|operai[oa]|impiegat[oa]|commess[oa]|assunt[oa])\b",
            reading.text,
        )
        if general:
            yield reading.found(EMPLOYED_BEFORE, True, general.start(), general.end())
        return
    kinds = {phrase.value in _DEPENDENT for phrase in past if phrase.value not in ("disoccupato", "inoccupato")}
    if len(kinds) == 1:
        yield reading.found(EMPLOYED_BEFORE, kinds.pop(), past[-1].start, past[-1].end)


def _hours(reading: Reading) -> Iterator[Found]:
    for pattern, value in ((_PART, True), (_FULL, False)):
        for match in pattern.finditer(reading.text):
            clause = reading.clause_at(match.start())
            if (
                _WISH.search(reading.before(match.start(), 6))
                or clause.past
                or "?" in reading.text[match.end() : match.end() + 2]
            ):
                continue
            yield reading.found(PART_TIME, value is not reading.negated(match.start(), 4), match.start(), match.end())
            return
