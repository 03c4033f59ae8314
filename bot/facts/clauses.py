"""Cuts canonical text into clauses and tells whom each is about."""

from __future__ import annotations

import re

from bot.facts.context import Context
from bot.facts.reading import Clause

_VERB_OR_SUBJECT = (
    r"(?:io|lei|lui|loro|noi|mi|ho|ha|sono|e|era|ero|sta|sto|abito|abita|vivo|vive|risiedo|risiede|lavoro|lavora|prendo|prende|"
    r"percepisco|percepisce|avevo|aveva|lavoravo|lavorava|abitavo|abitava|vorrei|vorrebbe|posso|puo|devo|deve|adesso|ora|oggi|prima|"
    r"mio|mia|mie|miei|suo|sua|il|la|l'|i|le|non|quando|quanto|che|cosa|come|dove|faccio|fa|c'|ci)"
)
_SENTENCE = re.compile(r"[.;!?\n]+|: |\( | \)")
_CONJUNCTION = re.compile(
    r"(?<= )(?:,|ma|pero|mentre|invece|poi|quindi|percio|anzi|perche|siccome|ed?(?= " + _VERB_OR_SUBJECT + r"\b)|"
    r"che(?= (?:ha|e|vive|abita|lavora|prende|sta|era)\b)|se(?= ))(?= )"
)

KIN = (
    r"(?:marito|moglie|figli[oaie]?|padre|papa|babbo|madre|mamma|fratell[oi]|sorell[ae]|nonn[oaie]|zi[oaie]|cognat[oaie]|suocer[oaie]|"
    r"compagn[oaie]|fidanzat[oa]|convivente|nipot[ei]|cugin[oaie]|amic[oah]\w*|colleg[ah]\w*|vicin[oa] di casa|genitori|bambin[oaie]|"
    r"ragazz[oaie]|genero|nuora|parente|ex marito|ex moglie|capo|datore di lavoro|titolare|principale)"
)
_KIN_SUBJECT = re.compile(
    r"(?:^|(?<= ))(?:(?:(?:il|la|i|le|un|una|un') )?(?:mi[oae]|miei|suo|sua|tu[oa]|nostr[oa]) (?:\w+ )?" + KIN + r"|"
    r"(?:il|la|l'|i|le) (?:marito|moglie|figli[oaie]?|padre|madre|fratello|sorella|compagn[oa])|"
    r"(?:un|una|un') (?:mi[oa] )?(?:amic[oa]|collega|parente|cugin[oa]|zi[oa]|conoscente|vicin[oa])|"
    r"(?:i|le|gli|\d+ % de[il](?:le)?|la maggior parte de[il](?:le)?|meta de[il](?:le)?|tutti i|alcuni|molti) (?:miei |mie |nostri |altri |altre )?(?:collegh[ie]|operai[e]?|dipendenti|lavoratori|lavoratrici|compagn[ie]|amic[ih]e?|altri|aziende|ditte))\b"
)
_TO_KIN = re.compile(r"\ba (?:mi[oa]|suo|sua) " + KIN + r" (?:gli |le )?(?:hanno|ha|e stat[oa]|davano|danno)\b")
_GOVERNED = re.compile(
    r"\b(?:con|a|ad|da|di|per|dal|dalla|dall'|del|della|dell'|al|alla|all'|presso|su|come|insieme|sul|sulla|col)(?: (?:il|la|l'|un|una))? ?$"
)
_FIRST_VERBS = (
    r"(?:ho|sono|sto|abito|vivo|lavoro|risiedo|prendo|percepisco|ricevo|faccio|vengo|devo|posso|vorrei|ero|avevo|stavo|lavoravo|abitavo|"
    r"prendevo|facevo|vivevo|riesco|cerco|chiedo|scrivo|chiamo|voglio|credo|penso|so|ricordo|rientro|torno|ricomincio|riprendo|seguo|aspetto|"
    r"saro|avro|dovrei|potrei|seguivo|guadagno|soffro|convivo|assisto)"
)
_FIRST_PERSON = re.compile(
    r"\bio\b|\ba me\b|(?<!il )(?<!di )(?<!un )(?<!del )(?<!al )(?<!nel )(?<!suo )(?<!mio )(?<!per )(?<!col )(?<!dal )(?<!sul )(?<!cerca )(?<!senza )\b"
    + _FIRST_VERBS
    + r"\b|\bmi (?:hanno|ha|sono|e|danno|da|trovo|chiamo|serve|servono|spetta|mancano|manca)\b|\bm' "
)
_THIRD_VERBS = re.compile(
    r"\b(?:lui|lei|ha|sta|abita|vive|lavora|risiede|prende|percepisce|riceve|era|aveva|lavorava|e stat[oa]|e rientrat[oa]|e in|e residente|"
    r"e disoccupat[oa]|e assunt[oa]|e dipendente|e invalid[oa]|gli hanno|le hanno|gli e|e a casa|e ferm[oa]|e iscritt[oa])\b"
)
CLAIMANT = re.compile(
    r"\b(?:(?:il|la|lo|un|una|l'|un'|mi[oa]|suo|del|della|al|alla|dal|dalla|questo|questa|per il|per la|nostr[oa]|tale|seguo) )(?:\w+ )?"
    r"(?:pazient[ei]|assistit[oa]|utente|signor[ae]|signorina|sig|sigra|beneficiari[oa]|person[ae] che seguo|client[ei]|lavoratore|lavoratrice|candidat[oa]|chiamante|(?:ragazz[oa]|uomo|donna|persona) che seguo)\b"
    r"|\b(?:pz|paziente (?:di|donna|uomo|oncologic[oa]|con|, )|sig\.? ?ra|la signora|il signor|il sig)\b|^(?:paziente|assistit[oa]|utente|signora|signore) "
)
_SELF_CLAIMANT = re.compile(
    r"\b(?:sono|essendo|ero|da|come) (?:un|una|un')? ?(?:\w+ )?(?:paziente|signora|signore|persona|lavoratore|lavoratrice|utente)\b"
)
_ON_BEHALF = re.compile(
    r"\b(?:scrivo|chiedo|chiamo|telefono|contatto|domando|vi scrivo|informazioni?|sarebbe|e|parlo|si tratta|riguarda|domanda|riguardo)\b"
    r"(?: \w+){0,3}? (?:(?:per|di|a|a nome di|per conto di|conto di)(?: (?:il|la|un|una|l'))? )?(?:mi[oa]|un|una|un'|la|il) (?:\w+ )?"
    + KIN
    + r"\b"
)
_ASKS_FOR_THIRD = re.compile(
    r"\b(?:puo|potrebbe|le spetta|gli spetta|ha diritto|vorrebbe|rientra nei|avrebbe diritto|le spetterebbe|gli spetterebbe|puo chiedere)\b"
)
_HYPOTHETICAL = re.compile(
    r"^(?:, |ma |e |o |anche )*(?:se|qualora|nel caso|ammesso|metti|mettiamo|mettendo|poniamo|ipotizziamo|facciamo (?:che|conto)|supponiamo)\b(?! no\b| ho capito\b| non sbaglio\b| puo\b| serve\b)"
    r"|\b(?:avessi|avesse|fossi|fosse|avessero|lavorassi|abitassi|prendessi|avrei|uno che|una che|chi ha|chi e|chi ha avuto|chi non|chi lavora|chi abita|chi prende|chi vive|per chi|quelli che|coloro|le persone che|a chi|di chi)\b"
)
_GENERAL = re.compile(
    r"\b(?:bisogna|occorre|occorrono|serve|servono|ci vuole|ci vogliono|vale (?:anche )?(?:per|se|solo)|valgono|basta|bastano|si deve|si devono|e riservat\w+|"
    r"e (?:solo )?per (?:i|chi|le|gli|il|la)|e obbligatori\w|richiede|richiedono|e necessari\w|(?:legge|bando|misura|dote|avviso|norma|regola|regolamento) prevede|requisit\w|soglia|minim[oa]|massim[oa]|"
    r"(?:percentuale|media|maggior parte) di (?:noi|chi|persone|malati|lavoratori|quelli)|cosa (?:vuol dire|significa|e|sono)|cos' e|che cos' e|che differenza|che vuol dire|in cosa consiste|come (?:funziona|si fa|si chiede)|quanto dura)\b"
)
_PAST = re.compile(
    r"\b(?:ero|era|eravamo|avevo|aveva|lavoravo|lavorava|abitavo|abitava|prendevo|prendeva|percepivo|percepiva|facevo|faceva|vivevo|viveva|stavo|stava|"
    r"in passato|una volta|un tempo|anni fa|ex)\b|^(?:, |ma |e )*prima\b(?! di)"
)
_NOW = re.compile(r"\b(?:adesso|ora|oggi|attualmente|tuttora|ancora|al momento|in questo momento)\b")


