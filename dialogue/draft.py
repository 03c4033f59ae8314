"""A referral being prepared: begin, put aside, take up again, leave, try another operator, send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cases.budgets import BudgetSpent
from dialogue import consents, measure_names, nearby, people, words
from dialogue.effects import GrantConsent, OpenReferral, WithdrawConsent
from dialogue.turn import Turn
from eligibility import ranking
from referrals import capacity
from referrals.contact import Contact
from referrals.errors import AlreadyOpen, SiteNotFound
from referrals.person import PersonSide
from referrals.states import State

if TYPE_CHECKING:
    from referrals.directory import SiteMatch
    from referrals.views import Opened

#: The public ids of its steps, in their order.
STEPS = ("comune", "operatore", "nome", "recapito", "consenso_invio", "conferma")
_CONTACT = ("nome", "telefono", "email", "codice_fiscale")
_SITE = ("site_id", "operator", "site", "site_phone", "consent", "room_asked")


def is_going(turn: Turn) -> bool:
    """Whether a referral is being prepared now."""
    return bool(turn.conversation.draft) and not turn.conversation.draft.get("paused")


def current(turn: Turn) -> str:
    """The first of :data:`STEPS` that is still to be done."""
    draft = turn.conversation.draft
    if not draft.get("site_id"):
        placeless = "comune" not in turn.facts and "comune" not in turn.conversation.closed
        return "comune" if placeless else "operatore"
    if not draft.get("nome"):
        return "nome"
    if not (draft.get("telefono") or draft.get("email")):
        return "recapito"
    return "conferma" if draft.get("consent") else "consenso_invio"


def is_refused(turn: Turn) -> bool:
    """Whether no referral may begin here, because it takes an account; then what to do instead is said."""
    if not turn.referrals.needs_account(turn.record.id):
        return False
    turn.say("invio.serve_accesso", telefono=turn.services.help.phone)
    return True


def begin(turn: Turn) -> bool:
    """Begin for the best measure that is not excluded; False where no measure or no operator is there, or it takes an account."""
    if is_refused(turn):
        return False
    possible = ranking.possible(turn.assess().to_dict()["assessments"])
    if not possible:
        turn.say("invio.nessuna_misura")
        people.propose(turn)
        return False
    wanted = measure_names.wanted(turn)
    possible.sort(key=lambda a: a["measure"] != wanted)  # stable: the one asked for, then best first
    chosen = next((a for a in possible if nearby.find(turn, a["measure"], limit=1)), None)
    if chosen is None:
        turn.say("invio.nessun_operatore", telefono=turn.services.help.phone)
        people.propose(turn)
        return False
    _new(turn, {"measure": chosen["measure"], "title": chosen["title"], **turn.understood.contacts})
    turn.say("invio.inizio", misura=chosen["title"])
    if chosen["status"] == "chiusa":
        turn.say("invio.chiusa_ma")
    return True


def can_retry(turn: Turn) -> bool:
    """Whether the newest referral ended without help."""
    return turn.referral is not None and turn.referral.state in (State.RIFIUTATA, State.SCADUTA)


def begin_again(turn: Turn) -> None:
    """Begin from the referral that ended: same measure, same contact data, another operator."""
    referral = turn.referral
    assert referral is not None  # noqa: S101 (callers have asked can_retry)
    kept = PersonSide(turn.referrals).contact(referral.code)
    contact = kept[0].to_dict() if kept else {}
    title = turn.ruleset.edition(referral.measure, turn.today).title
    known = {name: contact[name] for name in _CONTACT if contact.get(name)}
    _new(turn, {"measure": referral.measure, "title": title, "again": referral.code, **known})
    turn.say("invio.di_nuovo")


def _new(turn: Turn, draft: dict[str, Any]) -> None:
    conversation = turn.conversation
    conversation.drafts += 1
    conversation.draft = draft
    for step in STEPS:
        conversation.asked.pop(step, None)
        conversation.missed.pop(step, None)


def resume(turn: Turn) -> None:
    """Go on with what was put aside."""
    for step in STEPS:
        turn.conversation.asked.pop(step, None)
        turn.conversation.missed.pop(step, None)
    turn.conversation.draft.pop("paused", None)


def pause(turn: Turn) -> None:
    """Put it aside: nothing is sent, nothing is lost."""
    turn.conversation.draft["paused"] = True
    turn.say("invio.messa_da_parte")


def drop(turn: Turn) -> None:
    """Forget it with its contact data, and the consent given for it."""
    if turn.conversation.draft.get("consent"):
        turn.do(WithdrawConsent("invio"))
    turn.conversation.draft = {}


def leave(turn: Turn) -> None:
    """Stop preparing; nothing is sent."""
    turn.say("invio.lasciata")
    drop(turn)


def sites(turn: Turn) -> list[SiteMatch]:
    """The operators to choose from: near the person, or not tried yet."""
    draft = turn.conversation.draft
    if draft.get("again"):
        return PersonSide(turn.referrals).proposals(draft["again"], turn.now)
    page = 3 * int(draft.get("page", 0))
    return nearby.find(turn, draft["measure"], skip=page) or nearby.find(turn, draft["measure"])


def take_site(turn: Turn, site: SiteMatch) -> None:
    """Put an operator into the draft, after asking it for room without saying for whom.

    One without room is said to be full; who chooses it a second time has been told and means it. A site that does not
    answer is no obstacle.
    """
    draft = turn.conversation.draft
    if draft.get("site_id") != site.site_id:
        draft.pop("consent", None)  # the consent names the operator
    draft.update(site_id=site.site_id, operator=site.operator, site=site.name, site_phone=site.phone)
    if draft.get("room_asked") == site.site_id:
        return
    draft["room_asked"] = site.site_id
    if site.site_id in draft.get("full", ()) or turn.is_writing:  # never ask the outside with a transaction at hand
        return
    turn.close()  # the answer is written by itself, and is to be seen
    if capacity.ask(turn.services.cases.session_factory, str(site.site_id), draft["measure"], turn.now) != 0:
        return
    draft.setdefault("full", []).append(site.site_id)
    turn.say("invio.senza_posto", operatore=draft["site"])
    forget_site(turn)


def forget_site(turn: Turn) -> None:
    """Choose the operator anew; the consent named the one before."""
    for name in _SITE:
        turn.conversation.draft.pop(name, None)


def lines(turn: Turn) -> str:
    """What would be sent, one line each."""
    draft = turn.conversation.draft
    shown = {"misura": draft["title"], "operatore": f"{draft['operator']} ({draft['site']})", **draft}
    return words.bullets(
        turn.words(f"invio.riga_{name}", valore=shown[name])
        for name in ("misura", "operatore", "nome", "telefono", "email")
        if shown.get(name)
    )


def agree(turn: Turn) -> None:
    """The person agreed to the sending: keep the exact words."""
    text = consents.sending_text(turn)
    turn.conversation.draft["consent"] = text
    turn.do(GrantConsent("invio", text, consents.version()))


def after_changed_facts(turn: Turn) -> None:
    """A fact changed meanwhile: go on only if the measure is not excluded now."""
    measure = turn.conversation.draft["measure"]
    possible = {a["measure"] for a in ranking.possible(turn.assess().to_dict()["assessments"])}
    if measure not in possible:
        drop(turn)


def send(turn: Turn) -> None:
    """Open the referral; the key makes a repeated confirmation give back the same one."""
    draft = turn.conversation.draft
    contact = Contact(draft["nome"], draft.get("telefono"), draft.get("email"), draft.get("codice_fiscale"))
    effect = OpenReferral(
        draft["site_id"],
        draft["measure"],
        contact,
        draft["consent"],
        consents.version(),
        f"{turn.record.id}:{turn.conversation.drafts}",
        again=draft.get("again"),
    )
    try:
        opened = turn.do(effect)
    except AlreadyOpen as error:
        turn.conversation.draft = {}
        turn.say("invio.gia_inviata", codice=error.code)
    except BudgetSpent:
        turn.say("invio.troppe", telefono=turn.services.help.phone, orario=turn.services.help.hours)
        drop(turn)
    except SiteNotFound:  # closed since it was offered
        forget_site(turn)
    else:
        turn.conversation.draft = {}
        _receipt(turn, opened, draft)


def _receipt(turn: Turn, opened: Opened, draft: dict[str, Any]) -> None:
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
