"""The operators near a person, outside and inside a referral."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from actions.dialogue import second_attempt, wording
from actions.dialogue.turn import Turn

if TYPE_CHECKING:
    from referrals.directory import SiteMatch


def find(turn: Turn, measure: str, limit: int = 3, skip: int = 0) -> list[SiteMatch]:
    """The sites that offer a measure today, the nearest first."""
    sites = turn.services.directory.nearest(
        comune=turn.facts.get("comune"),
        provincia=turn.facts.get("provincia"),
        measure=measure,
        limit=limit + skip,
        on=turn.today,
        case_id=turn.record.id,
    )
    return sites[skip:]


def line(turn: Turn, site: SiteMatch) -> str:
    """One site in words, with its distance when it is known."""
    return turn.words(
        "misure.operatori_riga",
        nome=site.name or site.operator,
        indirizzo=site.address,
        comune=site.comune,
        distanza=distance(turn, site),
        telefono=turn.words("misure.operatori_telefono", telefono=site.phone) if site.phone else "",
    )


def distance(turn: Turn, site: SiteMatch) -> str:
    """How far a site is, in words; nothing when it is not known."""
    if site.km is None:
        return ""
    if site.km < 1:
        return turn.words("misure.operatori_stesso_comune")
    return turn.words("misure.operatori_distanza", km=round(site.km))


def payload(site: SiteMatch) -> str:
    """The payload that chooses a site."""
    return "/inform" + json.dumps({"operatore": str(site.site_id)})


def card(sites: list[SiteMatch]) -> dict[str, Any]:
    """The sites for the page."""
    keys = ("site_id", "operator", "name", "address", "comune", "provincia", "km", "demo")
    return {
        "kind": "operatori",
        "sites": [{key: getattr(site, key) for key in keys} | {"payload": payload(site)} for site in sites],
        "order": "dal più vicino, per distanza fra i comuni",
    }


def place_name(turn: Turn) -> str | None:
    """Where the person lives, in words."""
    if turn.facts.get("comune"):
        return str(turn.facts["comune"])
    if turn.facts.get("provincia"):
        return wording.value(turn, "provincia", turn.facts["provincia"])
    return None


def show(turn: Turn) -> bool:
    """Show the nearest operators; False when the place is unknown and was asked instead."""
    from actions.dialogue import side_questions

    place = place_name(turn)
    if place is None and "comune" not in turn.facts and turn.phase in ("raccolta", "riepilogo", "esito", "inviato"):
        turn.dialogue["after_place"] = True
        turn.open_question("comune")
        turn.say("misure.operatori_dove", buttons=[turn.button("non_so", "/dont_know")])
        return False
    sites = find(turn, side_questions.topic(turn))
    if not sites:
        turn.say("misure.operatori_nessuno", telefono=turn.services.help.phone)
        return True
    listed = wording.bullets(line(turn, site) for site in sites)
    told = turn.words("misure.operatori", luogo=place or "lei", elenco=listed)
    choosable = turn.dialogue["result_seen"] and not second_attempt.is_open(turn)
    turn.say_text(told, card=card(sites) if choosable else None)
    if choosable:
        turn.dialogue["nearby"] = [[str(site.site_id), site.name or site.operator] for site in sites]
    if choosable and turn.phase == "esito":
        turn.say("misure.operatori_proposta")
    return True
