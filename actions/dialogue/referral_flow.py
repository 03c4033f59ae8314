"""Prepare a referral step by step: comune, operator, name, contact, consent to send, confirmation."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import texts
from actions.dialogue import (
    confirmations,
    consent,
    intake,
    nearby,
    questions,
    ranking,
    referral_steps,
    room,
    second_attempt,
    wording,
)
from actions.dialogue.turn import Button, Turn
from cases.budgets import BudgetSpent
from referrals.contact import Contact
from referrals.errors import AlreadyOpen, SiteNotFound

if TYPE_CHECKING:
    from referrals.views import Opened

# What people put before the name of their comune.
_BEFORE_PLACE = re.compile(r"(?i)^\s*(?:abito|vivo|sto|risiedo)?\s*(?:a|in|nel comune di)?\s+")

STEPS = ("comune", "operatore", "nome", "recapito", "consenso_invio", "conferma")


def request(turn: Turn) -> None:
    """The person wants an operator: confirm, or finish the interview first."""
    intake.report(turn, intake.take(turn, turn.understood.facts))
    if turn.phase == "invio":
        ask_step(turn)
    elif second_attempt.is_open(turn):
        already_sent(turn)
    elif second_attempt.can_retry(turn):
        second_attempt.begin(turn)
        ask_step(turn)
    elif not turn.dialogue["result_seen"]:
        turn.dialogue["wants_operator"] = True
        turn.say("invio.prima_le_domande")
        questions.ask_again(turn)
    elif turn.understood.is_button or turn.understood.intent in ("affirm", "inform"):
        start(turn)
    else:
        confirmations.ask(turn, "open_referral", "invio.conferma_apertura")


def names_operator(turn: Turn) -> bool:
    """Whether, after a list of operators nearby, the message chooses one of them; the list is good for one turn."""
    shown = turn.dialogue.pop("nearby", None)
    if turn.phase != "esito":
        return False
    if turn.understood.choices.get("operatore") is not None:
        return True
    chosen = (
        referral_steps.spoken_choice(turn.understood.text, shown) if shown and not turn.understood.is_button else None
    )
    if chosen is None:
        return False
    turn.understood = replace(turn.understood, choices={**turn.understood.choices, "operatore": chosen})
    return True


def start(turn: Turn) -> None:
    """Begin a draft for the best measure that is not excluded; an operator already named is taken."""
    from actions.dialogue import choices, measure_names, people

    possible = ranking.possible(turn.assess().to_dict()["assessments"])
    if not possible:
        turn.say("invio.nessuna_misura")
        people.offer_person(turn)
        return
    wanted = measure_names.wanted(turn)
    possible.sort(key=lambda a: a["measure"] != wanted)  # stable: the one asked for, then best first
    chosen = next((a for a in possible if nearby.find(turn, a["measure"], limit=1)), None)
    if chosen is None:
        turn.say("invio.nessun_operatore", telefono=turn.services.help.phone)
        people.offer_person(turn)
        return
    turn.dialogue["drafts"] += 1
    turn.dialogue["draft"] = {"measure": chosen["measure"], "title": chosen["title"], **turn.understood.contacts}
    for asked in STEPS:
        turn.dialogue["asked"].pop(asked, None)
    turn.phase = "invio"
    turn.say("invio.inizio", misura=chosen["title"])
    if chosen["status"] == "chiusa":
        turn.say("invio.chiusa_ma")
    referral_steps.take_operator(turn)
    ask_step(turn)
    if turn.phase != "invio":
        choices.offer(turn)


def step(turn: Turn) -> str:
    """The first step that is still to be done."""
    draft = turn.dialogue["draft"]
    if not draft.get("site_id"):
        placeless = "comune" not in turn.facts and "comune" not in turn.dialogue["closed"]
        return "comune" if placeless else "operatore"
    if not draft.get("nome"):
        return "nome"
    if not (draft.get("telefono") or draft.get("email")):
        return "recapito"
    return "conferma" if draft.get("consent") else "consenso_invio"


def ask_step(turn: Turn) -> None:
    """Ask what is still missing."""
    room.check(turn)
    current = step(turn)
    times = turn.open_question(current)
    if current == "operatore":
        _ask_operator(turn, times)
    elif current == "consenso_invio":
        card = {
            "kind": "consenso",
            "purpose": "invio",
            "title": texts.say("consensi.invio_titolo", turn.audience),
            "text": consent_text(turn),
        }
        buttons = [turn.button("consenso_si", "/affirm"), turn.button("consenso_no", "/deny")]
        told = f"{turn.words('invio.chiedi_consenso_invio', times)}\n«{card['text']}»"
        turn.say_text(told, buttons, card)
    elif current == "conferma":
        buttons = [turn.button("conferma_invio", "/affirm"), turn.button("no", "/deny")]
        turn.say("invio.chiedi_conferma", times, buttons, elenco=_draft_lines(turn))
    else:
        way_out = [turn.button("indietro", "/go_back"), {"title": turn.words("invio.lascia_stare"), "payload": "/deny"}]
        turn.say(f"invio.chiedi_{current}", times, buttons=way_out)


def consent_text(turn: Turn) -> str:
    """The exact words agreed to, with the operator's name in them."""
    return texts.say("consensi.invio", turn.audience, operatore=turn.dialogue["draft"]["operator"])


