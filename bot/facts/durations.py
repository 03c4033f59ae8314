"""How long somebody was away from work: months, working days in a window, without interruption or not.

Calendar days are never taken for working days, nor approximations for figures. A duration counts only where the message
speaks of absence, or the open question does: "un contratto di sei mesi" is no absence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from bot.facts.answers import sole_number
from bot.facts.dates import spans_of_dates
from bot.facts.reading import Found, Reading

MONTHS, CONTINUOUS, DAYS_12, DAYS_6 = (
    "mesi_assenza",
    "assenza_continuativa",
    "giorni_assenza_12_mesi",
    "giorni_assenza_6_mesi",
)
DAYS_IN_MONTH = 365.25 / 12

_ABSENT = re.compile(
    r"\b(?:assen[tz]\w+|assentat[oa]|malat[oa]|malattia|mutua|(?:a casa|via|lontan[oa]|fuori) (?:dal lavoro|da lavoro|in malattia|per (?:le cure|la chemio\w*|malattia|il tumore|curarmi))|(?:stat[oa]|rimast[oa]|sono|sto|sta|ero|restat[oa]) (?:(?!tornat|andat|arrivat|uscit|rientrat)\w+ )?(?:a casa|ferm[oa]|via|fuori)|ferm[oa]|"
    r"(?:non ho|non ha|non potevo|non posso|senza) (?:piu )?(?:potuto |poter )?lavora(?:to|re)|mancat[oa]|saltato|perso|persi|aspettativa|comporto|convalescenza|inabile|ricoverat[oa])\b"
)
_N = r"(?P<n>\d+(?:\.\d+)?|un|uno|una)"
_PLAIN = re.compile(
    r"(?<![^ ])(?:(?P<bare>(?<!\d )(?:mese|anno) e mezzo)|"
    + _N
    + r" (?P<unit>mes[ei]|settiman[ae]|ann[oi])(?: e (?P<half>mezz[oa])(?: mese| anno)?| e (?P<more>\d+|un) (?P<more_unit>mes[ei]|settiman[ae]|giorn[oi])|(?P<decimal> e \d)?)?"
    r"|(?P<n2>\d+) e mezzo mesi|(?P<semester>(?:mezzo|mezz') anno|un semestre|sei mesi abbondanti)|(?P<half_month>(?:mezzo|mezz') mese)|(?P<quarter>un trimestre))(?= |$)"
)
_CLEARLY_ABSENCE = re.compile(r"^ ?(?:\w+ )?(?:di|d') ?(?:assenza|malattia|mutua|comporto|stop)\b")
_IN_A_ROW = re.compile(
    r"^ ?,? ?(?:tutt\w+ )?(?:di fila|di seguito|continuativ|consecutiv|ininterrott|filat|attaccat|a periodi|in piu)"
)
_LAST_SPAN = re.compile(r"(?<![^ ])\d+ mesi(?: e mezzo)?(?: ,)?(?: tutt\w+)?$")
_COUNTED = re.compile(
    r"(?<!\d )(?<!ultimi )\bmesi (?:di assenza )?(?:erano|sono|sono stati|giusti sono) (?P<n>\d\d?(?:\.\d+)?)(?= [.,!]|$| e )"
)
_SAID_BEFORE = re.compile(
    r"\b(?:(?:assenza|malattia|mutua|stop)(?: mia)? (?:e |era |mi e )?(?:dura\w*|stata di)(?: da| circa da)?|(?:saltat[oi]|pers[oi]|mancat[oa])(?: dal lavoro)?|(?:ferm[oa]|assente|a casa)(?: per| da)?) ?$"
)
_VAGUE_BEFORE = re.compile(
    r"\b(?:circa|quasi|piu di|piu o meno|oltre|meno di|almeno|piu|intorno ai?|attorno ai?|sui|sugli|tra|fra|massimo|minimo|forse|un paio di|qualche|credo|penso|piu che|neanche|nemmeno|verso|boh|mi pare|mi sembra|saranno|un)(?: i| gli| a| di| ai| un| saranno| siano)?$"
)
_VAGUE_AFTER = re.compile(
    r"^ ?(?:circa|o (?:giu di li|poco piu|poco meno|quasi|piu|forse|anche|\d)|piu o meno|e (?:qualcosa|passa|rotti|oltre|piu)|credo|mi pare|mi sembra|forse|abbondanti|scarsi|e un po|e spiccioli|, (?:credo|forse|mi pare|piu o meno|circa)|- \d|/ \d)"
)
_RANGE = re.compile(r"\d (?:o|-|/|a|ai)$")
_NOT_ABSENCE = re.compile(
    r"\b(?:contratto|(?<!dal )(?<!al )(?<!il )(?<!di )(?<!da )(?<!a )lavor(?:o|a|avo|ava|iamo)(?: \w+){0,5}|assunt[oa]|disoccupat[oa]|naspi|cassa|mobilita|scad\w+|tra|fra|entro|dopo|prossim[io]|ultim[io]|eta|ogni|durata|dura|durano|chemio\w*|radio\w*|terapia|cicli|prova|tirocinio|stage|corso|abit[oa]|viv[oa]|rinnov\w+|gravidanza|maternita|figli\w*|bambin\w*|primi|ultimo|prossimo|invalidita|percent\w+)(?: (?:da|di|per|in|a|i|il|gli|nei|negli|oltre|un|qui|li))*$"
)
_AGO = re.compile(
    r"^ ?(?:fa|prima|dopo|or sono|di (?:contratto|prova|tirocinio|disoccupazione|naspi|cassa|lavoro|chemio\w*|terapia|contributi|preavviso|aspettativa non)|ancora|alla (?:pensione|scadenza|fine)|al mese|di vita|di eta|compiuti)\b"
)
_WINDOW = re.compile(
    r"\b(?:(?:(?:in|nei|negli|degli|sugli|su|entro|nell' arco (?:di|degli)|nel giro di|durante gli|dentro|per gli|gli) (?:gli )?(?:ultimi |passati |scorsi )?(?P<n>\d+) mesi(?: scorsi| passati)?)|(?:negli|degli|gli) ultimi (?P<elided>6|12)(?= \d| ,| \.| ho| sono|$)|"
    r"(?P<year>(?:nell'|in|dell'|sull'|nel corso dell'|durante l'|nell' arco di|nell' arco dell'|l'|quest'|quest' ultimo|questo ultimo) ?(?:quest' |questo )?(?:un |ultimo |ultim' |scorso |intero )*anno(?: scorso| passato| appena passato| trascorso| intero)?(?! solare| prossimo)|negli ultimi 365 giorni|in 12 mesi|all' anno|da un anno (?:a questa parte|ad oggi|fino ad oggi))|"
    r"(?P<semester>(?:nell'|in|nel|dell'|nell' arco di|di) ?(?:un |ultimo |mezzo )(?:semestre|mezzo anno|anno e mezzo)|nel semestre|in mezzo anno|nell' ultimo semestre|nell' ultimo mezzo anno))(?= |$)"
)
_DAYS = re.compile(
    r"(?<![^ ])(?P<n>\d{1,3}) (?:(?P<kind>giorn[oi]|giornate)(?P<what>(?: (?:esatti|precisi|effettiv[ie]|complessiv[ie]|total[ie]|in tutto|solo|pieni|lavorativ[ie]|di lavoro|lavorati|feriali|di assenza|d' assenza|assenza|di calendario|solari|consecutivi|di malattia|di mutua|di ricovero|pers[ie]|dal lavoro|saltat[ie]|mancat[ie]|di fila|continuativi|assente|di servizio|utili|che (?:non )?lavor\w+|che ho perso|che sono stat[oa] assente|,))*))(?= |$)"
)
_WORKING = re.compile(r"lavorativ|di lavoro|feriali|assenza|pers|saltat|mancat|dal lavoro|assente|di servizio|utili")
_CALENDAR = re.compile(
    r"\b(?:calendario|solari|di malattia|di mutua|di ricovero|compresi (?:i )?(?:sabat\w+|festiv\w+|domenic\w+|riposi|weekend)|sabati|domeniche|festivi compresi|consecutivi di calendario|in ospedale|di degenza|naturali)\b"
)
_CONTINUOUS_YES = re.compile(
    r"\b(?:continuativ[oaie]|continua|continui|continue|continuat[oaie]|consecutiv[oaie]|ininterrott[oaie]|ininterrottamente|continuativamente|di fila|di seguito|in fila|filati|filate|"
    r"(?:tutt[oaie] )?attaccat[oaie]|senza (?:mai )?(?:interruzion\w+|interrompere|pause|rientri|rientrare|tornare|stacchi|rientro|un rientro)|mai (?:rientrat[oa]|tornat[oa])(?: in mezzo| nel mezzo)?|"
    r"(?:tutt[oaie] )?(?:in )?un(?:a|') (?:unica|sola) (?:volta|assenza|soluzione|tirata)|unica assenza|un' unica assenza|tutto un periodo|un periodo unico|un unico periodo|un solo periodo|tutta di un pezzo|tutta insieme|senza soluzione di continuita|tutt[oaie] (?:d' )?un fiato|tutti insieme)\b"
)
_CONTINUOUS_NO = re.compile(
    r"\b(?:non (?:e stat[oa] |era |sono stati |e |tutti |tutta |tutto |sempre |proprio |di |per niente )*(?:continuativ\w+|continu[oaie]|consecutiv\w+|di fila|di seguito|tutt[oaie] di seguito|attaccat\w+|ininterrott\w+)|a (?:periodi|singhiozzo|spezzoni|pezzi|tratti|intervalli|blocchi|fasi|piu riprese|spizzichi)|"
    r"spezzettat\w+|spezzat\w+|frammentat\w+|frazionat\w+|discontinu\w+|(?:in |a )(?:piu|varie|diverse|tante|\d) (?:volte|riprese|periodi|tranche|blocchi|fasi)|con (?:\w+'? ){0,3}(?:interruzion\w+|paus[ae]|rientri|stacc\w+|rientro)|provat[oa] a (?:rientrare|tornare|riprendere)|interrott\w+|intermittente(?= assenza)|"
    r"un po' (?:si|a casa) (?:e )?un po' (?:no|al lavoro)|ogni tanto (?:rientravo|tornavo|lavoravo|rientrava)|(?:rientravo|tornavo|rientrava|tornava) (?:tra|fra) (?:una|un)|sono rientrat[oa] (?:in mezzo|nel mezzo|per (?:un|qualche|due|poc\w+))|con rientri|piu assenze|avanti e indietro|dentro e fuori|va e vieni|a giorni alterni|saltuari\w*|sporadic\w+)\b"
)


def extract(reading: Reading) -> Iterator[Found]:
    """Months, days and continuity of absence."""
    taken: list[tuple[int, int]] = [m.span() for m in _WINDOW.finditer(reading.text)]
    yield from _days(reading, taken)
    yield from _months(reading, taken)
    yield from _continuity(reading)


# -- working days in a window --------------------------------------------------------------------------------------------


def _window_of(match: re.Match[str]) -> str | None:
    if match["semester"]:
        return None if "e mezzo" in match.group(0) else DAYS_6
    if match["year"]:
        return DAYS_12
    return {12: DAYS_12, 6: DAYS_6}.get(int(match["n"] or match["elided"]))


def _days(reading: Reading, taken: list[tuple[int, int]]) -> Iterator[Found]:
    text = reading.text
    windows = [(m.start(), m.end(), _window_of(m)) for m in _WINDOW.finditer(text)]
    asked = reading.context.question if reading.context.question in (DAYS_12, DAYS_6) else None
    mentions = [m for m in _DAYS.finditer(text)]
    for match in mentions:
        at, end = match.start(), match.end()
        clause = reading.clause_text(at)
        if (
            _VAGUE_BEFORE.search(reading.before(at, 3))
            or _VAGUE_AFTER.match(text[end : end + 20])
            or _RANGE.search(text[:at].rstrip())
        ):
            continue
        plain_days = not re.search(r"lavorativ|di lavoro|feriali", match["what"])
        if plain_days and (_CALENDAR.search(match["what"]) or _CALENDAR.search(text[end : end + 40].split(".")[0])):
            continue
        if re.match(
            r"^ ?(?:fa|al mese|a settimana|alla settimana|prima|dopo|di ferie|di tempo|di preavviso)\b", text[end:]
        ) or re.search(r"\b(?:tra|fra|entro|ogni|dopo|per altri)$", reading.before(at, 2)):
            continue
        window = _nearest_window(text, at, end, windows, mentions)
        working = bool(_WORKING.search(match["what"])) or bool(
            re.search(r"\b(?:lavorativ\w+|giorni di lavoro|di assenza|dal lavoro)\b", clause)
        )
        if window and (working or asked) and not reading.negated(at, 2):
            yield reading.found(window, int(match["n"]), at, end, 2)
        elif asked and not window and not windows:
            yield reading.found(asked, int(match["n"]), at, end)
        taken.append((at, end))
    if mentions:
        yield from _elided_days(reading, windows)
    else:
        yield from _told_after(reading, windows)
    if asked and not mentions:
        yield from _bare_number(reading, asked, most=366 if asked == DAYS_12 else 184)


_TOLD_AFTER = re.compile(
    r"^ ?(?:,|:)? ?(?:sono|erano|sono stati|sono state|fanno|in tutto|in totale|ammontano a|:) (?:esattamente |in tutto )?(?P<n>\d{1,3})(?= |$)(?! (?:%|mes[ie]|ann[io]|ore))"
)


_COUNT_OF_DAYS = re.compile(
    r"\bgiorn(?:i|ate)(?P<what>(?: [a-z']+){0,5}?) (?:sono stati|sono state|sono|erano) (?P<n>\d{1,3})(?= |$)(?! (?:mes[ie]|ann[io]|%))"
)


def _told_after(reading: Reading, windows: list[tuple[int, int, str | None]]) -> Iterator[Found]:
    """ "I giorni lavorativi persi nell'ultimo anno sono 132"."""
    for count in _COUNT_OF_DAYS.finditer(reading.text):
        ahead = [window for _, end, window in windows if end <= count.start() and count.start() - end < 40]
        if ahead and ahead[-1] and _WORKING.search(count["what"]):
            yield reading.found(ahead[-1], int(count["n"]), count.start("n"), count.end("n"))
            return
    for start, end, window in windows:
        match = _TOLD_AFTER.match(reading.text[end:])
        before = reading.text[max(0, start - 60) : start]
        if window and match and re.search(r"\bgiorn(?:i|ate)\b", before) and _WORKING.search(before):
            yield reading.found(window, int(match["n"]), end + match.start("n"), end + match.end("n"))


_BARE_BEFORE = re.compile(r"(?<![^ ])(?:e|,|poi|invece|di cui) (?:di cui )?(?P<n>\d{1,3})$")
_BARE_AFTER = re.compile(
    r"^(?: ,| ne ho fatti| erano| sono| invece| circa)? (?P<n>\d{1,3})(?= |$)(?! (?:%|mes[ie]|ann[io]|giorn\w+|ore|settiman\w+))"
)


def _elided_days(reading: Reading, windows: list[tuple[int, int, str | None]]) -> Iterator[Found]:
    """ "130 giorni in un anno e 80 negli ultimi sei mesi": the second number is of days too."""
    for start, end, window in windows:
        before, after = _BARE_BEFORE.search(reading.text[:start].rstrip()), _BARE_AFTER.match(reading.text[end:])
        if window and before:
            yield reading.found(window, int(before["n"]), before.start("n"), before.end("n"))
        elif window and after and not before:
            yield reading.found(window, int(after["n"]), end + after.start("n"), end + after.end("n"))


def _nearest_window(
    text: str, at: int, end: int, windows: list[tuple[int, int, str | None]], mentions: list[re.Match[str]]
) -> str | None:
    """The window that belongs to the days at `at`: behind them and before the next mention, or else just before them."""
    following = min((m.start() for m in mentions if m.start() > at), default=10**9)
    previous = max((m.end() for m in mentions if m.start() < at), default=0)
    behind = [w for w in windows if end <= w[0] < following and w[0] - end < 60]
    ahead = [w for w in windows if previous <= w[0] and w[1] <= at and at - w[1] < 60]
    if ahead and behind and _BARE_AFTER.match(text[behind[0][1] :]):
        return ahead[-1][2]  # "in a year 130 days, in six months 80": the windows come first
    return behind[0][2] if behind else ahead[-1][2] if ahead else None


# -- months --------------------------------------------------------------------------------------------------------------


def _months(reading: Reading, taken: list[tuple[int, int]]) -> Iterator[Found]:
    text = reading.text
    asked = reading.context.question == MONTHS
    counted = _COUNTED.search(text)
    if counted:
        value = float(counted["n"])
        yield reading.found(MONTHS, int(value) if value == int(value) else value, counted.start(), counted.end())
        return
    found = []
    for match in _PLAIN.finditer(text):
        at, end = match.start(), match.end()
        if any(start <= at < stop for start, stop in taken):
            continue
        answers_both = bool(_IN_A_ROW.match(text[end : end + 40]))  # "sette mesi di fila" speaks of absence by itself
        months = _value(match)
        before = reading.before(at, 7)
        clear = bool(_CLEARLY_ABSENCE.match(text[end : end + 40]) or _SAID_BEFORE.search(before))
        if months is None or not clear and (_NOT_ABSENCE.search(before) or _AGO.match(text[end : end + 30])):
            continue
        if (
            _VAGUE_BEFORE.search(before)
            or _VAGUE_AFTER.match(text[end : end + 20])
            or _RANGE.search(text[:at].rstrip())
        ):
            continue
        if reading.negated(at, 3) and not re.search(
            r"\bnon (?:ho|ha|sono|e|potevo|posso)\b.{0,120}\b(?:lavora|rientra|torna)\w*(?: per| da)?$", before
        ):
            continue
        if not asked and not answers_both and not _absence_near(reading, at):
            continue
        found.append((months, at, end))
    if not found:
        for months, at, end in spans_of_dates(reading):
            if asked or _absence_near(reading, at):
                found.append((months, at, end))
    if len(found) > 1:
        found = _summed(reading, found)
    for months, at, end in found:
        yield reading.found(MONTHS, months, at, end)
    if reading.context.question == MONTHS and not found and not _PLAIN.search(text):
        yield from _bare_number(reading, MONTHS, most=120)


def _absence_near(reading: Reading, at: int) -> bool:
    """Whether the sentence around `at` speaks of absence, or of months in a row."""
    text = reading.text
    span = _LAST_SPAN.search(text[:at].rstrip())
    if span and not _NOT_ABSENCE.search(reading.before(span.start(), 7)):
        return True
    start = max(text.rfind(sign, 0, at) for sign in (". ", "? ", "! ", "; ", "¦")) + 1
    ends = [i for i in (text.find(sign, at) for sign in (" .", " ?", " !", " ;", "¦")) if i >= 0]
    sentence = text[start : min(ends, default=len(text))]
    return any(not re.match(r"perso il (?:lavoro|posto)", sentence[m.start() :]) for m in _ABSENT.finditer(sentence))


def _value(match: re.Match[str]) -> float | int | None:
    if match["semester"]:
        return 6
    if match["quarter"]:
        return 3
    if match["half_month"]:
        return 0.5
    if match["bare"]:
        return 1.5 if match["bare"].startswith("mese") else 18
    if match["n2"]:
        return int(match["n2"]) + 0.5
    if match["decimal"]:
        return None
    n = 1.0 if match["n"] in ("un", "uno", "una") else float(match["n"])
    unit = match["unit"]
    if unit.startswith("ann"):
        if n > 15:
            return None  # somebody's age, or years of work
        months = n * 12 + (6 if match["half"] else 0)
    elif unit.startswith("settiman"):
        months = math.floor(n * 7 / DAYS_IN_MONTH * 10) / 10
    else:
        months = n + (0.5 if match["half"] else 0)
    if match["more"]:
        more = 1 if match["more"] == "un" else int(match["more"])
        kind = match["more_unit"]
        months += more if kind.startswith("mes") else math.floor(more * (7 if kind.startswith("sett") else 1) / 3) / 10
    months = round(months, 1)
    return int(months) if months == int(months) else months


def _summed(reading: Reading, found: list[tuple[float, int, int]]) -> list[tuple[float, int, int]]:
    """One duration out of several: a stated total, or none."""
    for months, at, end in found:
        if re.search(
            r"\b(?:in tutto|in totale|totale|complessiv\w+|somma|sommando|quindi)\b", reading.before(at, 3)
        ) or re.match(r"^(?: ,)? (?:in tutto|in totale|complessiv\w+)(?! \d)", reading.text[end:]):
            return [(months, at, end)]
    return [found[0]] if len({item[0] for item in found}) == 1 else []


def _bare_number(reading: Reading, fact: str, most: int) -> Iterator[Found]:
    """A number alone, as the answer to the question for `fact`."""
    number = sole_number(reading, "mes[ei]" if fact == MONTHS else r"giorn\w+|lavorativ\w+")
    if number and re.search(r"(?:^| )(?:il|l'|al|all'|dell')$", reading.whole[: number[1]].rstrip()):
        return  # "il 75" is a percentage
    if fact != MONTHS and re.search(
        r"\b(?:sabat\w+|domenic\w+|festiv\w+|calendario|solari|contando anche)\b", reading.whole
    ):
        return
    if (
        number is None
        and fact != MONTHS
        and re.match(
            r"^(?:no ,? ?)?(?:nessuno|neanche uno|nemmeno uno|mai|nessun giorno|neppure uno)(?: [.!])?$", reading.whole
        )
    ):
        yield reading.found(fact, 0, 0, len(reading.whole))
        return
    if number and number[0] <= most and (fact == MONTHS or number[0] == int(number[0])):
        value = number[0]
        yield reading.found(fact, int(value) if value == int(value) else value, number[1], number[2])


# -- continuity ----------------------------------------------------------------------------------------------------------


def _continuity(reading: Reading) -> Iterator[Found]:
    asked = reading.context.question in (CONTINUOUS, MONTHS)
    no = _CONTINUOUS_NO.search(reading.text)
    if no and (asked or _absence_near(reading, no.start())):
        yield reading.found(CONTINUOUS, False, no.start(), no.end())
        return
    yes = _CONTINUOUS_YES.search(reading.text)
    if (
        yes
        and (asked or _absence_near(reading, yes.start()))
        and "collaborazione" not in reading.before(yes.start(), 4)
    ):
        if not reading.negated(yes.start(), 4) or yes.group(0).startswith(("mai", "senza")):
            yield reading.found(CONTINUOUS, True, yes.start(), yes.end())
