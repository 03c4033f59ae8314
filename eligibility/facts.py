"""The catalogue of facts: what may be known about a person, and how to ask it.

A date is kept as ISO text (``2026-11-27``), so that facts are plain JSON; conditions see it as days since that date.
"""

from __future__ import annotations

import datetime as dt
import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eligibility.errors import FactErrors, RuleError
from eligibility.texts import Spoken, spoken

TYPES = ("bool", "enum", "int", "number", "string", "date")
MONTHS = (
    "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre",
    "dicembre",
)  # fmt: skip
# A date fact as a number: days since it, negative when it is still to come.
DAYS_BACK, DAYS_AHEAD = 36_600, 3_660

_KEYS = {
    "type", "label", "sensitive", "actionable", "step", "options", "other_options", "unit", "minimum",
    "maximum", "question", "variants", "why", "prior", "ask_when", "find_out", "left_to_office",
}  # fmt: skip
_YES = {"sì", "si", "s", "true", "vero", "1", "yes"}
_NO = {"no", "n", "false", "falso", "0"}
_NUMBER = re.compile(r"[+-]?\d{1,6}(?:[.,]\d{1,6})?")
_NUMERIC_DATE = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})")
_SPOKEN_DATE = re.compile(r"(\d{1,2})(?:°|º)?\s+(?:di\s+)?([a-zà]+)\s+(?:del\s+)?(\d{4})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that may be known about a person.

    ``options``: value -> label offered; ``other_options``: accepted, not offered (provinces elsewhere).
    ``minimum``/``maximum``: limits of a number in ``unit``; of a string, ``maximum`` is its length.
    ``sensitive``: the answer speaks of health or of a protected category. ``actionable``: a person may change it.
    ``step``: spoken order. ``prior``: see facts.yaml. ``position``: place in the catalogue, breaks ties.
    ``ask_when``: condition on other facts, as written; the fact is asked only of those for whom it is true.
    ``left_to_office``: never asked, because an office can verify it and asking would only cost the person.
    ``find_out``: where the answer is written or who knows it, for who does not.
    """

    id: str
    type: str
    label: str
    sensitive: bool
    actionable: bool
    step: int
    position: int
    question: Spoken
    variants: dict[str, tuple[str, ...]]
    why: Spoken
    options: dict[str, str] = field(default_factory=dict)
    other_options: dict[str, str] = field(default_factory=dict)
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    prior: Any = None
    ask_when: Any = field(default=None, compare=False, hash=False)
    find_out: Spoken = field(default_factory=dict, hash=False)
    left_to_office: bool = False

    @property
    def values(self) -> tuple[str, ...]:
        """Every admitted value of an enum, the offered ones first."""
        return (*self.options, *self.other_options)

    @property
    def limits(self) -> tuple[float, float]:
        """Least and greatest value of a number; of a date, in days since it. Raises TypeError for other types."""
        if self.type == "date":
            return -DAYS_AHEAD, DAYS_BACK
        if self.minimum is None or self.maximum is None:
            raise TypeError(f"{self.id} is not a number")
        return self.minimum, self.maximum

    def choices(self) -> list[dict[str, Any]] | None:
        """What a form or a row of buttons offers: ``[{"id", "label"}]``, or None for free answers."""
        if self.type == "bool":
            return [{"id": True, "label": "Sì"}, {"id": False, "label": "No"}]
        if self.type == "enum":
            return [{"id": value, "label": label} for value, label in self.options.items()]
        return None

    def coerce(self, value: Any) -> Any:
        """Return the typed value, or raise ValueError with an Italian message (which never quotes the value)."""
        if value is None:
            return None
        return _COERCE[self.type](self, value)

    def to_dict(self, audience: str = "cittadino") -> dict[str, Any]:
        """The fact as ``GET /facts`` shows it."""
        shown: dict[str, Any] = {
            "id": self.id, "type": self.type, "label": self.label, "unit": self.unit,
            "sensitive": self.sensitive, "question": self.question[audience], "why": self.why[audience],
        }  # fmt: skip
        if (choices := self.choices()) is not None:
            shown["options"] = choices
        if self.other_options:
            shown["other_options"] = [{"id": v, "label": t} for v, t in self.other_options.items()]
        if self.type in ("int", "number"):
            shown["minimum"], shown["maximum"] = self.minimum, self.maximum
        return shown


def _coerce_bool(fact: Fact, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        word = value.strip().casefold()
        if word in _YES:
            return True
        if word in _NO:
            return False
    raise ValueError(f"{fact.label}: la risposta può essere solo sì o no.")


def _coerce_enum(fact: Fact, value: Any) -> str:
    if isinstance(value, str):
        word = value.strip()
        for candidate in (word, word.upper(), word.lower().replace(" ", "_").replace("-", "_")):
            if candidate in fact.options or candidate in fact.other_options:
                return candidate
        folded = word.casefold()
        for known, label in (*fact.options.items(), *fact.other_options.items()):
            if label.casefold() == folded:
                return known
    if fact.other_options:
        raise ValueError(
            f"{fact.label}: serve la sigla di una provincia italiana, ad esempio {next(iter(fact.options))}."
        )
    raise ValueError(f"{fact.label}: la risposta può essere una di queste: {', '.join(fact.options)}.")


def _coerce_number(fact: Fact, value: Any) -> int | float:
    if isinstance(value, str):
        text = value.strip().removesuffix("%").strip()
        if not _NUMBER.fullmatch(text):
            raise ValueError(f"{fact.label}: serve un numero.")
        value = float(text.replace(",", "."))
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{fact.label}: serve un numero.")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{fact.label}: serve un numero vero e proprio.")
    if fact.type == "int" and value != int(value):
        raise ValueError(f"{fact.label}: serve un numero intero, senza virgola.")
    # The limits come before any conversion: a huge integer must not reach float().
    if (fact.minimum is not None and value < fact.minimum) or (fact.maximum is not None and value > fact.maximum):
        raise ValueError(f"{fact.label}: il numero deve stare tra {fact.minimum:g} e {fact.maximum:g}.")
    if fact.type == "int":
        return int(value)
    return int(value) if value == int(value) else float(value)


def _coerce_date(fact: Fact, value: Any) -> str:
    """ISO text. Admits also 27/11/2026 and 27 novembre 2026, as people write them."""
    day = value if isinstance(value, dt.date) and not isinstance(value, dt.datetime) else None
    if isinstance(value, str):
        text = value.strip().casefold()
        try:
            if found := _NUMERIC_DATE.fullmatch(text):
                day = dt.date(*(int(part) for part in reversed(found.groups())))
            elif (found := _SPOKEN_DATE.fullmatch(text)) and found[2] in MONTHS:
                day = dt.date(int(found[3]), MONTHS.index(found[2]) + 1, int(found[1]))
            elif re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
                day = dt.date.fromisoformat(text)
        except ValueError:
            day = None
    if day is None:
        raise ValueError(f"{fact.label}: serve una data, ad esempio 27/11/2026.")
    if not 1930 <= day.year <= 2100:
        raise ValueError(f"{fact.label}: l'anno non sembra giusto.")
    return day.isoformat()


def days_since(value: str, on: dt.date) -> int:
    """Days from a coerced date to the reference date, within the limits of a date fact."""
    days = (on - dt.date.fromisoformat(value)).days
    return max(-DAYS_AHEAD, min(DAYS_BACK, days))


def long_date(day: dt.date) -> str:
    """As it is said: 3 febbraio 2027, 1º gennaio 2027."""
    number = "1º" if day.day == 1 else str(day.day)
    return f"{number} {MONTHS[day.month - 1]} {day.year}"


def _coerce_string(fact: Fact, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{fact.label}: serve un testo.")
    text = value.strip()
    if not text or not any(character.isalpha() for character in text):
        raise ValueError(f"{fact.label}: scriva un nome.")
    if len(text) > (fact.maximum or 80):
        raise ValueError(f"{fact.label}: il testo è troppo lungo.")
    if _CONTROL.search(text):
        raise ValueError(f"{fact.label}: il testo contiene caratteri che non si possono usare.")
    return text


_COERCE = {
    "bool": _coerce_bool, "enum": _coerce_enum, "int": _coerce_number, "number": _coerce_number,
    "string": _coerce_string, "date": _coerce_date,
}  # fmt: skip


def validate(catalogue: Mapping[str, Fact], raw: Any) -> dict[str, Any]:
    """Coerce facts that came from JSON, CSV or a form.

    ``raw``: mapping of fact id to value; None stays None (the person does not know).
    Returns a new dict. Raises FactErrors with one Italian message for each fact that is wrong.
    """
    if not isinstance(raw, Mapping):
        raise FactErrors({"facts": "I fatti devono essere un oggetto con nome e valore."})
    good: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for key, value in raw.items():
        fact = catalogue.get(key) if isinstance(key, str) else None
        if fact is None:
            shown = str(key)[:40]
            near = difflib.get_close_matches(shown, catalogue, n=1)
            hint = f" Forse intendeva «{near[0]}»?" if near else ""
            errors[shown] = f"«{shown}» non è tra i fatti previsti.{hint}"
            continue
        try:
            good[key] = fact.coerce(value)
        except ValueError as problem:
            errors[key] = str(problem)
    if errors:
        raise FactErrors(errors)
    return good


def parse_catalogue(data: Any, where: str = "facts.yaml") -> dict[str, Fact]:
    """Build the catalogue from the content of facts.yaml. Raises RuleError."""
    if not isinstance(data, Mapping) or data.get("schema") != 1 or not isinstance(data.get("facts"), Mapping):
        raise RuleError(f"{where}: servono «schema: 1» e «facts».")
    return {
        str(id_): _parse_fact(str(id_), body, position, f"{where}: {id_}")
        for position, (id_, body) in enumerate(data["facts"].items())
    }


def _parse_fact(id_: str, body: Any, position: int, where: str) -> Fact:
    if not isinstance(body, Mapping):
        raise RuleError(f"{where}: serve una descrizione.")
    if unknown := set(body) - _KEYS:
        raise RuleError(f"{where}: chiavi non previste: {', '.join(sorted(unknown))}.")
    if body.get("type") not in TYPES:
        raise RuleError(f"{where}: il tipo deve essere uno di {', '.join(TYPES)}.")
    for flag in ("sensitive", "actionable"):
        if not isinstance(body.get(flag), bool):
            raise RuleError(f"{where}: «{flag}» deve essere true o false.")
    if not isinstance(body.get("step"), int) or not isinstance(body.get("label"), str):
        raise RuleError(f"{where}: servono «label» e «step».")
    if body["type"] == "enum" and not body.get("options"):
        raise RuleError(f"{where}: un fatto a scelta deve avere «options».")
    for option in (*(body.get("options") or {}), *(body.get("other_options") or {})):
        if not isinstance(option, str):  # YAML reads a bare no, yes, on or 1 as something else
            raise RuleError(f"{where}: la scelta «{option}» va scritta tra virgolette.")
    if body["type"] in ("int", "number") and not {"minimum", "maximum"} <= set(body):
        raise RuleError(f"{where}: un numero deve avere «minimum» e «maximum».")
    question = spoken(body.get("question"), f"{where}: question")
    variants = {
        audience: tuple(" ".join(str(text).split()) for text in texts)
        for audience, texts in (body.get("variants") or {}).items()
    }
    return Fact(
        id=id_, type=body["type"], label=body["label"], sensitive=body["sensitive"],
        actionable=body["actionable"], step=body["step"], position=position, question=question,
        variants=variants, why=spoken(body.get("why"), f"{where}: why"),
        options={str(k): str(v) for k, v in (body.get("options") or {}).items()},
        other_options={str(k): str(v) for k, v in (body.get("other_options") or {}).items()},
        unit=body.get("unit"), minimum=body.get("minimum"), maximum=body.get("maximum"),
        prior=body.get("prior"), ask_when=body.get("ask_when"),
        left_to_office=bool(body.get("left_to_office", False)),
        find_out=spoken(body["find_out"], f"{where}: find_out") if body.get("find_out") is not None else {},
    )  # fmt: skip
