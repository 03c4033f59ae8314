"""What a person of each situation meets today: how many questions, and whether there is something to do.

``python -m benchmarks.eligibility_situations [--people 10000] [--walks 300] [--seed 1]``: for each of the six situations, over
synthetic people (``eligibility.population``) of that situation, the mean number of questions to a first useful result (the
first action of any rank) and to the last question, and the share of people who leave with at least one thing to do on
30/11/2026, before (the six measures of a conversation, as they were) and after (the measures of the situation).
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
from statistics import mean
from typing import Any

import eligibility
from eligibility.derive import implied
from eligibility.population import people
from eligibility.situations import FACT
from eligibility.today import plan_for

ON = dt.date(2026, 11, 30)
EMPLOYED = (
    "dipendente_tempo_indeterminato", "dipendente_tempo_determinato", "apprendista", "somministrazione",
    "socio_lavoratore_cooperativa", "pubblico_impiego",
)  # fmt: skip


def of_situation(situation: str, count: int, seed: int) -> list[dict[str, Any]]:
    """So many people of one situation, all known about them."""
    rng = random.Random(f"{situation}{seed}")
    crowd = people(count, seed, on=ON)
    for person in crowd:
        person[FACT] = situation
        if situation in ("rientro_dopo_malattia", "in_malattia"):
            person |= {"occupazione": rng.choice(EMPLOYED), "ammortizzatore": "nessuno"}
            person["rientrato_al_lavoro"] = situation == "rientro_dopo_malattia"
        elif situation in ("perso_lavoro", "cerca_lavoro_disabilita"):
            person |= {"occupazione": "disoccupato", "rientrato_al_lavoro": False}
            person["ammortizzatore"] = rng.choice(["nessuno", "naspi"])
            if situation == "perso_lavoro":
                person |= {"invalidita_percento": 0, "invalidita_inail_percento": 0, "legge_68_iscritto": False}
                person |= {"cieco_sordo_invalido_guerra": False, "categoria_art18": False, "causa_assenza": "altra"}
            else:
                person["invalidita_percento"] = rng.randint(46, 100)
        elif situation == "sospeso":
            person |= {"occupazione": "sospeso_cig", "ammortizzatore": rng.choice(["cigo", "cigs", "cigd", "altro"])}
        else:
            person |= {"occupazione": rng.choice(["autonomo", "collaboratore"]), "ammortizzatore": "nessuno"}
    return crowd


def walk(person: dict[str, Any]) -> tuple[int | None, int]:
    """Questions to the first useful result (None: never) and to the end, as the form asks them."""
    told: dict[str, Any] = {FACT: person[FACT]}
    count, first = 1, None
    while True:
        facts = {**implied(told), **told}
        measures = eligibility.measures_for(eligibility.situation(facts))
        if first is None and plan_for(facts, ON, measures=measures).actions:
            first = count
        question = eligibility.next_question_for_plan(facts, ON, measures=measures)
        if question is None:
            return first, count
        told[question.fact] = person.get(question.fact)
        count += 1


def something_to_do(person: dict[str, Any], measures: tuple[str, ...]) -> bool:
    """Is there at least one open thing that the person is surely or perhaps in for?"""
    return bool(plan_for(person, ON, measures=measures).actions)


def main() -> None:
    """Print one line for each situation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--walks", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"{'situation':26} {'first':>6} {'full':>6} {'most':>5} {'before':>8} {'after':>8}")
    for situation in eligibility.load().situations:
        crowd = of_situation(situation, options.people, options.seed)
        walks = [walk(person) for person in crowd[: options.walks]]
        firsts = [first for first, _ in walks if first is not None]
        before = mean(something_to_do(person, eligibility.CONVERSATION_MEASURES) for person in crowd)
        after = mean(
            something_to_do(person, eligibility.measures_for(eligibility.situation(person))) for person in crowd
        )
        print(
            f"{situation:26} {mean(firsts) if firsts else float('nan'):6.1f} {mean(n for _, n in walks):6.1f}"
            f" {max(n for _, n in walks):5d} {before:8.1%} {after:8.1%}"
        )


if __name__ == "__main__":
    main()
