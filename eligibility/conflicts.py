"""Facts that cannot be true together. They are reported to whoever gave them, never silently resolved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eligibility.places import LOMBARD_PROVINCES, provinces_of

if TYPE_CHECKING:
    from eligibility.ruleset import Ruleset

EMPLOYED = frozenset(
    {
        "dipendente_tempo_indeterminato", "dipendente_tempo_determinato", "apprendista", "intermittente",
        "somministrazione", "socio_lavoratore_cooperativa", "pubblico_impiego",
    }
)  # fmt: skip
JOBLESS = frozenset({"disoccupato", "inoccupato"})
IN_SERVICE_BENEFITS = frozenset({"cigo", "cigs", "cigd"})
AFTER_JOB_BENEFITS = frozenset(
    {"mobilita", "mobilita_deroga", "naspi", "disoccupazione_ordinaria", "disoccupazione_requisiti_ridotti"}
)
FEWEST_DAYS_IN_A_MONTH = 8  # the fewest working days that a month of a part-time week still holds
WORKING_DAYS_IN_A_MONTH = 27  # the most that a calendar month holds, Saturdays included


@dataclass(frozen=True, slots=True)
class Contradiction:
    """``facts`` cannot be true together; ``text`` says it to the person."""

    id: str
    facts: tuple[str, ...]
    text: str

    def to_dict(self, audience: str = "cittadino") -> dict[str, Any]:
        """``{"id", "facts", "text"}``."""
        return {"id": self.id, "facts": list(self.facts), "text": self.text}


@dataclass(frozen=True, slots=True)
class Check:
    """A test that runs only when all its facts are known."""

    id: str
    facts: tuple[str, ...]
    wrong: Callable[..., bool]
    text: str


CHECKS = (
    Check(
        "senza_lavoro_ma_rientrato", ("occupazione", "rientrato_al_lavoro"),
        lambda job, back: job in JOBLESS and back,
        "Mi ha detto che oggi non lavora, ma anche che è rientrato al lavoro. Quale delle due è giusta?",
    ),
    Check(
        "sospeso_senza_sostegno", ("occupazione", "ammortizzatore"),
        lambda job, benefit: job == "sospeso_cig" and benefit == "nessuno",
        "Mi ha detto che è in cassa integrazione, ma anche che non riceve nessun sostegno. Quale delle due è giusta?",
    ),
    Check(
        "sospeso_con_sostegno_di_chi_ha_perso_il_lavoro", ("occupazione", "ammortizzatore"),
        lambda job, benefit: job == "sospeso_cig" and benefit in AFTER_JOB_BENEFITS,
        "Mi ha detto che è sospeso, ma riceve un sostegno che spetta a chi ha perso il lavoro. Quale delle due è giusta?",
    ),
    Check(
        "senza_lavoro_in_cassa", ("occupazione", "ammortizzatore"),
        lambda job, benefit: job in JOBLESS and benefit in IN_SERVICE_BENEFITS,
        "Mi ha detto che non ha un lavoro, ma anche che è in cassa integrazione. Quale delle due è giusta?",
    ),
    Check(
        "mai_lavorato_ma_ex_dipendente", ("occupazione", "ex_subordinato"),
        lambda job, employee: job == "inoccupato" and employee,
        "Mi ha detto che cerca il primo lavoro, ma anche che prima era dipendente. Quale delle due è giusta?",
    ),
    Check(
        "motivo_cigs_senza_cigs", ("ammortizzatore", "cigs_motivo"),
        lambda benefit, reason: benefit != "cigs" and reason != "altro",
        "Mi ha dato il motivo della cassa straordinaria, ma riceve un altro sostegno. Quale delle due è giusta?",
    ),
    Check(
        "giorni_6_oltre_12", ("giorni_assenza_6_mesi", "giorni_assenza_12_mesi"),
        lambda half, whole: half > whole,
        "I giorni di assenza degli ultimi 6 mesi sono più di quelli dell'ultimo anno. Uno dei due numeri va corretto.",
    ),
    Check(
        "mesi_senza_giorni", ("mesi_assenza", "giorni_assenza_12_mesi"),
        lambda months, days: days > (months + 1) * WORKING_DAYS_IN_A_MONTH,
        "I giorni di assenza dell'ultimo anno sono troppi per i mesi che mi ha detto. Uno dei due numeri va corretto.",
    ),
    Check(
        "giorni_pochi_per_i_mesi", ("assenza_continuativa", "mesi_assenza", "rientrato_al_lavoro", "giorni_assenza_12_mesi"),
        lambda whole, months, back, days: whole and back and months >= 2 and days < min(months, 11) * FEWEST_DAYS_IN_A_MONTH,
        "I mesi di assenza sono molti e i giorni di lavoro persi nell'ultimo anno sono pochi. Uno dei due numeri va corretto.",
    ),
    Check(
        "iscritto_senza_motivo",
        ("legge_68_iscritto", "invalidita_percento", "invalidita_inail_percento", "cieco_sordo_invalido_guerra", "categoria_art18"),
        lambda enrolled, civil, work, blind, family: enrolled and civil < 46 and work < 34 and not blind and not family,
        "Mi ha detto che è nelle liste della legge 68, ma nessuno dei motivi per entrarci. Quale delle due è giusta?",
    ),
    Check(
        "vive_in_lombardia_ma_no", ("provincia", "residenza_lombardia"),
        lambda province, resident: province in LOMBARD_PROVINCES and not resident,
        "Mi ha detto che vive in una provincia lombarda, ma anche che non vive in Lombardia. Quale delle due è giusta?",
    ),
    Check(
        "troppo_giovane_per_lavorare", ("eta", "occupazione"),
        lambda age, job: age < 15 and (job in EMPLOYED or job == "sospeso_cig"),
        "Con questa età non è possibile avere un contratto di lavoro. Uno dei due dati va corretto.",
    ),
)  # fmt: skip


def contradictions(facts: Mapping[str, Any], ruleset: Ruleset | None = None) -> tuple[Contradiction, ...]:
    """The contradictions among the known facts, in a fixed order. Raises FactErrors for facts that are wrong."""
    from eligibility.ruleset import load

    ruleset = ruleset or load()
    known = ruleset.validate(facts)
    found = list(_places(known, ruleset))
    for check in CHECKS:
        values = [known.get(id_) for id_ in check.facts]
        if None not in values and check.wrong(*values):
            found.append(Contradiction(check.id, check.facts, check.text))
    return tuple(found)


def _places(known: Mapping[str, Any], ruleset: Ruleset) -> Iterator[Contradiction]:
    """The comune against the province and Lombardy; nothing is said of a comune nobody knows."""
    comune, province = known.get("comune"), known.get("provincia")
    if comune is None or "provincia" not in ruleset.facts:
        return
    provinces = provinces_of(comune, ruleset.facts["provincia"].values)
    if provinces and province is not None and province not in provinces:
        yield Contradiction(
            "comune_fuori_provincia",
            ("comune", "provincia"),
            "Il comune che mi ha detto non è in quella provincia. Quale dei due è giusto?",
        )
    elif (
        provinces and province is None and provinces <= LOMBARD_PROVINCES and known.get("residenza_lombardia") is False
    ):
        yield Contradiction(
            "comune_lombardo_ma_no",
            ("comune", "residenza_lombardia"),
            "Il comune che mi ha detto è in Lombardia, ma mi ha detto che non vive in Lombardia. Quale delle due è giusta?",
        )
