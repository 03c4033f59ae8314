"""Percentages of invalidity: civil or INAIL, exact or not stated. Approximations are not turned into figures."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.facts.answers import sole_number
from bot.facts.corrections import ONE_MARKER
from bot.facts.reading import Found, Reading

_NUMBER = r"(?P<n>\d{1,3}(?:\.\d+)?)"
_PERCENT = re.compile(r"(?<![\d/] )(?<![^ ])" + _NUMBER + r" %")
_INVALID = r"(?:il civile|quella civile|invalid[oaie]|invalidita|disabil\w+|inabil\w+|handicap|menomazion\w+|verbale|commissione|percentuale|punteggio|riduzione della capacita|accertament\w+)"
_BARE = re.compile(
    r"\b"
    + _INVALID
    + r"(?: (?:civile|e|al|del|dell'|all'|di|riconosciut[oa]|inps|era|sono|ho|ha|totale|pari a|a|il|l'|:|,|=|-|accertata|certificata|inail|infatti|del lavoro|permanente|grado|mi hanno dato|gli hanno dato|le hanno dato|hanno dato|con|dice|riporta|indica|scritto|di|parla di)){0,5} (?<!legge )"
    + _NUMBER
    + r"(?= |$)(?! (?:mesi|mese|anni|giorni|settimane|ore|euro|/|comma|\d))"
)
_CIVIL_IS = re.compile(
    r"\b(?:(?:il|quella|quello|l' invalidita|percentuale) )?civile (?:e |era |: |= |ho |al |del |il |di )*"
    + _NUMBER
    + r"(?= |$)(?! (?:mesi|anni|giorni|euro|/))"
)
_BY_INAIL = re.compile(
    r"\binail (?:e |al |del |dell' |all' |ho |ha |il |l' |: |, |= |mi ha dato |gli ha dato |le ha dato |riconosciut[oa] |pari al? )*"
    + _NUMBER
    + r"(?= |$)(?! (?:mesi|anni|giorni|euro|/))"
)
# "No scusi, era il 67": an article before a bare number, in a correction, speaks of the percentage.
_CORRECTED = re.compile(
    ONE_MARKER
    + r" ?(?:, )?(?:era|e|sono|ho|ha|erano|avevo|intendevo|volevo dire|e invece|invece)? ?(?:il|l'|al|all'|del|dell') "
    + _NUMBER
    + r"(?= [.,!]|$| di invalid\w+| non)"
)
_CHANGED = re.compile(
    r"\b(?:abbassat[oa]|portat[oa]|aumentat[oa]|alzat[oa]|salit[oa]|passat[oa]|sces[oa]|ridott[oa]) (?:al|all') (?P<n>[1-9]\d|100)(?= [.,!;)]|$| ma| e| %| adesso| ora)"
)
_GIVEN = re.compile(
    r"\b(?:ho|ha|(?:mi|gli|le) hanno (?:dato|riconosciuto|confermato|lasciato)|(?:mi|gli|le) ha dato|avuto|riconosciuto) (?:solo |appena |gia |anche )?(?:il|l') (?P<n>[1-9]\d|100)(?= [.,!;)]|$| ma| e| pero| con| di invalid| anche| da| mentre| dal| quindi)(?! (?:mesi|anni|e mezzo))"
)
_BEFORE_INVALID = re.compile(
    r"(?<![^ ])" + _NUMBER + r" (?:(?:di|come|d'|punti di) (?:invalidita|inabilita|disabilita)|inail\b)"
)
_INAIL = re.compile(
    r"\binail\b|\binvalid\w+ (?:del|sul|da|di) lavoro\b|\binfortunio sul lavoro\b|\binfortuni\w*\b|\bmalattia professionale\b|\brendita\b|\bdanno biologico\b"
)
_CIVIL = re.compile(r"\bcivil[ei]\b|\binps\b|\basl\b|\bcommissione\b")
_OTHER_THING = re.compile(
    r"\b(?:parttime|orario|stipendio|paga|salario|retribuzione|busta|sconto|iva|interess\w+|tasse|aliquota|contributo|rimborso|tempo|smart|telelavoro|presenza|"
    r"probabilita|sopravviv\w+|sicur[oa]|convint[oa]|d' accordo|guarit[oa]|affidamento|ossigeno|batteria|occupazione|aziende|quota|copre|coprono|cassa|naspi|voucher|dote|"
    r"pagat\w+|prendo|lavor[oa] (?:al|all'|a)|contratto|ridott[oa] (?:al|del)|ore)\b"
)
_VAGUE = re.compile(
    r"\b(?:circa|quasi|piu o meno|sui|sulla?|intorno|attorno|oltre|piu di(?:l|)|piu del(?:l')?|piu dell'|meno di|meno del(?:l')?|almeno|superiore|inferiore|sopra|sotto|tra|fra|"
    r"minimo|massimo|forse|mi pare|mi sembra|dovrebbe essere|sara|non so se|tipo|una ?cosa come|qualcosa|neanche|nemmeno|da|verso|credo)"
    r"(?: (?:il|l'|al|all'|del|dell'|a|di|un|ai|alla|tra|fra|sia|che|sul|sull'|abbia)){0,8}$"
)
_RANGE_AFTER = re.compile(
    r"^ ?%? ?(?:o|-|/|al|a|ai) (?:il |l' |al |all' )?\d|^ ?(?:%)? ?(?:circa|piu o meno|o giu di li|o poco|e qualcosa|e rotti|credo|mi pare|mi sembra|forse|, (?:credo|mi pare|mi sembra|forse|piu o meno|circa))\b"
)
_RANGE_BEFORE = re.compile(r"\d (?:% )?(?:o|-|/|al|a|ai)(?: il| l'| al| all')?$")
_RAISED = re.compile(
    r"\b(?:passat[oa]|salit[oa]|aumentat[oa]|portat[oa]|alzat[oa]|cresciut[oa]|abbassat[oa]|sces[oa])\b.{0,40}$"
)
_OLD = re.compile(r"\b(?:prima|avevo|aveva|inizialmente|all' inizio|l' anno scorso|in passato|vecchi[oa]|nel \d{4})\b")
_NEW = re.compile(
    r"\b(?:adesso|ora|oggi|attual\w+|poi|dopo|aggravament\w+|portat[oa] (?:al|all')|salit[oa]|passat[oa] (?:al|all')|aumentat[oa]|nuov[oa]|revisione)\b"
)
_NONE = re.compile(
    r"\bnon (?:ho|ha|abbiamo|mi hanno (?:mai )?(?:dato|riconosciut[oa])|gli hanno (?:mai )?(?:dato|riconosciut[oa])|le hanno (?:mai )?(?:dato|riconosciut[oa])|possiedo|e|sono)(?: mai| ancora| piu| alcuna| nessuna| alcun| riconosciut[oa]| avuto| l'| un'| una| fatto (?:domanda|richiesta) d[i']| chiesto l'| la)* "
    r"(?:percentuale (?:di |d' )?)?(?:invalidita|invalid[oa])\b|\bnessuna? (?:percentuale (?:di )?)?invalidita\b|\bsenza (?:alcuna |nessuna )?invalidita\b|\binvalidita(?: civile)?(?: :| =)? (?:nessuna|zero|niente|no|0|nulla|assente)\b|\bniente invalidita\b|\binvalidita (?:io )?non (?:ce l' |l' |la |ne )?(?:ho|ha|abbiamo)\b(?! ancora)|\bmai avuto (?:un' |l' )?invalidita\b"
)
_PENDING = re.compile(
    r"\b(?:attesa|aspett\w+|domanda|richiesta|pratica|in corso|visita|ancora|convocat\w+|chiamat\w+ a visita|presentat\w+|risposta|verbale)\b"
)
_NO_INAIL = re.compile(
    r"\b(?:nessun\w*|alcun[oa]?|mai|niente|non (?:ho|ha|possiedo|possiede|risulta|percepisco|percepisce|c' e|ce l' ho))\b(?: (?!\d)[a-z']+){0,6} ?\binail\b(?![^.;!?]*\d)"
)
_TOTAL = re.compile(
    r"\b(?:invalid[oa](?: civile)? total[ei]|invalidita (?:civile )?totale|totalmente invalid[oa]|inabilita totale|total[ei] invalid[oa])\b"
)
CIVIL, INAIL = "invalidita_percento", "invalidita_inail_percento"
_QUESTIONS = (CIVIL, INAIL)
_REVOKED = re.compile(
    r"\b(?:me l' (?:hanno|ha)|gliel?' ?(?:hanno|ha)|gli(?:e)?l' (?:hanno|ha)|l' hanno|mi hanno|gli hanno|le hanno) (?:poi )?(?:tolt|revocat|levat)\w+|\brevocat[ao]\b"
)
_NAMED_KIND = {_CIVIL_IS: CIVIL, _BY_INAIL: INAIL}  # "il civile è 74 e l'INAIL 20"


def extract(reading: Reading) -> Iterator[Found]:
    """The person's percentages."""
    if _REVOKED.search(reading.whole) and not _NEW.search(reading.whole):
        return  # what was taken away is known, what holds now is not
    candidates = list(_stated(reading))
    asked = reading.context.question if reading.context.question in _QUESTIONS else None
    if asked and not candidates:
        candidates = list(_answer(reading, asked))
    if not candidates:
        candidates = list(_none_or_total(reading))
    for fact in _QUESTIONS:
        mine = [found for found in candidates if found.fact == fact]
        if len({found.value for found in mine}) > 1:
            newest = [found for found in mine if found.weight > 1]
            mine = newest[-1:] if len({found.value for found in newest}) == 1 else []
        yield from mine