def split(text: str) -> list[tuple[int, int]]:
    """Bounds of the clauses of canonical `text`, covering all of it."""
    cuts = {0}
    for match in _SENTENCE.finditer(text):
        cuts.add(match.end())
    for match in _CONJUNCTION.finditer(text):
        cuts.add(match.start())
    ordered = [cut for cut in sorted(cuts) if cut < len(text)] or [0]
    return list(zip(ordered, [*ordered[1:], len(text)], strict=True))


def analyse(text: str, context: Context) -> list[Clause]:
    """The clauses of canonical `text`, each with whom it is about and whether it states something."""
    bounds = split(text)
    reported = context.reported or bool(_claimant_noun(text))
    on_behalf = not reported and _speaks_for_kin(text)
    subject = "claimant"
    clauses = []
    for start, end in bounds:
        part = text[start:end]
        subject = _subject(part, subject, reported, on_behalf)
        clauses.append(
            Clause(
                start,
                end,
                ours=subject == "claimant",
                asserted=not (_HYPOTHETICAL.search(part) or _GENERAL.search(part)),
                past=bool(_PAST.search(part)) and not _NOW.search(part),
            )
        )
    return clauses


def _claimant_noun(text: str) -> bool:
    return bool(CLAIMANT.search(text)) and not _SELF_CLAIMANT.search(text)


def _speaks_for_kin(text: str) -> bool:
    """Whether the message asks on behalf of a relative: says so, or speaks of the relative alone and asks for them."""
    if _ON_BEHALF.search(text):
        return True
    kin = any(True for _ in _kin_subjects(text))
    return kin and bool(_ASKS_FOR_THIRD.search(text)) and not _FIRST_PERSON.search(text)


def _kin_subjects(text: str):
    for match in _KIN_SUBJECT.finditer(text):
        if not _GOVERNED.search(text[: match.start()]):
            yield match
    yield from _TO_KIN.finditer(text)


def _subject(part: str, previous: str, reported: bool, on_behalf: bool) -> str:
    """``claimant``, ``writer`` or ``other``, from the words of a clause and the subject of the one before."""
    first = bool(_FIRST_PERSON.search(part))
    kin = any(True for _ in _kin_subjects(part))
    if reported:
        if CLAIMANT.search(part):
            return "claimant"
        if kin:
            return "other"
        if first:
            return "writer"
        return "claimant" if previous == "writer" or _THIRD_VERBS.search(part) and previous != "other" else previous
    if on_behalf:
        if kin or _ON_BEHALF.search(part):
            return "claimant"
        return "writer" if first else "claimant"
    if kin:
        return "other"
    if first:
        return "claimant"
    return previous
