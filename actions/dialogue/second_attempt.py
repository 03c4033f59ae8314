"""A referral that was refused or got no answer: try another operator without telling everything again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actions.dialogue.turn import Turn
from referrals.contact import Contact
from referrals.person import PersonSide
from referrals.states import OPEN, State

if TYPE_CHECKING:
    from referrals.directory import SiteMatch
    from referrals.views import Opened, Referral

_CONTACT = ("nome", "telefono", "email", "codice_fiscale")


def newest(turn: Turn) -> Referral | None:
    """The case's newest referral."""
    return turn.services.referrals.for_case(turn.record.id)


def is_open(turn: Turn) -> bool:
    """Whether a referral is on its way: then a second one would help nobody."""
    referral = newest(turn) if turn.dialogue.get("referral") else None
    return referral is not None and referral.state in OPEN


def can_retry(turn: Turn) -> bool:
    """Whether the newest referral ended without help."""
    referral = newest(turn) if turn.dialogue.get("referral") else None
    return referral is not None and referral.state in (State.RIFIUTATA, State.SCADUTA)


def begin(turn: Turn) -> None:
    """Start a draft from the referral that ended: same measure, same contact data, another operator."""
    referral = newest(turn)
    assert referral is not None  # noqa: S101 (callers have asked can_retry)
    kept = PersonSide(turn.services.referrals).contact(referral.code)
    contact = kept[0].to_dict() if kept else {}
    turn.dialogue["drafts"] += 1
    turn.dialogue["draft"] = {
        "measure": referral.measure,
        "title": turn.ruleset.edition(referral.measure, turn.today).title,
        "again": referral.code,
        **{name: contact[name] for name in _CONTACT if contact.get(name)},
    }
    turn.dialogue["referral"] = None
    turn.phase = "invio"
    turn.say("invio.di_nuovo")


def sites(turn: Turn) -> list[SiteMatch]:
    """Operators that were not tried yet."""
    return PersonSide(turn.services.referrals).proposals(turn.dialogue["draft"]["again"], turn.now)


def send(turn: Turn, contact: Contact, version: str, key: str) -> Opened:
    """Open the new attempt; raises as :meth:`referrals.service.Referrals.open`."""
    draft = turn.dialogue["draft"]
    person = PersonSide(turn.services.referrals)
    before = person.contact(draft["again"])
    opened = person.reassign(draft["again"], draft["site_id"], draft["consent"], version, key, turn.now)
    if before is not None and before[0].checked() != contact.checked():
        person.change_contact(opened.code, contact, turn.now)
    return opened