def _stated(reading: Reading) -> Iterator[Found]:
    text = reading.text
    seen = set()
    for pattern in (_PERCENT, _CIVIL_IS, _BARE, _BEFORE_INVALID, _BY_INAIL, _GIVEN, _CHANGED, _CORRECTED):
        for match in pattern.finditer(text):
            at = match.start("n")
            if at in seen or not _acceptable(reading, match):
                continue
            seen.add(at)
            clause = reading.clause_at(at)
            if (
                clause.past
                and not _is_recognition(text[clause.start : clause.end])
                or _OLD.search(reading.before(at, 5))
            ):
                continue
            value = round(float(match["n"]))
            if float(match["n"]) != value or value > 100:
                continue
            weight = 2 if _NEW.search(reading.before(at, 6)) else 1
            kind = _NAMED_KIND.get(pattern) or _kind(reading, at, match.end())
            yield reading.found(kind, value, at, match.end(), weight)


def _is_recognition(clause: str) -> bool:
    """ "Era il 67" corrects, "mi avevano dato il 67" still holds when nothing newer is said."""
    return bool(
        re.search(r"\b(?:avevano|aveva) (?:dato|riconosciuto)\b|\b(?:era|erano) (?:il |l' |del |al )?\d", clause)
    )


def _acceptable(reading: Reading, match: re.Match[str]) -> bool:
    at, end = match.start("n"), match.end()
    clause = reading.clause_text(at)
    before, after = reading.text[max(0, at - 70) : at].rstrip(), reading.text[end : end + 30]
    if _VAGUE.search(reading.before(at, 4)) or _RANGE_AFTER.match(after):
        return False
    if _RANGE_BEFORE.search(before):
        return bool(_RAISED.search(before))  # "passata dal 60 al 75": the second one holds
    if re.search(r"\bnon (?:e |ho |era |sono )?(?:il|l'|al|all'|del)?$", reading.before(at, 3)) or reading.negated(
        at, 4
    ):
        return False
    if "?" in reading.text[end : end + 2] and not re.search(_INVALID + r"|\bho\b|\bcon\b|\bha\b", clause):
        return False
    if re.match(
        r"^ (?:di|d'|del|dell'|della|dei|degli|delle) (?!" + _INVALID + r"|inps|inail|civile)", after
    ) and "%" in match.group(0):
        return False  # "il 30% dei colleghi", "al 50% delle forze"
    near = re.split(r"[,.;]", reading.before(at, 6))[-1] + " " + " ".join(re.split(r" [,.;]", after)[0].split()[:4])
    if _OTHER_THING.search(near) and not re.search(_INVALID, near):
        return False
    return True


