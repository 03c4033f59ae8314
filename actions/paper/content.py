"""What stands on the paper: every measure with its outcome, why, what to bring, where to go, and the sources."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import eligibility
import texts
from actions.dialogue import ranking, wording
from actions.dialogue.turn import Turn
from actions.dialogue.understanding import Understood

if TYPE_CHECKING:
    from actions.services import Services
    from cases.record import CaseRecord

_SITES = 3


def content(record: CaseRecord, services: Services, now: dt.datetime, today: dt.date) -> dict[str, Any]:
    """The words and data of the paper, assessed now: nothing of it is stored anywhere.

    :param today: the day on the Italian calendar for which the rules are read.
    """
    turn = Turn(record, Understood("inform"), services, now, today)
    result = turn.assess().to_dict()
    cited = Citations()
    return {
        "texts": {name: turn.words(f"foglio.{name}") for name in _WORDS},
        "date": turn.words("foglio.data", giorno=wording.date(today)),
        "answers": [
            [turn.ruleset.facts[fact].label, wording.value(turn, fact, turn.facts[fact])]
            for fact in turn.ruleset.facts
            if fact in turn.facts
        ],
        "measures": [_measure(turn, assessment, cited) for assessment in ranking.best_first(result["assessments"])],
        "signposts": [
            {"title": item["title"], "text": item["text"], "sources": cited.numbers(item["sources"])}
            for item in eligibility.signposts(turn.facts, today, turn.audience)
        ],
        "sites": _sites(turn),
        "sources": cited.listed(),
        "footer": turn.words("foglio.piede", giorno=wording.date(today), regole=result["ruleset"]),
        "help": turn.words("foglio.aiuto", telefono=services.help.phone, orario=services.help.hours),
    }


_WORDS = (
    "titolo risposte risposte_niente misure criteri documenti come contatti edizione oggi operatori operatori_esempio "
    "fonti non_decide aiuto_titolo"
).split()


class Citations:
    """Numbers the sources in the order in which they are met."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, Any]] = {}

    def numbers(self, sources: list[dict[str, Any]]) -> str:
        """The marks of ``sources`` in brackets, e.g. ``[1, 3]``; empty where there are none."""
        places = []
        for source in sources:
            self._found.setdefault(source["id"], source)
            places.append(list(self._found).index(source["id"]) + 1)
        return f"[{', '.join(str(place) for place in sorted(set(places)))}]" if places else ""

    def listed(self) -> list[dict[str, Any]]:
        """Title and address of each source, in the order of their numbers."""
        return [{"title": source["title"], "url": source.get("url") or ""} for source in self._found.values()]


def _measure(turn: Turn, assessment: dict[str, Any], cited: Citations) -> dict[str, Any]:
    described = eligibility.describe(assessment["measure"], turn.today, turn.audience)
    excluded = assessment["verdict"] == "non_ammissibile"
    closed = excluded or assessment["status"] == "chiusa"  # nobody is sent to ask for what is over
    how = described.get("how_to_apply") or {}
    return {
        "title": assessment["title"],
        "verdict": turn.words(f"foglio.{assessment['verdict']}"),
        "status": assessment["status_text"],
        "edition": assessment["edition"],
        "criteria": [
            {
                "outcome": turn.words(f"foglio.{criterion['outcome']}"),
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


def _cited(item: dict[str, Any], cited: Citations) -> str:
    return f"{item['text']} {cited.numbers(item.get('sources') or [])}".strip()


def _contact(item: dict[str, Any]) -> str:
    return ", ".join(str(item[key]) for key in ("label", "phone", "email", "url", "note") if item.get(key))


def _sites(turn: Turn) -> dict[str, Any]:
    """The operators near the person for the best measure; nothing where the place is not known."""
    from actions.dialogue import nearby

    possible = ranking.possible(turn.assess().to_dict()["assessments"])
    if not possible or nearby.place_name(turn) is None:
        return {"lines": [], "demo": False}
    found = nearby.find(turn, possible[0]["measure"], limit=_SITES)
    return {"lines": [nearby.line(turn, site) for site in found], "demo": any(site.demo for site in found)}


def title(audience: str) -> str:
    """The title of the paper for whoever asked for it."""
    return texts.say("foglio.titolo", audience)
