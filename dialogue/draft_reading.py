"""Read what a message brings to a referral being prepared: which operator, what name, which contact."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz import fuzz

from dialogue import draft, nearby
from dialogue.addresses import EMAIL
from dialogue.turn import Turn
from referrals.contact import Contact, ContactError

# What people put before their name.
_BEFORE_NAME = re.compile(
    r"(?i)^\s*(?:buongiorno|salve|ciao|sì|si|allora|ecco)?[,\s]*"
    r"(?:mi chiamo|si chiama|il (?:mio )?nome (?:è|e')|nome|sono|(?:il |la )?(?:paziente|signora?) (?:è|e')?)?[:\s]+"
)
_NAME = re.compile(r"[^\W\d_][^\W\d_'’.-]*(?:[ '’.-]+[^\W\d_]+[.'’]?){0,5}")
_PHONE = re.compile(r"(?:\+|00)?\d(?:[\s./-]?\d){5,14}")
_ORDINALS = (
    re.compile(r"\b(?:1|prim[oa]|uno)\b"),
    re.compile(r"\b(?:2|second[oa]|due)\b"),
    re.compile(r"\b(?:3|terz[oa]|tre)\b"),
)
_LIKE_ENOUGH = 80
_SHORTEST = 4  # letters that can name an operator or its comune
_MANY = 50  # sites near enough to have been shown


@dataclass(frozen=True)
class Read:
    """What became of an answer: taken, or refused with a reason in Italian."""

    understood: bool = False
    error: str | None = None


def read(turn: Turn, step: str, *, correcting: bool = False) -> Read:
    """Put into the draft whatever the message holds.

    :param step: the step that is open; only there a bare text counts as its answer.
    :param correcting: the person said that something was wrong, so a value already given may be replaced.
    """
    result = Read()
    for reader in (_operator, _name, _contact):
        found = reader(turn, step, correcting)
        if found.error:
            return found
        result = found if found.understood else result
    return result


def answers(turn: Turn, step: str) -> bool:
    """Whether the message holds what this step asks, beyond what the intent tells."""
    understood = turn.understood
    if step == "operatore":
        return spoken_choice(understood.text, turn.conversation.draft.get("offered") or []) is not None
    if step == "nome":
        likely = understood.intent == "out_of_scope" or not understood.is_sure
        return "nome" in understood.contacts or (likely and _bare_name(turn) is not None)
    if step == "recapito":
        return bool({"telefono", "email"} & set(understood.contacts)) or bool(_bare_contact(understood.text))
    return step == "comune" and "comune" in understood.facts


def take_operator(turn: Turn) -> None:
    """Put into the draft the operator that the message names, if it offers the draft's measure."""
    named = turn.understood.choices.get("operatore")
    measure = turn.conversation.draft["measure"]
    if named is not None and str(named) in {site.site_id for site in nearby.find(turn, measure, limit=_MANY)}:
        _operator(turn, "operatore", False)


def _operator(turn: Turn, step: str, _correcting: bool) -> Read:
    kept, understood = turn.conversation.draft, turn.understood
    chosen = understood.choices.get("operatore")
    if chosen is None and step == "operatore" and not understood.is_button:
        chosen = spoken_choice(understood.text, kept.get("offered") or [])
    if chosen is None:
        return Read()
    site = turn.directory.site(str(chosen))
    if site is None:
        return Read(error=turn.words("invio.operatore_sconosciuto"))
    draft.take_site(turn, site)
    return Read(True)


def spoken_choice(text: str, offered: list[list[str]]) -> str | None:
    """The site that a text names or counts among those offered, None when it is not clear."""
    said = text.casefold()
    likeness = [(fuzz.partial_ratio(said, name.casefold()), site_id) for site_id, name in offered]
    if len(said) >= _SHORTEST and likeness and max(likeness)[0] >= _LIKE_ENOUGH:
        best = max(likeness)
        if [score for score, _ in likeness].count(best[0]) == 1:
            return best[1]
    places = [number for number, pattern in enumerate(_ORDINALS) if pattern.search(said)]
    if len(places) == 1 and places[0] < len(offered):
        return offered[places[0]][0]
    return None


def _name(turn: Turn, step: str, correcting: bool) -> Read:
    kept, understood = turn.conversation.draft, turn.understood
    if kept.get("nome") and not (correcting and "nome" in understood.contacts):
        return Read()
    given = understood.contacts.get("nome")
    if given is None and step == "nome":
        given = _bare_name(turn)
    if given is None:
        return Read()
    try:
        kept["nome"] = Contact(given, telefono="+390212345678").checked().nome
    except ContactError as error:
        return Read(error=str(error))
    return Read(True)


def _bare_name(turn: Turn) -> str | None:
    """A message that is nothing but a name. Intents are no guide here: models know few names."""
    if turn.understood.is_button or turn.understood.intent in ("deny", "affirm", "dont_know", "emergency"):
        return None
    text = _BEFORE_NAME.sub("", f" {turn.understood.text}").strip(" .,!")
    words = text.split()
    by_question = turn.understood.intent.startswith("ask_") and turn.understood.is_sure
    if not 1 <= len(words) <= 5 or by_question or not _NAME.fullmatch(text):
        return None
    looks_like_one = len(words) >= 2 or turn.understood.intent in ("inform", "nlu_fallback", "out_of_scope")
    return text.title() if looks_like_one and text.islower() else (text if looks_like_one else None)


def _contact(turn: Turn, step: str, correcting: bool) -> Read:
    kept, understood = turn.conversation.draft, turn.understood
    given = {name: understood.contacts[name] for name in ("telefono", "email") if name in understood.contacts}
    if not given and step == "recapito" and not understood.is_button:
        given = _bare_contact(understood.text)
    if "codice_fiscale" in understood.contacts:
        kept["codice_fiscale"] = understood.contacts["codice_fiscale"]
    if not given or (not correcting and step not in ("recapito", "nome", "comune", "operatore", "conferma")):
        return Read()
    try:
        checked = Contact(kept.get("nome") or "Nome Cognome", given.get("telefono"), given.get("email")).checked()
    except ContactError as error:
        return Read(error=str(error))
    if correcting:
        kept.pop("telefono", None)
        kept.pop("email", None)
    kept.update({name: value for name, value in (("telefono", checked.telefono), ("email", checked.email)) if value})
    return Read(True)


def _bare_contact(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    if email := EMAIL.search(text):
        found["email"] = email.group().rstrip(".")
    if phone := _PHONE.search(EMAIL.sub(" ", text)):
        found["telefono"] = phone.group()
    return found


def correct(turn: Turn, step: str) -> bool:
    """Change a datum of the draft; False when the correction is about a fact of the case.

    :param step: the step that is open.
    """
    kept, understood = turn.conversation.draft, turn.understood
    wanted = understood.choices.get("fact")
    if wanted == "operatore":
        draft.forget_site(turn)
    elif wanted in ("nome", "recapito"):
        for name in {"recapito": ("telefono", "email")}.get(str(wanted), (str(wanted),)):
            kept.pop(name, None)
    else:
        found = read(turn, step, correcting=True)
        if found.error:
            turn.say("invio.dato_sbagliato", errore=found.error)
        return found.understood or bool(found.error) or not (understood.facts or wanted)
    turn.conversation.asked.pop(str(wanted), None)
    return True