def _kind(reading: Reading, at: int, end: int) -> str:
    """Civil or INAIL, by the nearest word that tells."""
    clause = reading.clause_at(at)
    inail = [abs(m.start() + clause.start - at) for m in _INAIL.finditer(reading.text[clause.start : clause.end])]
    civil = [abs(m.start() + clause.start - at) for m in _CIVIL.finditer(reading.text[clause.start : clause.end])]
    if inail and (not civil or min(inail) < min(civil)):
        return INAIL
    if reading.context.question == INAIL and not civil and not inail and len(reading.whole.split()) < 8:
        return INAIL
    return CIVIL


def _answer(reading: Reading, asked: str) -> Iterator[Found]:
    """A bare number as the answer to the question about a percentage."""
    number = sole_number(reading, "%|punti")
    if number and number[0] <= 100 and number[0] == int(number[0]):
        fact = INAIL if _INAIL.search(reading.whole) and not _CIVIL.search(reading.whole) else asked
        yield reading.found(fact, int(number[0]), number[1], number[2])


_NO_ANSWER = re.compile(
    r"^(?:no ,? ?|purtroppo |per fortuna )*(?:no|mai (?:avut[oa]|fatt[oa]|chiest[oa]|riconosciut[oa])(?: infortuni\w*| un infortunio| niente| nulla| domanda| richiesta| nessuna)?|nessun infortunio|nessuna rendita|nessuna|nessuno|niente|nulla|non ce l' ho|non ne ho|non ce n' ho|mai avuta|non l' ho|non ce l' ha|non ne ha|non ho niente|nessuna percentuale|no nessuna|no , nessuna|no niente|no , niente|no , non (?:ce l' ho|ne ho|ce l' ha|ne ha)|no non (?:ce l' ho|ne ho|ce l' ha|ne ha)|mai chiesta|non l' ho mai (?:chiesta|avuta|fatta))(?: [.!,]| grazie| mai| ancora chiesta| purtroppo)*(?:$|(?<=,) (?:ma|pero|solo)\b| ,? ?(?:ma|pero|solo)\b)"
)


