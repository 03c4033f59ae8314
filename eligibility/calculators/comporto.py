"""Comporto: how many protected days of sickness are left, by collective contract (facts sheet 3).

Rule of section 21: the contract's window, calendar days of the spells inside it (touching spells are one, Saturdays and
Sundays count), without those that do not count, against the limit of the seniority. A limit in months is counted as 30 days
a month, the prudent way; where a contract has two readings of the window the one that leaves fewer days is shown. It never
says that a dismissal is lawful or not, and never that there is nothing to fear: it is an estimate, to be confirmed in writing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from eligibility.calculators.absence import spells_of
from eligibility.calculators.steps import CALCULATED, TO_VERIFY, Calculation, CalculatorError, Step, day, number
from eligibility.errors import RuleError
from eligibility.facts import long_date
from eligibility.months import add_months
from eligibility.ruleset import HOME, load, read_yaml

FILE = "calculators/comporto.yaml"
OFFICE = "ufficio del personale, per scritto; poi sindacato o patronato"
GREEN, YELLOW, RED, OVER, UNKNOWN = "verde", "giallo", "rosso", "oltre", "non_calcolabile"
_FLAGS = ("oncologica", "disabilita_certificata", "in_prova", "impiegato")
_KEYS = {
    "ccnl", "anzianita_mesi", "periodi", "giorni", "part_time", "fine_contratto", "tipo_contratto_scuola", *_FLAGS,
}  # fmt: skip
_ONE_DAY = dt.timedelta(days=1)


@lru_cache(maxsize=1)
def contracts() -> dict[str, dict[str, Any]]:
    """Every contract of comporto.yaml. Raises RuleError when one is unknown or cites a source that does not exist."""
    data = read_yaml((HOME / FILE).read_text(encoding="utf-8"), FILE)["contracts"]
    for id_, contract in data.items():
        if id_ not in load().facts["ccnl"].options:
            raise RuleError(f"{FILE}: il contratto «{id_}» non è un valore di ccnl.")
        if unknown := [s for s in contract["sources"] if s not in load().sources]:
            raise RuleError(f"{FILE}: {id_}: fonti che non sono in sources.yaml: {', '.join(unknown)}.")
    return dict(data)


@dataclass(frozen=True, slots=True)
class Limit:
    """The limit that applies: ``days`` (calendar), how it was read in words, and the band's number."""

    days: int
    text: str
    band: int


def comporto(values: Mapping[str, Any], on: dt.date) -> Calculation:
    """Estimate the protected days left on that day.

    ``values``: ``ccnl`` (as the fact), ``anzianita_mesi``, and either ``periodi`` (``[{"dal", "al", "conta"?}]``; ``conta``
    false for days that do not count) or ``giorni`` (sickness days already summed). Optional: ``oncologica``,
    ``disabilita_certificata``, ``in_prova``, ``impiegato`` (bools), ``part_time`` ("no", "orizzontale", "verticale"),
    ``tipo_contratto_scuola`` ("ruolo", "annuale", "breve"), ``fine_contratto`` (day). Raises CalculatorError.
    """
    _check(values)
    contract = contracts().get(values.get("ccnl") or "")
    if contract is None or not contract["bands"]:
        return _not_known(contract)
    months = number(values, "anzianita_mesi", 0, 660, needed=len(contract["bands"]) > 1)
    sources = tuple(contract["sources"])
    warnings = [f"I dati del contratto sono del {contract['as_of']}. Può essere cambiato."]
    limit = _limit(contract, values, months or 0)
    steps = [Step(limit.text, sources)]
    sure = "partial" not in contract
    if not sure:
        warnings.append(contract["partial"])
    used, first = _used(contract, values, limit, on, steps, sources)
    left = limit.days - used
    steps.append(Step(f"Giorni usati {used}, su {limit.days}. Ne restano {max(left, 0)}.", sources))
    longer = contract.get("disability") == "unknown" and bool(values.get("disabilita_certificata"))
    sure = _cautions(contract, values, longer, warnings) and sure
    state = _state(left, longer)
    alarms = _alarms(left, values, on, steps)
    if contract.get("leave"):
        steps.append(Step(f"Dopo si può chiedere l'aspettativa. {contract['leave']}", sources))
    steps += _advice(left)
    result = {
        "contratto": contract["title"], "limite": limit.days, "usati": used, "restano": left, "stato": state,
        "finestra_dal": first, "scadenze": alarms,
    }  # fmt: skip
    outcome = CALCULATED if sure else TO_VERIFY
    return Calculation("comporto", outcome, result, tuple(steps), OFFICE, tuple(warnings))


