"""The result of a check on paper: every measure with its outcome, why, what to bring, where to go, and the sources.

Nothing of it is stored: it is assessed and typeset when somebody asks for it. No name and no contact datum stands on it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import eligibility
import texts
from cases.record import CaseRecord
from eligibility import ranking
from eligibility.fact_words import value_in_words
from papers.typesetting import qr_svg, typeset
from papers.words import words
from referrals.directory import Directory, SiteMatch
from texts.dates import long_date

_SITES = 3
_WORDS = (
    "titolo risposte risposte_niente misure criteri documenti come contatti edizione oggi operatori operatori_esempio "
    "fonti non_decide aiuto_titolo"
).split()


@dataclass(frozen=True)
class Help:
    """Where a person answers, and where the chat is: what the paper sends its reader to."""

    phone: str
    hours: str
    chat_url: str


def make(record: CaseRecord, directory: Directory, help: Help, now: dt.datetime, today: dt.date) -> bytes:
    """The PDF of a case's result as the rules see it on ``today``, the day on the Italian calendar."""
    return typeset("result", content(record, directory, help, today), now)


def content(record: CaseRecord, directory: Directory, help: Help, today: dt.date) -> dict[str, Any]:
    """The words and data of the paper."""
    audience, facts = record.role, dict(record.facts)
    ruleset = eligibility.load()
    measures = list(record.dialogue.get("measures") or eligibility.CONVERSATION_MEASURES)
    result = eligibility.assess(facts, today, measures=measures, audience=audience).to_dict()
    ordered = ranking.best_first(result["assessments"])
    cited = Citations()
    return {
        "texts": {name: _say(audience, name) for name in _WORDS},
        "short": words()["result"],
        "date": _say(audience, "data", giorno=long_date(today)),
        "answers": [
            [fact.label, value_in_words(fact, facts[fact.id], texts.say("riepilogo.non_sa", audience))]
            for fact in ruleset.facts.values()
            if fact.id in facts
        ],
        "measures": [_measure(assessment, audience, today, cited) for assessment in ordered],
        "signposts": [
            {"title": item["title"], "text": item["text"], "sources": cited.numbers(item["sources"])}
            for item in eligibility.signposts(facts, today, audience, beside=True)
        ],
        "sites": _sites(record, directory, ordered, today),
        "sources": cited.listed(),
        "footer": _say(audience, "piede", giorno=long_date(today), regole=result["ruleset"]),
        "help": _say(audience, "aiuto", telefono=help.phone, orario=help.hours),
        "qr": qr_svg(help.chat_url),
    }


def _say(audience: str, name: str, **values: Any) -> str:
    return texts.say(f"foglio.{name}", audience, **values)


class Citations:
    """Numbers the sources in the order in which they are met."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, Any]] = {}

    def numbers(self, sources: Iterable[dict[str, Any]]) -> str:
        """The marks of ``sources`` in brackets, e.g. ``[1, 3]``; empty where there are none."""
        places = set()
        for source in sources:
            self._found.setdefault(source["id"], source)
            places.add(list(self._found).index(source["id"]) + 1)
        return f"[{', '.join(map(str, sorted(places)))}]" if places else ""

    def listed(self) -> list[dict[str, Any]]:
        """Title and address of each source, in the order of their numbers."""
        return [{"title": source["title"], "url": source.get("url") or ""} for source in self._found.values()]


def _measure(assessment: Mapping[str, Any], audience: str, today: dt.date, cited: Citations) -> dict[str, Any]:
    described = eligibility.describe(assessment["measure"], today, audience)
    excluded = assessment["verdict"] == "non_ammissibile"
    closed = excluded or assessment["status"] == "chiusa"  # nobody is sent to ask for what is over
    how = described.get("how_to_apply") or {}
    return {
        "title": assessment["title"],
        "verdict": _say(audience, assessment["verdict"]),
        "status": assessment["status_text"],
        "edition": assessment["edition"],
        "criteria": [
            {
                "outcome": _say(audience, criterion["outcome"]),
                "text": criterion["text"],
                "sources": cited.numbers(criterion["sources"]),
            }
            for criterion in assessment["criteria"]
        ],
        # Who is excluded need not prepare anything.
        "documents": [] if excluded else [_cited(item, cited) for item in described.get("documents") or []],
        "how": "" if closed else " ".join([how.get("text") or "", cited.numbers(how.get("sources") or [])]).strip(),
        "steps": [] if closed else [s["text"] if isinstance(s, dict) else s for s in how.get("steps") or []],
        "contacts": [] if excluded else [_contact(item) for item in described.get("contacts") or []],
    }


def _cited(item: Mapping[str, Any], cited: Citations) -> str:
    return f"{item['text']} {cited.numbers(item.get('sources') or [])}".strip()


def _contact(item: Mapping[str, Any]) -> str:
    return ", ".join(str(item[key]) for key in ("label", "phone", "email", "url", "note") if item.get(key))


def _sites(record: CaseRecord, directory: Directory, ordered: list[dict[str, Any]], today: dt.date) -> dict[str, Any]:
    """The operators near the person for the best measure; nothing where the place is not known."""
    possible = ranking.possible(ordered)
    comune, provincia = record.facts.get("comune"), record.facts.get("provincia")
    if not possible or not (comune or provincia):
        return {"lines": [], "demo": False}
    found = directory.nearest(
        comune=comune,
        provincia=provincia,
        measure=possible[0]["measure"],
        limit=_SITES,
        on=today,
        case_id=record.id,
    )
    return {"lines": [_site(site, record.role) for site in found], "demo": any(site.demo for site in found)}


def _site(site: SiteMatch, audience: str) -> str:
    """One site in words, with its distance when it is known."""
    distance = ""
    if site.km is not None and site.km < 1:
        distance = texts.say("misure.operatori_stesso_comune", audience)
    elif site.km is not None:
        distance = texts.say("misure.operatori_distanza", audience, km=round(site.km))
    phone = texts.say("misure.operatori_telefono", audience, telefono=site.phone) if site.phone else ""
    return texts.say(
        "misure.operatori_riga",
        audience,
        nome=site.name or site.operator,
        indirizzo=site.address,
        comune=site.comune,
        distanza=distance,
        telefono=phone,
    )