def _none_or_total(reading: Reading) -> Iterator[Found]:
    text = reading.text
    asked = reading.context.question
    for match in _NONE.finditer(text):
        if not _PENDING.search(reading.clause_text(match.start()) + " " + reading.after(match.end(), 10)):
            fact = INAIL if re.search(r"\binail\b", reading.after(match.end(), 3)) else CIVIL
            yield reading.found(fact, 0, match.start(), match.end())
            return
    match = re.search(
        r"\b(?:niente|nessuna|nulla|no|non ho(?: niente| nulla)?|nessuna invalidita|mai avuto)(?: rendit\w+| percentuale| pratiche| infortuni)?(?: con| da| dall'| di| dell'| d'|) ?(?:l' |all' )?inail\b",
        text,
    )
    if match:
        yield reading.found(INAIL, 0, match.start(), match.end())
        return
    match = re.search(
        r"\binail (?:non )?(?:mi |gli |le )?(?:ha |hanno )?(?:mai )?(?:dato|riconosciuto|dato mai)? ?(?:niente|nulla|nessuna|zero|0)\b|\b(?:mai avut[oi]|nessun|niente) infortun\w+",
        reading.whole,
    )
    if match and asked == INAIL:
        yield reading.found(INAIL, 0, match.start(), match.end())
        return
    match = _NO_INAIL.search(text)
    if match and not _PENDING.search(reading.clause_text(match.start())):
        yield reading.found(INAIL, 0, match.start(), match.end())
        return
    match = _TOTAL.search(text)
    if match and not reading.negated(match.start()):
        yield reading.found(CIVIL, 100, match.start(), match.end())
        return
    if asked in _QUESTIONS and _NO_ANSWER.match(reading.whole) and not _PENDING.search(reading.whole):
        yield reading.found(asked, 0, 0, len(reading.whole))