def _ask_operator(turn: Turn, times: int) -> None:
    draft = turn.dialogue["draft"]
    if draft.get("again"):
        sites = second_attempt.sites(turn)
    else:
        page = 3 * draft.get("page", 0)
        sites = nearby.find(turn, draft["measure"], skip=page) or nearby.find(turn, draft["measure"])
    if not sites:
        turn.say("invio.nessun_operatore", telefono=turn.services.help.phone)
        _drop(turn)
        return
    draft["offered"] = [[str(site.site_id), site.name or site.operator] for site in sites]
    buttons: list[Button] = [
        {
            "title": turn.words(
                "invio.operatore_bottone",
                nome=site.name or site.operator,
                distanza=nearby.distance(turn, site),
            ),
            "payload": nearby.payload(site),
        }
        for site in sites
    ]
    if not draft.get("again"):
        buttons.append(turn.button("altro_operatore", "/ask_operator_near"))
    buttons.append({"title": turn.words("invio.lascia_stare"), "payload": "/deny"})
    listed = wording.bullets(nearby.line(turn, site) for site in sites)
    turn.say_text(turn.words("invio.chiedi_operatore", times, elenco=listed), buttons, nearby.card(sites))


def _draft_lines(turn: Turn) -> str:
    draft = turn.dialogue["draft"]
    shown = {"misura": draft["title"], "operatore": f"{draft['operator']} ({draft['site']})", **draft}
    return wording.bullets(
        turn.words(f"invio.riga_{name}", valore=shown[name])
        for name in ("misura", "operatore", "nome", "telefono", "email")
        if shown.get(name)
    )


def answer(turn: Turn) -> None:
    """Read a message while a referral is being prepared."""
    understood, current = turn.understood, step(turn)
    facts = dict(understood.facts)
    if current == "comune" and "comune" not in facts:
        facts |= _comune(turn)
    taken = intake.take(turn, facts)
    intake.report(turn, taken)
    read = referral_steps.read(turn, current)
    if read.error:
        turn.say("invio.dato_sbagliato", errore=read.error)
        ask_step(turn)
    elif (taken.taken and current not in ("consenso_invio", "conferma")) or read.understood:
        turn.dialogue["misunderstood"] = 0
        if taken.taken:
            after_changed_facts(turn)
        else:
            ask_step(turn)
    elif current in ("consenso_invio", "conferma") and understood.intent == "affirm":
        turn.dialogue["misunderstood"] = 0
        _consented(turn) if current == "consenso_invio" else _send(turn)
    elif understood.intent == "deny":
        _declined(turn, current)
    elif taken.taken:
        after_changed_facts(turn)
    else:
        from actions.dialogue import fallback

        fallback.not_understood(turn)


def answers_step(turn: Turn) -> bool:
    """Whether a message answers the open step although its intent says otherwise: models know few names."""
    if turn.phase != "invio" or turn.understood.is_button:
        return False
    return referral_steps.answers(turn, step(turn))


def _comune(turn: Turn) -> dict[str, Any]:
    understood = turn.understood
    if understood.intent == "dont_know":
        return {"comune": None}
    text = _BEFORE_PLACE.sub("", f" {understood.text} ").strip()
    plausible = understood.intent in ("inform", "nlu_fallback") and re.fullmatch(r"[^\W\d_][^\d_]{1,40}", text)
    return {"comune": text} if plausible and not understood.is_button else {}


def _consented(turn: Turn) -> None:
    draft = turn.dialogue["draft"]
    draft["consent"] = consent_text(turn)
    turn.services.cases.grant_consent(turn.record.id, "invio", draft["consent"], consent.version(), turn.now)
    ask_step(turn)


def _declined(turn: Turn, current: str) -> None:
    if current == "consenso_invio":
        turn.say("invio.consenso_invio_no")
        _drop(turn)
    elif current == "conferma":
        changes: list[Button] = [
            {"title": turn.words(f"invio.cambia_{name}"), "payload": f'/correct_answer{{"fact": "{name}"}}'}
            for name in ("nome", "recapito", "operatore")
        ]
        changes.append({"title": turn.words("invio.lascia_stare"), "payload": "/cancel_referral"})
        turn.say("invio.conferma_no", buttons=changes)
    else:
        leave(turn)
        return
    if turn.phase != "invio":
        from actions.dialogue import choices

        choices.offer(turn)


