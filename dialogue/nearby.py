"""The operators near a person, outside and inside a referral."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dialogue import offers, words
from dialogue.turn import Turn
from eligibility import ranking

if TYPE_CHECKING:
    from referrals.directory import SiteMatch

DEFAULT_MEASURE = "dote_ritorno_al_lavoro"


def find(turn: Turn, measure: str, limit: int = 3, skip: int = 0) -> list[SiteMatch]:
    """The sites that offer a measure today, the nearest first."""
    sites = turn.directory.nearest(
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
    return offers.payload("inform", operatore=str(site.site_id))


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
        return words.value(turn, "provincia", turn.facts["provincia"])
    return None


def is_place_wanted(turn: Turn) -> bool:
    """Whether the place must be known before operators can be listed."""
    known = place_name(turn) is not None or "comune" in turn.facts or "comune" in turn.conversation.closed
    return not known and not turn.conversation.draft


def measure(turn: Turn) -> str:
    """The measure at hand: last spoken of, best so far, or the first one of this service."""
    known, topic = turn.ruleset.measures, turn.conversation.topic
    if topic in known:
        return str(topic)
    if turn.conversation.result_seen:
        return str(ranking.best_first(turn.assess().to_dict()["assessments"])[0]["measure"])
    return DEFAULT_MEASURE


def show(turn: Turn, measure: str) -> None:
    """Show the nearest operators for a measure."""
    place = place_name(turn)
    sites = find(turn, measure)
    if not sites:
        turn.say("misure.operatori_nessuno", telefono=turn.services.help.phone)
        return
    listed = words.bullets(line(turn, site) for site in sites)
    told = turn.words("misure.operatori", luogo=place or "lei", elenco=listed)
    conversation = turn.conversation
    choosable = conversation.result_seen and not turn.referral_open and not conversation.draft
    turn.say_text(told, card=card(sites) if choosable else None)
    if choosable:
        conversation.nearby = [[str(site.site_id), site.name or site.operator] for site in sites]
        turn.say("misure.operatori_proposta")