def _check(values: Mapping[str, Any]) -> None:
    if set(values) - _KEYS:
        raise CalculatorError("values", f"I valori previsti sono: {', '.join(sorted(_KEYS))}.")
    if values.get("ccnl") is not None and values["ccnl"] not in load().facts["ccnl"].options:
        raise CalculatorError("ccnl", "Il contratto non è tra quelli previsti.")
    for key in _FLAGS:
        if not isinstance(values.get(key), bool | None):
            raise CalculatorError(key, "La risposta può essere solo sì o no.")
    for key, allowed in (
        ("part_time", {"no", "orizzontale", "verticale"}),
        ("tipo_contratto_scuola", {"ruolo", "annuale", "breve"}),
    ):
        if values.get(key) is not None and values[key] not in allowed:
            raise CalculatorError(key, f"Può essere: {', '.join(sorted(allowed))}.")


def _not_known(contract: Mapping[str, Any] | None) -> Calculation:
    name = f"Per il contratto «{contract['title']}» il" if contract else "Per questo contratto il"
    steps = (
        Step(
            f"{name} numero di giorni non è stato letto. Va verificato.",
            tuple(contract["sources"]) if contract else (),
            False,
        ),
        Step("Chieda il conteggio scritto all'ufficio del personale.", ("V-20b",)),
    )
    result = {"contratto": contract["title"] if contract else None, "stato": UNKNOWN, "limite": None, "restano": None}
    return Calculation("comporto", TO_VERIFY, result, steps, OFFICE)


def _limit(contract: Mapping[str, Any], values: Mapping[str, Any], months: float) -> Limit:
    bands, why = contract["bands"], ""
    school = values.get("tipo_contratto_scuola")
    if school in ("annuale", "breve") and "annual" in contract:
        bands, why = contract["annual" if school == "annuale" else "short"], " per la supplenza"
    elif values.get("impiegato") and "clerks" in contract:
        bands, why = contract["clerks"], " per chi lavora in ufficio"
    if values.get("oncologica") and "cancer" in contract:
        bands, why = contract["cancer"], " con una malattia oncologica certificata"
    elif values.get("disabilita_certificata") and isinstance(contract.get("disability"), list):
        bands, why = contract["disability"], " con una disabilità certificata"
    place, band = next((n, b) for n, b in enumerate(bands) if b["up_to"] is None or months <= b["up_to"])
    days = band.get("days") or band["months"] * 30
    said = f"{band['days']} giorni" if "days" in band else f"{band['months']} mesi, contati come {days} giorni"
    return Limit(days, f"{contract['title']}: il limite è {said}{why}.", place)


def _used(
    contract: Mapping[str, Any],
    values: Mapping[str, Any],
    limit: Limit,
    on: dt.date,
    steps: list[Step],
    sources: tuple[str, ...],
) -> tuple[int, dt.date | None]:
    """Days used and the first day of the window (None where it was not read, or the days came already summed)."""
    if values.get("periodi") is None:
        days = int(number(values, "giorni", 0, 3000, whole=True) or 0)
        steps.append(Step("I giorni sono quelli detti: vanno contati nella finestra giusta.", (), False))
        return days, None
    given = values["periodi"]
    spells = [
        s for s, item in zip(spells_of(values, "periodi"), given, strict=True) if item.get("conta", True) is not False
    ]
    sick: set[dt.date] = {
        spell.first + dt.timedelta(days=n)
        for spell in spells
        for n in range((min(spell.last or on, on) - spell.first).days + 1)
    }
    sick |= _bridged(sorted(sick))
    first = _window_start(contract, values, limit, on, sick)
    if first is None:
        steps.append(Step("La finestra non è stata letta: si contano tutti i periodi detti.", sources, False))
        return len(sick), None
    steps.append(
        Step(
            f"Si conta dal {long_date(first)} a oggi. Contano anche i giorni di riposo e di festa.", (*sources, "V-20a")
        )
    )
    return sum(first <= d <= on for d in sick), first


