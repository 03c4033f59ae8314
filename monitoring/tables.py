"""The tables of the figures: which there are, and their rows for a period. Charts, CSV and report are made from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import eligibility
import texts
from cases.statistics import WAITS
from monitoring import counts
from monitoring.counts import MEASURES, OTHER, VERDICTS, Published
from monitoring.periods import Period, month_words
from monitoring.suppression import Key
from monitoring.words import words
from referrals import words as state_words
from referrals.states import REASONS, State

#: The open questions that are no facts, in the order of a conversation; facts stand between the first and the rest.
_STEPS = ("riepilogo", "operatore", "nome", "recapito", "consenso_invio", "conferma", "richiamo", "libero")


@dataclass(frozen=True)
class Row:
    """One line. ``cells``: published counts; None: fewer than five. ``whole``: the line sums those above."""

    label: str
    cells: tuple[int | None, ...]
    whole: bool = False


@dataclass(frozen=True)
class Table:
    """A table as shown, drawn and exported. ``head``: the names of the columns, that of the labels apart."""

    id: str
    title: str
    first: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""
    stacked: bool = False

    @property
    def drawn(self) -> tuple[Row, ...]:
        """The lines of the chart: those with something to draw; sums of the others are left out."""
        return tuple(row for row in self.rows if not row.whole and any(row.cells))

    @property
    def description(self) -> str:
        """The chart in words, for who does not see it."""
        lines = (
            f"{row.label}: "
            + ", ".join(f"{name} {show(cell)}" for name, cell in zip(self.head, row.cells, strict=True))
            for row in self.drawn
        )
        return f"{self.title}. " + "; ".join(lines) + "."


def show(cell: int | None) -> str:
    """A cell in words."""
    return words()["few"] if cell is None else str(cell)


def measure_titles() -> dict[str, str]:
    """The measures that have figures of their own, with their titles, and the others together."""
    editions = eligibility.load().measures
    return {measure: editions[measure][-1].title for measure in MEASURES} | {OTHER: words()["other_measures"]}


def tables(published: Published, period: Period, measure: str) -> dict[str, Table]:
    """Every table of a period, by id. ``measure``: of the tables by province, one of :func:`measure_titles`."""
    found = published.over(period)
    made = [build(found, published, period, measure) for build in _BUILDERS]
    return {table.id: table for table in made}


def _table(id: str, rows: Iterable[Row], head: tuple[str, ...] | None = None, stacked: bool = False) -> Table:
    about = words()["tables"][id]
    columns = head or tuple(about["head"])
    return Table(id, about["title"], about["first"], columns, tuple(rows), about.get("note", ""), stacked)


def _cells(found: Counter[Key], *keys: Key) -> tuple[int | None, ...]:
    return tuple(found[key] or None for key in keys)


def _conversations(found: Counter[Key], _all: Published, _period: Period, _measure: str) -> Table:
    rows = [Row(words()["roles"][role], _cells(found, ("caso_aperto", role))) for role in counts.ROLES]
    return _table("conversazioni", [*rows, Row("In tutto", _cells(found, ("caso_aperto",)), whole=True)])


def _trend(_found: Counter[Key], published: Published, period: Period, _measure: str) -> Table:
    return _table(
        "andamento",
        (Row(month_words(m), (published.months.get(m, {}).get(("caso_aperto",), 0) or None,)) for m in period.months),
    )


def _verdicts(found: Counter[Key], _all: Published, _period: Period, _measure: str) -> Table:
    head = tuple(words()["verdicts"][verdict] for verdict in VERDICTS)
    return _table(
        "verdetti",
        (
            Row(title, _cells(found, *(("valutazione", measure, verdict) for verdict in VERDICTS)))
            for measure, title in measure_titles().items()
        ),
        head,
        stacked=True,
    )


def _verdicts_by_province(found: Counter[Key], _all: Published, _period: Period, measure: str) -> Table:
    head = tuple(words()["verdicts"][verdict] for verdict in VERDICTS)
    rows = [
        Row(
            words()["provinces"][provincia],
            _cells(found, *(("valutazione", measure, verdict, provincia) for verdict in VERDICTS)),
        )
        for provincia in counts.PEOPLE_PROVINCES
    ]
    whole = _cells(found, *(("valutazione", measure, verdict) for verdict in VERDICTS))
    return _table("verdetti-province", [*rows, Row("In tutto", whole, whole=True)], head, stacked=True)


def _referrals(found: Counter[Key], _all: Published, _period: Period, _measure: str) -> Table:
    titles = state_words.load()["titoli_stati"]
    return _table("segnalazioni", (Row(titles[state], _cells(found, ("stato", str(state)))) for state in State))


def _referrals_by_measure(found: Counter[Key], _all: Published, _period: Period, _measure: str) -> Table:
    rows = [Row(title, _cells(found, ("aperta", measure))) for measure, title in measure_titles().items()]
    return _table("segnalazioni-misure", [*rows, Row("In tutto", _cells(found, ("stato", "aperta")), whole=True)])


def _referrals_by_province(found: Counter[Key], _all: Published, _period: Period, measure: str) -> Table:
    rows = [
        Row(words()["provinces"][provincia], _cells(found, ("aperta", measure, provincia)))
        for provincia in counts.SITE_PROVINCES
    ]
    return _table("segnalazioni-province", [*rows, Row("In tutto", _cells(found, ("aperta", measure)), whole=True)])


def _waits(found: Counter[Key], _all: Published, _period: Period, _measure: str) -> Table:
    rows = [Row(words()["waits"][name], _cells(found, ("presa_in_carico_tempo", name))) for name in WAITS]
    return _table("tempi", [*rows, Row("In tutto", _cells(found, ("stato", "presa_in_carico")), whole=True)])


def _refusals(found: Counter[Key], _all: Published, _period: Period, _measure: str) -> Table:
    rows = [Row(REASONS[reason], _cells(found, ("rifiuto", reason))) for reason in counts.REFUSALS]
    return _table("rifiuti", [*rows, Row("In tutto", _cells(found, ("stato", "rifiutata")), whole=True)])


def _outcomes(found: Counter[Key], _all: Published, _period: Period, _measure: str) -> Table:
    rows = [Row(words()["outcomes"][outcome], _cells(found, ("esito", outcome))) for outcome in counts.ENDS]
    return _table("esiti", [*rows, Row("In tutto", _cells(found, ("stato", "conclusa")), whole=True)])


def _questions(found: Counter[Key], _all: Published, _period: Period, _measure: str) -> Table:
    rows = []
    for question in _asked(found, "domanda"):
        asked, left = found["domanda", question], found["domanda_lasciata", question]
        rows.append(Row(_question(question), (asked or None, left or None, max(0, asked - left) or None)))
    return _table("domande", rows)


def _missed(found: Counter[Key], _all: Published, _period: Period, _measure: str) -> Table:
    rows = (Row(_question(q), _cells(found, ("non_capito", q))) for q in _asked(found, "non_capito"))
    return _table("non-capiti", rows)


def _resembled(found: Counter[Key], _all: Published, _period: Period, _measure: str) -> Table:
    shown = {key[1]: count for key, count in found.items() if key[0] == "non_capito_simile" and count}
    ordered = sorted(shown, key=lambda intent: (-shown[intent], intent))
    return _table("somiglianze", (Row(_intent(intent), (shown[intent],)) for intent in ordered))


_BUILDERS: tuple[Callable[[Counter[Key], Published, Period, str], Table], ...] = (
    _conversations, _trend, _verdicts, _verdicts_by_province, _referrals, _referrals_by_measure, _referrals_by_province,
    _waits, _refusals, _outcomes, _questions, _missed, _resembled,
)  # fmt: skip


def _asked(found: Counter[Key], event: str) -> list[str]:
    """The questions with something to show, in the order of a conversation."""
    order = ["situazione", "consenso_salute", *eligibility.load().facts, *_STEPS]
    shown = [key[1] for key, count in found.items() if key[0] == event and count]
    return sorted(shown, key=lambda question: (order.index(question) if question in order else len(order), question))


def _question(question: str) -> str:
    fact = eligibility.load().facts.get(question)
    return fact.label if fact else words()["questions"].get(question, question.replace("_", " "))


def _intent(intent: str) -> str:
    try:
        return texts.say(f"intenti.{intent}", "cittadino").lower()
    except texts.TextMissing:
        return intent.replace("_", " ")
