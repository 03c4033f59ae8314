"""Facts that are simply so or not: lists, allowances, redundancies, recognised conditions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.facts.reading import Found, Reading


@dataclass(frozen=True)
class Condition:
    """How people state one yes-or-no fact.

    :ivar fact: its id.
    :ivar topic: what is spoken of; must be governed by `state` unless `bare` is set.
    :ivar state: words that say the topic is so, in the same clause.
    :ivar bare: whether the topic states the fact by itself.
    :ivar blocked: words that make the clause say something else.
    :ivar of_family: whether it is told of a relative, so that clauses about others count.
    :ivar asked: words that are enough when the question is open.
    """

    fact: str
    topic: re.Pattern[str]
    state: re.Pattern[str] | None = None
    bare: bool = False
    blocked: re.Pattern[str] | None = None
    asked: re.Pattern[str] | None = None
    of_family: bool = False


_HAVE = r"\b(?:ho|ha|avendo|prendo|prende|percepisco|percepisce|ricevo|riceve|ottenut[oa]|attiv\w+|aperta|titolare|beneficiari\w+|mi hanno (?:dato|assegnato|riconosciuto)|gli hanno (?:dato|assegnato)|le hanno (?:dato|assegnato)|in corso)\b"
_WANT = re.compile(
    r"\b(?:vorrei|vorrebbe|voglio|vuole|posso|puo|potrei|potrebbe|devo|deve|come|cos' e|cosa e|spetta|chiedere|richiedere|richiest\w+|domanda|iscriver\w+|serve|attesa|aspett\w+|provare|pensavo|informazion\w+|ottenere|avere)\b"
)

CONDITIONS = (
    Condition(
        "legge_68_iscritto",
        re.compile(
            r"\b(?:collocamento (?:mirato|obbligatorio)|legge 68(?: del (?:19)?99| / 99| / 1999)?|68 / (?:19)?99|categorie protette|categoria protetta|liste (?:speciali|protette|della 68|68|del collocamento)|(?<=iscritta alla )68|(?<=iscritto alla )68|(?<=iscritta alle )liste|(?<=iscritto alle )liste|(?<=iscritta nelle )liste|(?<=iscritto nelle )liste|elenco (?:disabili|del collocamento)|graduatoria (?:disabili|del mirato)|l 68)\b"
        ),
        re.compile(
            r"\b(?:iscritt[oa]|iscrizione (?:fatta|attiva|al)|inserit[oa]|registrat[oa]|mi sono iscritt[oa]|si e iscritt[oa]|fatto l' iscrizione|nelle liste|nell' elenco|in lista|sono (?:gia )?(?:nel|al|in) (?:collocamento|lista|liste))\b"
        ),
        blocked=re.compile(
            r"\b(?:vorrei|vorrebbe|voglio|vuole|posso|puo|devo|deve|dovrei|come|chiedere|richiedere|domanda|iscriversi|iscrivermi|iscriverlo|iscriverla|da iscrivere|serve|attesa|pensavo|informazion\w+)\b"
        ),
        asked=re.compile(r"\biscritt[oa]\b|\bfatto l' iscrizione\b"),
    ),
    Condition(
        "categoria_art18",
        re.compile(
            r"\b(?:(?:articolo|art|art\.) ?\.? ?18\b(?! dello statuto)|(?:vedov[oa]|orfan[oa]|coniuge superstite|figli[oa]|moglie|marito) (?:di|del|per) (?:un |una )?(?:cadut[oa]|vittima|mort[oa]|decedut[oa]|invalido)(?: \w+)? (?:sul lavoro|del lavoro|per (?:lavoro|servizio|causa di servizio)|di guerra|in guerra|del dovere|del terrorismo|in servizio|di servizio)|"
            r"orfan[oa] (?:del lavoro|di guerra|per servizio|di servizio)|vittim[ae] (?:del dovere|del terrorismo|della criminalita|della mafia)|profug[oa] (?:italian[oa])?(?: rimpatriat[oa])?)\b"
        ),
        re.compile(r"\b(?:sono|e|rientro|rientra|appartengo|appartiene|categoria|figura|risulta|iscritt[oa])\b"),
        blocked=_WANT,
    ),
    Condition(
        "categoria_art18",
        re.compile(
            r"\b(?:mio|mia|suo|sua) (?:marito|moglie|padre|madre|papa|mamma|babbo) (?:e (?:mort[oa]|decedut[oa]|cadut[oa])|mort[oa]) (?:[a-z']+ ){0,4}?(?:sul lavoro|al lavoro|in servizio|per servizio|in guerra|lavorando|in cantiere|in fabbrica)\b"
        ),
        bare=True,
        of_family=True,
    ),
    Condition(
        "cieco_sordo_invalido_guerra",
        re.compile(
            r"\b(?:ciec[oa](?: assolut[oa]| parzial[ei]| total[ei]| civile)?|non vedente|cecita|sord[oa]\b(?! da un)|sordomut[oa]|non udente|sordita|ipoacusia totale|invalid[oa] (?:di|per) (?:guerra|servizio)|invalidita (?:di|per) (?:guerra|servizio))\b"
        ),
        re.compile(r"\b(?:sono|e|riconosciut[oa]|nat[oa]|divent\w+|ho|ha|paziente|signor[ae]|completamente)\b"),
        asked=re.compile(
            r"\b(?:ciec[oai]|sord[oai]|cecita|sordita|non vedente|non udente|pers[oa] (?:la vista|l' udito)|di guerra|di servizio)\b"
        ),
        blocked=re.compile(r"\b(?:rabbia|vicolo|alla|obbedienza|bisogno di|siete|sembra\w*|amore|vorrei|posso)\b"),
    ),
    Condition(
        "assegno_ricollocazione",
        re.compile(r"\b(?:assegno (?:di |individuale di )?ricollocazione|adr|accordo di ricollocazione)\b"),
        re.compile(_HAVE + r"|\b(?:firmato|fatto|accordo)\b"),
        blocked=_WANT,
    ),
    Condition(
        "dote_ricollocazione_attiva",
        re.compile(r"\bdote (?:di )?ricollocazione\b"),
        re.compile(_HAVE + r"|\b(?:segue|seguit[oa]|gia)\b"),
        blocked=_WANT,
    ),
    Condition(
        "altra_politica_attiva",
        re.compile(
            r"\b(?:gol|programma gol|dote unica(?: lavoro)?|garanzia giovani|altra (?:dote|politica attiva|misura)|nessun altro (?:percorso|programma|corso|progetto)|nessun' altra (?:misura|dote)|un' altra (?:dote|politica|misura)|altro (?:percorso|programma|progetto) (?:pubblico|regionale|finanziato|per il lavoro|di politica)|"
            r"altr[ie] (?:percorsi|programmi|corsi|doti|politiche attive|misure)(?: pubblic\w+| regional\w+| finanziat\w+| per il lavoro)?|percorso (?:gol|pubblico per il lavoro|finanziato)|corso (?:della regione|regionale|finanziato|gratuito della regione)|tirocinio (?:della regione|regionale|finanziato|extracurriculare)|politica attiva|politiche attive)\b"
        ),
        re.compile(
            r"\b(?:sto (?:gia )?(?:facendo|seguendo|frequentando)|sta (?:gia )?(?:facendo|seguendo|frequentando)|seguo|segue|faccio|fa|sono (?:gia )?(?:in|nel|dentro|iscritt\w+|inserit\w+|preso in carico)|e (?:gia )?(?:in|nel|dentro|iscritt\w+|inserit\w+)|partecip\w+|iniziat\w+|frequent\w+|attiv\w+|ho (?:gia )?(?:una|la|un|in corso|altr)|ha (?:gia )?(?:una|la|un|in corso|altr)|mi hanno inserit\w+|preso in carico|presa in carico|in corso)\b"
        ),
        blocked=re.compile(
            _WANT.pattern
            + r"|\b(?:finit[oa]|terminat[oa]|conclus[oa]|fatto|l' anno scorso|anni fa|differenza|meglio|invece di|oppure|compatibil\w+|cumul\w+)\b"
        ),
    ),
    Condition(
        "esuberi_previsti",
        re.compile(
            r"\b(?:esuber[oi]|tagli(?:a|ano|eranno|are|eran) (?:\d+ )?(?:posti|persone|dipendenti|operai)|(?:prevede|prevedono|annuncia|annunciano|ha annunciato|hanno annunciato) (?:dei |alcun |nessun |\d+ )?licenziament[io]|(?:taglieranno|tagliano|tagli|tagliare|ridurr?anno|riduzione) (?:di |dei |del |al |il |i )?(?:personale|posti(?: di lavoro)?|organico)|(?:annunciat[oi]|previst[oi]|ci saranno|minacciano|faranno|in vista|dei|apriranno i) (?:\w+ )?licenziament[oi](?: collettiv[oi])?|licenziamenti (?:collettivi|in vista|previsti|annunciati)|procedura di (?:mobilita|licenziamento collettivo)|lasceranno a casa \w+)\b"
        ),
        bare=True,
        asked=re.compile(
            r"\b(?:licenziament\w+|licenzier\w+|taglier\w+|tagli\b|esuber\w+|mander\w+ (?:a casa|via)|lascer\w+ a casa)"
        ),
        blocked=re.compile(
            r"\b(?:cosa|che vuol dire|significa|paura|forse|dicono|parlano|si parla|si dice|temo|temiamo|sembra|pare|se|potrebbe\w*|rischi\w+|voci)\b"
        ),
    ),
    Condition(
        "azienda_in_crisi",
        re.compile(
            r"\b(?:(?:azienda|ditta|fabbrica|impresa|societa|stabilimento|cooperativa|datore(?: di lavoro)?)(?: dove lavoravo| per cui lavoravo| che mi ha licenziat[oa])? (?:e |era |andata |finita |in |ormai |entrata )*(?:in crisi|fallit[oa]|in fallimento|in concordato|in liquidazione|sull' orlo del fallimento)|crisi aziendale|per (?:la )?crisi|crisi dell' azienda|fallimento (?:dell'|della) (?:azienda|ditta|impresa))\b"
        ),
        bare=True,
        blocked=re.compile(r"\b(?:crisi (?:di|respirator\w+|epilettic\w+)|cosa|se|forse|dicono)\b"),
    ),
)


_JOB_LOST = re.compile(
    r"\b(?:licenzi\w+|mobilita|naspi|pers[oa] il (?:lavoro|posto)|lasciat[oa] a casa|disoccupat[oa]|lavoravo|lavorava|espuls[oa])\b"
)


def extract(reading: Reading) -> Iterator[Found]:
    """Every condition that the message states or denies."""
    done = set()
    for condition in CONDITIONS:
        if condition.fact in done:
            continue
        text = reading.whole if condition.of_family else reading.text
        for match in condition.topic.finditer(text):
            value = _value(reading, condition, match)
            if value is not None:
                done.add(condition.fact)
                yield reading.found(condition.fact, value, match.start(), match.end())
                break
        else:
            yield from _in_answer(reading, condition)


def _in_answer(reading: Reading, condition: Condition) -> Iterator[Found]:
    """The same when its question is open, where fewer words are enough."""
    if condition.asked is None or reading.context.question != condition.fact or "?" in reading.whole:
        return
    match = condition.asked.search(reading.text)
    if match and not (condition.blocked and condition.blocked.search(reading.clause_text(match.start()))):
        yield reading.found(condition.fact, not reading.negated(match.start()), match.start(), match.end())


def _value(reading: Reading, condition: Condition, match: re.Match[str]) -> bool | None:
    clause = reading.clause_text(match.start())
    if condition.blocked and condition.blocked.search(clause):
        return None
    if reading.clause_at(match.start()).past and condition.fact != "azienda_in_crisi":
        return None
    question = "?" in reading.text[match.end() : match.end() + 3]
    negated = reading.negated(match.start(), 7)
    if (
        condition.fact == "azienda_in_crisi"
        and not negated
        and reading.context.question != condition.fact
        and not _JOB_LOST.search(reading.text)
    ):
        return None  # the fact is about who lost the job in such a firm
    if condition.bare:
        return None if question else not negated
    if negated and re.search(
        r"\b(?:non (?:sono|e|ho|ha|mi|si|sto|sta|seguo|segue|faccio|fa|prendo|percepisco|risulto|risulta|partecip\w+)|nessun\w*|niente|mai|senza|ne)\b",
        reading.before(match.start(), 7),
    ):
        return False
    if (
        condition.state
        and condition.state.search(clause)
        and not (question and not re.search(r"\b(?:sono|ho|e|ha)\b", clause))
    ):
        return not negated
    return None