def leave(turn: Turn) -> None:
    """Stop preparing; nothing is sent."""
    from actions.dialogue import choices

    turn.say("invio.lasciata")
    _drop(turn)
    choices.offer(turn)


def _drop(turn: Turn) -> None:
    """Forget the draft with its contact data, and the consent given for it."""
    if turn.dialogue["draft"].get("consent"):
        turn.services.cases.withdraw_consent(turn.record.id, "invio", turn.now)
    turn.dialogue["draft"] = {}
    turn.phase = "esito"
    turn.open_question(None)


def _send(turn: Turn) -> None:
    """Open the referral; the key makes a repeated confirmation give back the same one."""
    from actions.dialogue import choices

    draft = turn.dialogue["draft"]
    contact = Contact(draft["nome"], draft.get("telefono"), draft.get("email"), draft.get("codice_fiscale"))
    key = f"{turn.record.id}:{turn.dialogue['drafts']}"
    try:
        if draft.get("again"):
            opened = second_attempt.send(turn, contact, consent.version(), key)
        else:
            opened = turn.services.referrals.open(
                turn.record.id,
                draft["site_id"],
                draft["measure"],
                contact,
                draft["consent"],
                consent.version(),
                key,
                turn.now,
                ruleset=turn.ruleset.version,
            )
    except AlreadyOpen as error:
        _sent(turn, error.code)
        already_sent(turn)
    except BudgetSpent:
        turn.say("invio.troppe", telefono=turn.services.help.phone, orario=turn.services.help.hours)
        _drop(turn)
        choices.offer(turn)
    except SiteNotFound:  # closed since it was offered
        draft.pop("site_id")
        draft.pop("consent")
        ask_step(turn)
    else:
        _sent(turn, opened.code)
        _receipt(turn, opened, draft)


def _sent(turn: Turn, code: str | None) -> None:
    """Leave the draft behind: contact data live in the referral only."""
    turn.dialogue["referral"] = {"code": code, "operator": turn.dialogue["draft"]["operator"]}
    turn.dialogue["draft"] = {}
    turn.phase = "inviato"
    turn.open_question(None)


def _receipt(turn: Turn, opened: Opened, draft: dict[str, Any]) -> None:
    from actions.dialogue import choices

    card = {
        "kind": "segnalazione",
        "code": opened.code,
        "pin": opened.pin,
        "state": str(opened.state),
        "operator": opened.operator,
        "phone": draft.get("site_phone"),
    }
    told = turn.words("invio.fatta", operatore=opened.operator, codice=opened.code, pin=opened.pin)
    turn.say_text(told, card=card)
    turn.say("invio.dopo")
    choices.offer(turn)


def already_sent(turn: Turn) -> None:
    """A second yes, or a second request: one referral is enough."""
    from actions.dialogue import choices

    turn.say("invio.gia_inviata", codice=turn.dialogue["referral"]["code"])
    choices.offer(turn)


def correct(turn: Turn) -> bool:
    """Change a datum of the draft; False when the correction is about a fact of the case."""
    draft, understood = turn.dialogue["draft"], turn.understood
    wanted = understood.choices.get("fact")
    if wanted in ("nome", "recapito", "operatore"):
        for name in {"recapito": ("telefono", "email"), "operatore": ("site_id", "operator")}.get(wanted, (wanted,)):
            draft.pop(name, None)
        if wanted == "operatore":
            draft.pop("consent", None)
        ask_step(turn)
        return True
    read = referral_steps.read(turn, step(turn), correcting=True)
    if read.error:
        turn.say("invio.dato_sbagliato", errore=read.error)
    elif not read.understood and understood.facts:
        return False
    ask_step(turn)
    return True


def go_back(turn: Turn) -> None:
    """The step before; its answer is taken back."""
    draft = turn.dialogue["draft"]
    turn.say("colloquio.indietro")
    for done, names in (
        ("consent", ("consent",)),
        ("telefono", ("telefono", "email")),
        ("email", ("telefono", "email")),
        ("nome", ("nome",)),
        ("site_id", ("site_id", "operator")),
    ):
        if draft.get(done):
            for name in names:
                draft.pop(name, None)
            ask_step(turn)
            return
    leave(turn)


def after_changed_facts(turn: Turn) -> None:
    """A fact changed while preparing: go on only if the measure is not excluded now."""
    from actions.dialogue import verdict

    measure = turn.dialogue["draft"]["measure"]
    possible = {a["measure"] for a in ranking.possible(turn.assess().to_dict()["assessments"])}
    if measure in possible:
        ask_step(turn)
        return
    _drop(turn)
    verdict.show(turn)
