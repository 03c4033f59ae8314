"""Short answers in the light of the open question: yes, no, I don't know, go back."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.facts.catalogue import is_boolean
from bot.facts.reading import Found, Reading

# Words before the answer itself: whole words, each with one way through it ("ma" and "va la", never "ma va la" as well):
# where two ways lead through the same words, each further word doubles the time.
_SOFT_WORDS = r"(?:(?:(?:il|la|lo|l'|mi[oa]|suo|sua) \w+ )?(?:mi |lui |lei ){0,2}(?:dice|ha detto|risponde|ha risposto|conferma|fa segno|fa|riferisce|sostiene)|ma figur\w+|ma va la|guarda|ma|come|o|uh|ehi|bene|benissimo|ah|eh|oh|beh|be|mah|allora|dunque|ecco|guardi|senta|dottore|dottoressa|signora|signorina|buongiorno|grazie|mmh?|ehm|purtroppo|e|per fortuna|direi|diciamo|penso|credo|mi sa|di|che)"
_SOFT = r"(?:(?:" + _SOFT_WORDS + r"|scusi)(?: ,)? )*"
_WAIT_OR_SOFT = r"(?:(?:" + _SOFT_WORDS + r"|no|aspetti|aspetta|un attimo|scusi|scusa)(?: ,)? )*"
_YES = re.compile(
    r"^"
    + _SOFT
    + r"(?P<yes>(?:s[iy]+|sissi|yes|certo|certamente|eccome|altroche|altro che|come no|sicuro|sicuramente|esatt\w+|giusto|corretto|vero|proprio cosi|ovvi\w+|assolutamente si|assolutamente(?! no)|affermativo|confermo|ok|okay|okey|va bene|d' accordo|come no|senz' altro|yess?|gia(?= $|$| ,| \.)|anche(?= $|$))\b)"
)
_PRONOUN_SI = re.compile(
    r"^"
    + _SOFT
    + r"si (?:puo|possono|deve|devono|fa|fanno|tratta|ricorda|chiama|chiamano|prende|sa|potrebbe|dovrebbe|paga|riceve|trova|intende|legge|capisce|parla|usa|vede|dice|prega|accede|richiede|ottiene|calcola|perde|va|sta|e(?= \w+(?:at|it|ut)[oa]))\b"
)
_NO = re.compile(
    r"^"
    + _SOFT
    + r"(?P<no>(?:no+(?! ,? ?(?:aspett\w|un attimo|un momento|volevo|intendevo|torn\w|indietro))|nope|nono|non che (?:io )?sappia|non ancora|ancora no|per niente|assolutamente no|mai|neanche|nemmeno|macche|negativo|nessun[oa]?|niente|figuriamoci|ma no|certo che no|ma va|non credo|non penso|credo di no|penso di no|direi di no|mi sa di no|purtroppo no|non e cosi|falso)\b)"
)
_UNKNOWN = re.compile(
    r"\b(?:non (?:lo |la |ne |me lo |mi |li |le )?(?:so|saprei|sappiamo|ricordo|ricordiamo|sa|sapeva|e sicur[oa]|sono sicur[oa]|sono cert[oa]|ho idea|conosco|ho (?:la piu pallida|la minima|nessuna|alcuna) idea)|non (?:ce l' ho|ho) (?:sottomano|presente|qui|in mente|i documenti)|boh+|bo|bho|mah+|bah|"
    r"(?:e )?chi(?:ssa| lo sa)|non ne ho idea|nessuna idea|devo (?:controllare|chiedere|guardare|verificare|vedere)|dovrei (?:controllare|chiedere|guardare|verificare)|non saprei(?: dire)?|ignoro|sinceramente non|non ricordo|da verificare|da controllare|non mi viene|(?:glielo|ve lo|te lo) so dire|non risulta|non e noto|non disponibile|(?:verbale|foglio|document\w*|carte|carta|cartella)\b(?: \S+){0,5} non ce l' (?:ho|ha)|non (?:ce )?l' (?:ho|ha) (?:qui|sotto ?mano|sotto|con me|con se|a portata|dietro|davanti)|(?:sto |sta )?aspett\w+ (?:ancora )?(?:la |l' |il |di )?(?:visita|esito|verbale|risposta|chiamata|commissione|sapere)|in attesa (?:di|del|della|dell'))(?= |$)"
)
_BACK = re.compile(
    r"^"
    + _WAIT_OR_SOFT
    + r"(?:(?:torna(?:re|mi)?|torniamo|vai|vorrei tornare|posso tornare|puo tornare|andiamo|fammi tornare|ritorna|vada|torni)(?: un attimo| un passo| un po')? (?:indietro|alla (?:domanda )?(?:precedente|di prima)|a quella di prima|alla domanda prima)|indietro|(?:la )?domanda (?:precedente|di prima)|(?:torna |torni )?alla domanda (?:precedente|di prima)|precedente|passo indietro|un passo indietro)(?: per favore| grazie| per piacere| [.!?])*$"
)
_RESTART = re.compile(
    r"^"
    + _SOFT
    + r"(?:ricominci\w+|riparti\w*|ripartiamo|si ricomincia|rifacciamo|restart|reset|resetta)(?: tutto| da capo| da zero| dall' inizio| daccapo| per favore| [.!])*$|^(?:da capo|da zero|dall' inizio|tutto da capo|daccapo)(?: [.!])*$"
)
_ASKS = re.compile(
    r"\?|\b(?:quanto|quando|quali|quale|dove|perche|come(?! no\b)|cosa|chi|posso|puo|che vuol dire|cos' e|vorrei (?:sapere|parlare|capire)|mi (?:dica|spieghi|dice(?! (?:di|che)\b)|spiega))\b"
)


def answered(reading: Reading) -> tuple[str, list[Found]] | None:
    """The intent of a short answer to the open question and the fact it gives, None where the message is none.

    :returns: ``affirm``, ``deny``, ``dont_know``, ``go_back`` or ``restart`` with what follows from it.
    """
    text, question = reading.whole, reading.context.question
    if question is None or not text:
        return None
    if _BACK.search(text):
        return "go_back", []
    if _RESTART.search(text) and question != "rientrato_al_lavoro":
        return "restart", []
    words = len(text.split())
    if words <= 14 and _UNKNOWN.search(text) and not _ASKS.search(_UNKNOWN.sub(" ", text)):
        return "dont_know", list(_known(reading, None, 0, len(text)))
    text = _after_second_thought(text)
    if thumb := _THUMB.match(text):
        intent, value = ("affirm", True) if thumb["up"] else ("deny", False)
        return intent, list(_known(reading, value, 0, 1))
    if question in _LASTING and _SINCE.search(text):
        return "affirm", list(_known(reading, True, 0, len(text)))
    yes, no = _YES.search(text), _NO.search(text)
    last = _AT_THE_END.search(text) if not yes and not no else None
    if last:
        intent, value = ("affirm", True) if last["word"] == "si" else ("deny", False)
        return intent, list(_known(reading, value, last.start(), last.end()))
    if yes and _PRONOUN_SI.search(text):
        yes = None
    if yes and not _contradicted(text[yes.end() :]):
        return "affirm", list(_known(reading, True, yes.start("yes"), yes.end("yes")))
    if no and not re.search(r"^ ?,? ?(?:anzi )?si\b", text[no.end() :]):
        return "deny", list(_known(reading, False, no.start("no"), no.end("no")))
    return None


# Of a state that lasts, "since 2019" means yes.
_LASTING = frozenset(
    {
        "legge_68_iscritto",
        "altra_politica_attiva",
        "residenza_lombardia",
        "sede_lavoro_lombardia",
        "dote_ricollocazione_attiva",
        "part_time",
    }
)
_SINCE = re.compile(
    r"^(?:gia |ormai |ci (?:vivo|abito|sto|lavoro) |ci sono nat[oa])*(?:da (?:sempre|una vita|tanto|poco|anni|mesi|quando|un (?:anno|mese)|\d+ \w+|due \w+|qualche \w+|tanti \w+)|dal \d{4}|dal (?:mese|anno) scorso|dalla nascita)\b(?! no)|^ci (?:vivo|abito|sto)\b"
)
_THUMB = re.compile(r"^(?:(?P<up>[👍👌✅✔☑])|(?P<down>[👎❌✖🚫]))")
_AT_THE_END = re.compile(r"(?:,|\.) (?:eh |direi )?(?P<word>si|no)(?: [.!])?$")
_SECOND_THOUGHT = re.compile(r"^(?:si|no) ?,? ?(?:cioe|anzi|ma|scusi|volevo dire)(?: ,)? (?=(?:si|no)(?: |$))")


def _after_second_thought(text: str) -> str:
    """ "Sì, cioè no" is a no, "no, anzi sì" a yes."""
    match = _SECOND_THOUGHT.match(text)
    return text[match.end() :] if match else text


def _contradicted(rest: str) -> bool:
    """ "Sì, anzi no", "sì ma non ancora", "certo che no"."""
    return bool(re.search(r"^ ?,? ?(?:che no|anzi no|ma no|ma non|pero non|no\b|e no\b)", rest))


def _known(reading: Reading, value: bool | None, start: int, end: int) -> Iterator[Found]:
    question = reading.context.question or ""
    if value is None or is_boolean(question):
        yield reading.found(question, value, start, end)


def asks_something(text: str) -> bool:
    """Whether canonical `text` asks or requests something, so that it is more than an answer."""
    return bool(_ASKS.search(text))