def _bridged(days: list[dt.date]) -> set[dt.date]:
    """Saturdays and Sundays between two certificates: continuity is presumed (CG-03)."""
    found: set[dt.date] = set()
    for before, after in zip(days, days[1:], strict=False):
        between = [before + dt.timedelta(days=n) for n in range(1, (after - before).days)]
        if between and all(d.weekday() >= 5 for d in between):
            found.update(between)
    return found


def _window_start(
    contract: Mapping[str, Any], values: Mapping[str, Any], limit: Limit, on: dt.date, days: set[dt.date]
) -> dt.date | None:
    window = contract.get("window")
    if values.get("tipo_contratto_scuola") == "breve":
        window = {"months": 12}
    if window is None:
        return None
    if "by_band" in window:
        window = window["by_band"][min(limit.band, len(window["by_band"]) - 1)]
    if "calendar_year" in window:
        return dt.date(on.year, 1, 1)
    if "first_day" in window:
        start = max(days, default=on)
        while start - _ONE_DAY in days:
            start -= _ONE_DAY
        return start
    return add_months(on, -window["months"]) + _ONE_DAY


def _cautions(contract: Mapping[str, Any], values: Mapping[str, Any], longer: bool, warnings: list[str]) -> bool:
    """Add what makes the number unsure; False when something does."""
    before = len(warnings)
    if longer:
        warnings.append("Con una disabilità certificata dal 2026 il limite è più lungo. Chieda di quanto.")
    elif values.get("disabilita_certificata"):
        warnings.append(
            "Con una disabilità l'azienda deve cercare una soluzione prima di decidere. Chieda a un sindacato."
        )
    if values.get("in_prova"):
        warnings.append("In prova il posto di solito non è protetto. La malattia però ferma la prova.")
    if values.get("part_time") == "verticale":
        warnings.append("Con il part-time verticale il limite può scendere, se il contratto lo dice. Va verificato.")
    if contract.get("workers_only") and values.get("impiegato"):
        warnings.append("Per chi lavora in ufficio il limite non è stato letto. Va verificato.")
    if contract.get("excluded"):
        warnings.append("I giorni di terapia salvavita non si contano. Se ci sono, vanno tolti.")
        before += 1  # told, and already in the hands of who filled in the spells
    return len(warnings) == before


def _state(left: int, longer: bool) -> str:
    if left > 60:
        return GREEN
    if longer:
        return UNKNOWN  # the limit is longer by a number nobody read: no alarm without it
    return YELLOW if left > 30 else RED if left > 0 else OVER


def _alarms(left: int, values: Mapping[str, Any], on: dt.date, steps: list[Step]) -> dict[str, dt.date]:
    """Dates of section 20.2, if sickness goes on without a break from today."""
    end = day(values, "fine_contratto", needed=False)
    if left <= 0:
        return {}
    last = on + dt.timedelta(days=left)
    if end is not None and end < last:
        steps.append(Step(f"Il contratto finisce prima: il {long_date(end)}. La malattia non lo allunga.", ("V-32",)))
        return {"fine_contratto": end}
    steps.append(
        Step(f"Se la malattia continua senza pause, l'ultimo giorno protetto è il {long_date(last)}.", ("CC-2110",))
    )
    return {
        "ultimo_giorno_protetto": last,
        "chiedere_il_conteggio": max(on, last - dt.timedelta(days=30)),
        "ultima_richiesta": max(on, last - _ONE_DAY),
    }


def _advice(left: int) -> list[Step]:
    found = [
        Step("È una stima. Chieda il conteggio scritto all'azienda: di solito non è obbligata ad avvisare.", ("V-20b",))
    ]
    if left <= 60:
        found.append(
            Step(
                "Prima dell'ultimo giorno chieda per scritto ferie o aspettativa, e tenga una copia.", ("V-12d", "V-28")
            )
        )
    if left <= 0:
        found.append(
            Step("Vada subito da un sindacato. Se arriva una lettera, i giorni per rispondere sono pochi.", ("V-22",))
        )
    return found
