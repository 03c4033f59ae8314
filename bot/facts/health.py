"""Why somebody was absent, in three broad kinds, and whether they are back. A diagnosis is never kept."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.facts.reading import Found, Reading

CAUSE, BACK = "causa_assenza", "rientrato_al_lavoro"

_ONCOLOGICAL = (
    r"(?:\w*carcinom\w+|\w*blastom\w+|\w*sarcom\w+|metastatic\w+|hodgkin|mesoteliom\w+|seminom\w+|glioma|timoma|microcitoma|tumor[ei]|tumoral\w+|cancr[oi]|chemio\w*|radioterapi\w+|radio terapia|immunoterapi\w+|ormonoterapi\w+|oncologic[oaihe]+|carcinom\w+|adenocarcinom\w+|leucemi\w+|linfom[ai]|mielom[ai]|"
    r"melanom[ai]|neoplasi\w+|metastasi|mastectomi\w+|quadrantectomi\w+|sarcom[ai]|glioblastom\w+|oncoematologic\w+|cure oncologiche|malattia oncologica|brutto male|(?<=finito la )radio|(?<=finita la )radio|(?<=facendo la )radio|(?<=faccio la )radio|(?<=fatto la )radio|(?<=sedute di )radio|(?<=cicli di )radio|(?:ca|k|neo) (?:\\. )?(?:della |del |al |alla )?(?:mammella|mammario|polmone|polmonare|colon|prostata|ovaio|utero|retto|vescica|seno|tiroide|gastrico|rene|fegato|pancreas)|male incurabile|nodulo maligno|maligno)"
)
_DISABLING = (
    r"(?:infart\w+|ictus|sclerosi(?: multipla| laterale)?|parkinson|dialisi|trapiant\w+|sla\b|distrofi\w+|amputa\w+|parapleg\w+|tetrapleg\w+|emipares\w+|aneurism\w+|emorragia cerebrale|"
    r"cardiopati\w+|scompenso cardiaco|insufficienza (?:renale|cardiaca|respiratoria)|bypass|cirrosi|artrite reumatoide|lupus|miastenia|epilessi\w+|broncopneumopatia|bpco|fibrosi (?:cistica|polmonare)|"
    r"trauma cranico|lesione (?:midollare|spinale)|malatti[ae] (?:rar[ae]|cronic[ahe]+|invalidant[ei]|degenerativ[ae]|neurologic[ahe]+|autoimmun[ei]|cardiac[ahe]+)|patologi[ae] (?:rar[ae]|cronic[ahe]+|invalidant[ei]|grav[ei]|neurologic[ahe]+|cardiac[ahe]+)|malattia grave|grave malattia|grave patologia)"
)
_OTHER = (
    r"(?:influenza|covid|bronchite|polmonite|maternita|gravidanza|congedo parentale|aspettativa (?:non retribuita|per motivi (?:familiari|personali))|ferie|lutto|frattura|"
    r"(?:rott[oa]|fratturat[oa]|slogat[oa]) (?:un |una |il |la |l' )?(?:gamba|braccio|polso|caviglia|piede|ginocchio|spalla|femore|mano|dito)|mal di schiena|ernia|appendicite|motivi (?:familiari|personali|di famiglia)|assistere (?:mia|mio|un))"
)
_KINDS = (
    ("oncologica", re.compile(r"\b" + _ONCOLOGICAL + r"\b")),
    ("invalidante", re.compile(r"\b" + _DISABLING)),
    ("altra", re.compile(r"\b" + _OTHER + r"\b")),
)
_PLACE_OR_TRADE = re.compile(  # a ward, a profession, a measure: no illness of the person
    r"\b(?:reparto|ospedale|centro|istituto|ambulatorio|day hospital|dott\w*|medico|infermier[ea]|volontari\w*|associazione|lega|oblio|congedo|primario|specialista|servizio|struttura|unita|visita|sportello|psico\w*|part|lilt|parttime|per (?:i|le|chi|malati|pazienti)|ai|dei|delle|alle|paura d(?:i|el)|sospett\w+|prevenzione|screening|escluso|assistente|segretaria|oss)(?: di| della| del| dell'| d'| un| a| malati| pazienti| persone| con| e)*$"
)
_RELATIVE_ILL = re.compile(
    r"\b(?:di|del|della|per) (?:mi[oa]|sua|suo) (?:madre|padre|marito|moglie|figli[oa]|sorella|fratello|mamma|papa)\b"
)
_DENIED = re.compile(r"\b(?:non|niente|nessun|mai|escluso|senza)\b(?:(?! solo)[^,;])*$")
_CAUSE_ANSWERS = (
    (
        "oncologica",
        re.compile(
            r"^(?:per |le |delle |di |e |era |cure |la |una |malattia )*(?:cure oncologiche|oncologic\w+|cure|la prima|prima)(?: [.!])?$"
        ),
    ),
    (
        "invalidante",
        re.compile(
            r"\b(?:problem[ai] (?:al|di) cuore|problem[ai] cardiac\w+|malattia (?:del|al) (?:cuore|fegato|sangue)|altra malattia|un' altra malattia|malattia che limita|invalidante|limita il lavoro|la seconda|altra patologia)\b"
        ),
    ),
    (
        "altra",
        re.compile(
            r"^(?:per )?(?:un )?altr[oa](?: motiv[oi]| ragione| causa)?(?: [.!])?$|\b(?:nessuna delle due|ne l' una ne l' altra|per altro|altri motivi|altro motivo)\b"
        ),
    ),
)

_AT_WORK = r"(?:al lavoro|a lavoro|a lavorare|in servizio|in ufficio|in azienda|in fabbrica|in ditta|in negozio|in reparto|in magazzino|in cantiere|in turno|in attivita|operativ[oa]|alla mia mansione|al mio posto)"
_ELSEWHERE = r"(?! (?:a|in) (?:casa|ospedale|malattia|italia|cassa|chemio\w*|cura|mutua|aspettativa)| dall(?:'|a|e) (?:ospedale|estero|visita|vacanz\w+|ferie)| dal medico| in mezzo| nel mezzo| nei requisiti| nella| tra i)"
_THIS_WEEK = r"(?:oggi|domani|dopodomani|questa settimana|stamattina|stamani|in settimana|entro la settimana|proprio oggi|proprio domani)"
_RETURNED = re.compile(
    r"\b(?:(?:sono|e|son) (?:gia |appena |finalmente |ormai |poi |di nuovo |da \w+ ){0,4}(?:rientrat[oa]"
    + _ELSEWHERE
    + r"|(?:ri)?tornat[oa] (?:\w+ ){0,2}?"
    + _AT_WORK
    + r")"
    r"|(?:ri)?tornat[oa] "
    + _AT_WORK
    + r"|rientrat[oa] (?:da poco |gia |ora |appena )?(?:"
    + _AT_WORK[3:-1]
    + r"|da (?:poco|\d|un|una|qualche)|lunedi|ieri|a (?:gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre))"
    r"|(?:ho|ha) (?:gia |appena |da poco |finalmente |ormai ){0,4}(?:ripreso|ricominciato|riniziato|reiniziato)(?: a)?(?: il)? (?:lavor\w+|servizio|l' attivita|al lavoro|lunedi|ieri|oggi|da \w+|parttime|piano)|(?:ho|ha) (?:ripreso|ricominciato)(?= [,.!]|$| (?:i|coi|con i|gli|le) )"
    r"|(?:lavoro|lavora) (?:di nuovo|nuovamente|gia di nuovo)|(?:sono|e) (?:di nuovo|gia) (?:al|a) lavoro|(?:sono|e) (?:di nuovo |gia )operativ[oa]"
    r"|(?:ho|ha) (?:ripreso|ricominciato) (?:il mese scorso|la settimana scorsa|\w+ scors[oa]|in \w+|\w+ (?:giorni|settimane|mesi) fa|questa settimana|da poco)|di nuovo "
    + _AT_WORK
    + r"|"
    + _THIS_WEEK
    + r" (?:rientr[oa]|torn[oa] al lavoro|ricominci[oa]|riprend[oe])"
    r"|(?:rientr[oa]|torn[oa]|ricominci[oa]|riprend[oe]|comincia a lavorare) (?:"
    + _AT_WORK[3:-1]
    + r")? ?"
    + _THIS_WEEK
    + r")\b"
)
_NOT_BACK = re.compile(
    r"\b(?:non (?:sono|e) (?:ancora |mai |piu |proprio |gia )*(?:rientrat[oa]|tornat[oa](?! a casa| indietro)|ritornat[oa])(?! in mezzo| nel mezzo| tra| fra)|(?:devo|deve|dobbiamo) (?:ancora )(?:rientrare|tornare|riprendere|ricominciare)|non (?:ho|ha) (?:ancora |mai )*(?:ripreso|ricominciato)|"
    r"(?:sono|e|sto|sta|resto|resta|rimango) (?:ancora|tuttora|sempre|attualmente|tutt' ora) (?:\w+ )?(?:a casa|in malattia|assente|in mutua|ferm[oa]|in cura|in aspettativa|ricoverat[oa])|ancora (?:a casa|in malattia|assente|in mutua|ferm[oa] a casa)|"
    r"attualmente (?:assente|in malattia|a casa|ferm[oa])|(?:rientr(?:o|a|ero|era)|torn(?:o|a|ero|era)|riprend(?:o|e|ero|era)|ricominc(?:io|ia|ero|era)) (?:al lavoro |a lavoro |a lavorare |in servizio |in ufficio |in fabbrica )*(?:solo |soltanto )?(?:(?:tra|fra) (?:un|una|due|tre|qualche|\d+)|il mese prossimo|il prossimo mese|a (?:gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre)|dopo (?:l' estate|le feste|natale|pasqua|la chemio\w*)|l' anno prossimo|la settimana prossima|la prossima settimana|piu avanti)|"
    r"(?:non|senza) (?:posso|riesco a|puo|riesce a|essere) (?:ancora )?(?:rientrare|tornare al lavoro|rientrat[oa])|(?:vorrei|vorrebbe|voglio|vuole|spero di|spera di|conto di|penso di|pensa di) (?:rientrare|tornare al lavoro|tornare a lavorare|riprendere (?:il lavoro|a lavorare))|(?:sono|e) (?:a casa )?in (?:malattia|mutua)(?! (?:sono|ho|e stat))|(?<!stato )(?<!stata )in (?:malattia|mutua) da(?! \w+ a | domani| lunedi)|e in malattia da|sono a casa (?:in malattia )?da|sono assente da|e assente da|e a casa (?:in malattia )?da)\b"
)
_TRUE_THEN = re.compile(
    r"\b(?:poi|ma|pero|e) (?:mi sono fermat[oa]|ho (?:dovuto|smesso)|sono (?:di nuovo|ancora) (?:a casa|in malattia)|mi hanno rimess[oa])\b"
)


def extract(reading: Reading) -> Iterator[Found]:
    """The broad cause of the absence and the return to work."""
    yield from _cause(reading)
    yield from _return(reading)


def _cause(reading: Reading) -> Iterator[Found]:
    text = reading.text
    for value, pattern in _KINDS:
        for match in pattern.finditer(text):
            before = reading.before(match.start(), 6)
            if (
                _PLACE_OR_TRADE.search(before)
                or _DENIED.search(before)
                or _RELATIVE_ILL.search(text[match.start() : match.end() + 30])
            ):
                continue
            if value == "altra" and not _absence(reading):
                continue
            if reading.text[match.end() : match.end() + 2] == " ?" and not re.search(
                r"\b(?:ho|ha|sono|mi|dopo|avuto)\b", before
            ):
                continue
            yield reading.found(CAUSE, value, match.start(), match.end())
            return
    if reading.context.question == CAUSE and "?" not in reading.whole:
        for value, pattern in _CAUSE_ANSWERS:
            match = pattern.search(reading.whole)
            if match and not _DENIED.search(reading.whole[: match.start()]):
                yield reading.found(CAUSE, value, match.start(), match.end())
                return


# In notes of a doctor or of the desk: "53 aa, IC 75%, rientrata".
_NOTED = re.compile(r"(?<= , )(?:gia |ora )?rientrat[oa](?: al lavoro)?(?= (?:[,.;]|e\b)|$)")


def _absence(reading: Reading) -> bool:
    return reading.context.question == CAUSE or bool(
        re.search(r"\b(?:assen\w+|malattia|a casa|mutua|ferm[oa]|mancat[oa])\b", reading.text)
    )


def _return(reading: Reading) -> Iterator[Found]:
    if reading.context.question == BACK:
        later = re.search(
            r"^ancora no\b|^non lavor[oa] ancora\b|\bancora .{0,80}\ba casa\b|^(?:no , |no |ancora |solo |)(?:tra|fra) (?:un|una|due|tre|qualche|\d+)|^(?:il mese prossimo|la settimana prossima|la prossima settimana|a (?:gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre))\b",
            reading.whole,
        )
        soon = re.search(
            r"^(?:si , |si |)(?:la settimana scorsa|il mese scorso|l' altro ieri|lunedi scorso|dal? (?:primo|inizio|fine|meta|\d+|lunedi|martedi|mercoledi|giovedi|venerdi|gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre)|gia (?:rientrat|tornat|al lavoro|in servizio)\w*|rientrat[oa]|tornat[oa]|da (?:oggi|ieri|lunedi|poco|una settimana|due settimane|\w+ (?:giorni|settimane|mesi)|qualche \w+)|domani|oggi|questa settimana|in settimana|appena|da poco|ieri|dopodomani|rientro (?:domani|oggi|questa settimana))(?= |$)",
            reading.whole,
        )
        if later or soon:
            match = later or soon
            yield reading.found(BACK, soon is not None, match.start(), match.end())
            return
    if reading.context.question == "assenza_continuativa":
        return  # "sono rientrata a metà" tells of an interruption
    if note := _NOTED.search(reading.text):
        yield reading.found(BACK, True, note.start(), note.end())
        return
    no = _NOT_BACK.search(reading.text)
    yes = [
        m for m in _RETURNED.finditer(reading.text) if not reading.negated(m.start(), 4) and not _doubtful(reading, m)
    ]
    if no and not yes:
        yield reading.found(BACK, False, no.start(), no.end())
    elif yes and not no:
        if not _TRUE_THEN.search(reading.text[yes[-1].end() :]):
            yield reading.found(BACK, True, yes[-1].start(), yes[-1].end())


def _doubtful(reading: Reading, match: re.Match[str]) -> bool:
    clause = reading.clause_at(match.start())
    return bool(
        re.search(r"\b(?:se|finche|prima che)$", reading.before(match.start(), 2))
        or clause.past
        and re.search(r"\b(?:ero|era)\b", match.group(0))
        or re.match(r"^ \?", reading.text[match.end() : match.end() + 3])
    )
