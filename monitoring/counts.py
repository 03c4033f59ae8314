"""The statistics of the installation as the figures need them: published in batches, nothing exact leaves this file.

Which counts are shown as sums of which others is written here once (:data:`WHOLES`), because what may be published of a
whole depends on its parts (``monitoring/suppression.py``). No count is a part of two wholes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from cases import statistics
from cases.db import SessionFactory
from eligibility import CONVERSATION_MEASURES
from eligibility.places import LOMBARD_PROVINCES
from monitoring.periods import Period
from monitoring.suppression import Key, over, published
from referrals.operators import OUTCOMES

ROLES = ("cittadino", "medico", "sportello")
VERDICTS = ("ammissibile", "da_verificare", "non_ammissibile")
#: The measures a conversation is about; the others are counted together.
MEASURES = CONVERSATION_MEASURES
OTHER = "altre"
SITE_PROVINCES = (*sorted(LOMBARD_PROVINCES), statistics.ELSEWHERE)
PEOPLE_PROVINCES = (*SITE_PROVINCES, "")
#: Reasons an operator is offered; any other is counted with «altro».
REFUSALS = ("nessun_posto", "fuori_zona", "requisiti_diversi", "misura_non_attiva", "richiesta_doppia", "altro")
ENDS = (*OUTCOMES, "non_indicato")
#: States of which only the number is shown; those of :data:`WHOLES` are sums of how it went.
PLAIN_STATES = ("inviata", "appuntamento_fissato", "pip_sottoscritto", "scaduta", "annullata", "riassegnata")
_BY_OUTCOME = ("presa_in_carico_tempo", "domanda", "domanda_lasciata", "non_capito", "non_capito_simile")

WHOLES: dict[Key, tuple[Key, ...]] = {
    ("caso_aperto",): tuple(("caso_aperto", role) for role in ROLES),
    **{
        ("valutazione", measure, verdict): tuple(
            ("valutazione", measure, verdict, provincia) for provincia in PEOPLE_PROVINCES
        )
        for measure in (*MEASURES, OTHER)
        for verdict in VERDICTS
    },
    ("stato", "aperta"): tuple(("aperta", measure) for measure in (*MEASURES, OTHER)),
    **{
        ("aperta", measure): tuple(("aperta", measure, provincia) for provincia in SITE_PROVINCES)
        for measure in (*MEASURES, OTHER)
    },
    ("stato", "presa_in_carico"): tuple(("presa_in_carico_tempo", name) for name in statistics.WAITS),
    ("stato", "rifiutata"): tuple(("rifiuto", reason) for reason in REFUSALS),
    ("stato", "conclusa"): tuple(("esito", outcome) for outcome in ENDS),
}


@dataclass(frozen=True)
class Published:
    """The published counts of every month. ``first``: the oldest month with a count, None when there are none."""

    months: dict[str, dict[Key, int]]
    first: str | None

    def over(self, period: Period) -> Counter[Key]:
        """The published counts of a period."""
        return over(self.months, period.months)


def read(sessions: SessionFactory) -> Published:
    """Everything that may be shown, from the statistics as they are now. One query."""
    with sessions() as session:
        exact = statistics.by_month(session)
    counts: dict[str, dict[Key, int]] = {}
    for month, rows in exact.items():
        summed: Counter[Key] = Counter()
        for row, count in rows.items():
            if key := _key(*row):
                summed[key] += count
        counts[month] = dict(summed)
    return Published(published(counts, WHOLES), min(counts, default=None))


def _key(event: str, measure: str, provincia: str, outcome: str) -> Key | None:
    """Under which key a row of the statistics is shown; None when it is not shown by itself."""
    measure = measure if measure in MEASURES else OTHER
    if event == "caso_aperto":
        return (event, outcome)
    if event == "valutazione":
        return (event, measure, outcome, provincia)
    if event == "segnalazione" and outcome == "aperta":
        return ("aperta", measure, provincia if provincia in LOMBARD_PROVINCES else statistics.ELSEWHERE)
    if event == "segnalazione":
        return ("stato", outcome) if outcome in PLAIN_STATES else None
    if event == "rifiuto":
        return (event, outcome if outcome in REFUSALS else "altro")
    if event == "esito":
        return (event, outcome if outcome in ENDS else "non_indicato")
    return (event, outcome) if event in _BY_OUTCOME else None
