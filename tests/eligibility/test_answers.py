"""The shape and the words of answers: the contract's JSON, descriptions, signposts, the terminal's report."""

from __future__ import annotations

import datetime as dt
import json
import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import eligibility
from benchmarks.eligibility_population import people
from eligibility.compiled import Finding
from eligibility.diagram import Diagrams
from eligibility.report import report
from eligibility.ruleset import HOME, load_from
from tests.eligibility.support import DAY, criterion, rule, ruleset

TODAY = dt.date(2026, 3, 2)
GOOD = {
    "residenza_lombardia": True, "occupazione": "dipendente_tempo_indeterminato", "sede_lavoro_lombardia": True,
    "rientrato_al_lavoro": True, "causa_assenza": "oncologica", "invalidita_percento": 80, "assenza_continuativa": True,
    "mesi_assenza": 8,
}  # fmt: skip


@pytest.mark.parametrize("audience", eligibility.AUDIENCES)
@pytest.mark.parametrize("facts", [{}, GOOD, {"occupazione": "sospeso_cig", "invalidita_percento": None}])
def test_the_json_of_the_contract(facts: dict, audience: str) -> None:
    shown = json.loads(json.dumps(eligibility.assess(facts, TODAY, audience=audience).to_dict()))
    assert {"date", "ruleset", "assessments", "next_question"} <= set(shown)
    assert shown["date"] == "2026-03-02" and shown["ruleset"] == eligibility.load().version
    assert [a["measure"] for a in shown["assessments"]] == list(eligibility.load().measures)
    for answer in shown["assessments"]:
        assert {
            "measure", "edition", "title", "verdict", "status", "window", "criteria", "missing_facts", "services", "documents",
        } <= set(answer)  # fmt: skip
        assert answer["verdict"] in ("ammissibile", "non_ammissibile", "da_verificare")
        assert answer["status"] in ("aperta", "chiusa", "non_ancora_aperta", "da_verificare")
        assert set(answer["window"]) == {"from", "to"}
        for found in answer["criteria"]:
            assert {"id", "outcome", "text", "facts", "sources"} <= set(found)
            assert found["outcome"] in ("soddisfatto", "non_soddisfatto", "sconosciuto")
            assert found["text"] and found["sources"]
            assert all(set(source) == {"id", "title", "url"} for source in found["sources"])


def test_every_verdict_has_a_source_for_every_criterion() -> None:
    for edition in eligibility.load().editions:
        assert all(found.sources for found in edition.criteria)


def test_answers_can_be_changed_by_the_caller_without_harm() -> None:
    first = eligibility.assess(GOOD, TODAY).to_dict()
    copy = json.dumps(first)
    for answer in first["assessments"]:
        answer["criteria"][0]["sources"][0].clear()
        answer["criteria"].clear()
        for item in answer["services"] + answer["documents"]:
            item["sources"].clear()
        answer["services"].clear()
        answer["window"].clear()
    assert json.dumps(eligibility.assess(GOOD, TODAY).to_dict()) == copy


def test_one_audience_hears_its_own_words() -> None:
    texts = {
        audience: eligibility.assess({"invalidita_percento": 80}, TODAY, ["dote_ritorno_al_lavoro"], audience)
        .assessments[0].criteria[-1].text
        for audience in eligibility.AUDIENCES
    }  # fmt: skip
    assert "paziente" in texts["medico"] and "paziente" not in texts["cittadino"]


def test_an_open_point_of_the_law_has_its_own_words_and_id() -> None:
    gap = {"when": {"fact": "n", "at_least": 4}, "gap": "G-1", "text": "Le fonti non lo dicono."}
    late = {"when": {"fact": "n", "at_least": 2}, "gap": "G-2", "text": "Altro dubbio."}
    rules = ruleset(rule([criterion("c", {"fact": "n", "at_least": 1}, [gap, late])]))

    def found(facts: dict) -> tuple:
        answer = eligibility.assess(facts, DAY, ruleset=rules).assessments[0]
        (only,) = answer.criteria
        return answer.verdict, only.outcome, only.gap, only.text, only.facts, answer.missing_facts

    assert found({"n": 5}) == ("da_verificare", "sconosciuto", "G-1", "Le fonti non lo dicono.", ("n",), ())
    assert found({"n": 2}) == ("da_verificare", "sconosciuto", "G-2", "Altro dubbio.", ("n",), ())
    assert found({"n": 1}) == ("ammissibile", "soddisfatto", None, "Sì.", ("n",), ())
    assert found({"n": 0}) == ("non_ammissibile", "non_soddisfatto", None, "No.", ("n",), ())
    assert found({}) == ("da_verificare", "sconosciuto", None, "Non si sa.", ("n",), ("n",))
    assert found({"n": None}) == ("da_verificare", "sconosciuto", None, "Non si sa.", ("n",), ())


def test_a_criterion_that_does_not_concern_the_person_says_so() -> None:
    told = criterion("c", {"any": [{"fact": "a", "is": False}, {"fact": "b", "is": True}]})
    told["applies"] = {"fact": "a", "is": True}
    told["text"]["non_si_applica"] = "Non la riguarda."
    rules = ruleset(rule([told]))
    say = lambda facts: eligibility.assess(facts, DAY, ruleset=rules).assessments[0].criteria[0].text  # noqa: E731
    assert say({"a": False}) == "Non la riguarda."
    assert say({"a": True, "b": True}) == "Sì."
    assert say({"b": True}) == "Sì."
    assert say({"a": True, "b": False}) == "No."
    assert say({"a": True}) == say({}) == "Non si sa."


def test_services_and_notes_follow_the_person() -> None:
    services = [
        {"id": "tutti", "title": "Per tutti", "text": "Sì.", "sources": ["S"]},
        {"id": "alcuni", "title": "Per alcuni", "text": "Sì.", "sources": ["S"], "when": {"fact": "a", "is": True}},
    ]
    notes = [{"id": "nota", "text": "Cambia qualcosa.", "sources": ["S"], "when": {"fact": "a", "is": True}}]
    rules = ruleset(rule([criterion("c", {"fact": "b", "is": True})], services=services, notes=notes))

    def shown(facts: dict) -> tuple:
        answer = eligibility.assess(facts, DAY, ruleset=rules).assessments[0]
        return [s["id"] for s in answer.services], [n["id"] for n in answer.notes], answer.missing_facts

    assert shown({"a": True}) == (["tutti", "alcuni"], ["nota"], ("b",))
    assert shown({"a": False}) == (["tutti"], [], ("b",))
    assert shown({}) == (["tutti", "alcuni"], [], ("b",)), "what only a service depends on is not asked"


@pytest.mark.parametrize("audience", eligibility.AUDIENCES)
def test_descriptions_hold_what_side_questions_need(audience: str) -> None:
    for measure in eligibility.load().measures:
        shown = eligibility.describe(measure, TODAY, audience)
        json.dumps(shown)
        assert {
            "title", "summary", "status", "status_text", "window", "services", "amounts", "documents", "how_to_apply", "contacts",
            "incompatibilities", "sources", "criteria", "effects", "gp_certifies", "decided_by", "action", "channel", "keywords",
        "deadlines", "gaps", "notes", "edition", "editions", "kind", "ruleset", "uncertain", "plan",
        } == set(shown) - {"measure"}  # fmt: skip
        assert isinstance(shown["summary"], str) and shown["sources"]
        assert all(isinstance(item["text"], str) for item in shown["services"] + shown["documents"] + shown["gaps"])


def test_signposts_are_shown_where_true_or_unsure_and_open() -> None:
    def shown(facts: dict, on: dt.date = TODAY) -> dict[str, bool]:
        found = eligibility.signposts(facts, on)
        assert all(item["text"] and item["sources"] for item in found)
        return {item["id"]: item["certain"] for item in found}

    worker = {"occupazione": "dipendente_tempo_indeterminato"}
    assert shown({**worker, "invalidita_percento": 74, "causa_assenza": "oncologica"})["congedo_l106_2025"] is True
    assert "congedo_l106_2025" not in shown({**worker, "invalidita_percento": 73})
    assert shown({})["congedo_l106_2025"] is False
    assert "congedo_l106_2025" not in shown({**worker, "invalidita_percento": 74}, dt.date(2025, 8, 8))
    with pytest.raises(ValueError):
        eligibility.signposts({}, TODAY, "gatto")
    with pytest.raises(eligibility.FactErrors):
        eligibility.signposts({"eta": "x"}, TODAY)


def test_the_report_reads_like_a_letter() -> None:
    facts = {**GOOD, "residenza_lombardia": False, "provincia": "MI"}
    text = report(eligibility.assess(facts, TODAY, ["dote_ritorno_al_lavoro", "tirocinio"]), near=True)
    assert "Data 02/03/2026" in text and "non rientra; chiusa" in text and "Attenzione:" in text
    assert "Se «Residenza o domicilio in Lombardia» fosse sì: può chiederla." in text
    assert max(map(len, text.splitlines())) <= 130
    asks = report(eligibility.assess({}, TODAY, ["dote_ritorno_al_lavoro"]))
    assert "Prossima domanda:" in asks and "Da chiedere: occupazione" in asks
    stuck = report(eligibility.assess({**GOOD, "invalidita_percento": 3}, TODAY, ["dote_ritorno_al_lavoro"]), near=True)
    assert "Nessun cambiamento" in stuck


def test_of_finds_an_assessment() -> None:
    result = eligibility.assess({}, TODAY)
    assert result.of("tirocinio").measure == "tirocinio"
    with pytest.raises(KeyError):
        result.of("altro")
    assert Finding("soddisfatto", (), None, True).outcome == "soddisfatto"


def test_many_at_once_get_what_each_would_get_alone() -> None:
    """A server answers several people at the same time on the same rules."""
    rng = random.Random(4)
    crowd = [{id_: v for id_, v in person.items() if rng.random() < 0.6} for person in people(150, seed=21)]
    alone = [eligibility.assess(facts, TODAY).to_dict() for facts in crowd]
    fresh = load_from(HOME)
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda facts: eligibility.assess(facts, TODAY, ruleset=fresh).to_dict(), crowd))
    assert together == alone


def test_a_function_is_stored_once_also_when_several_make_it_together() -> None:
    class Slow(Diagrams):
        """Gives the other threads time to come in the middle."""

        def _add(self, *parts: object) -> int:
            time.sleep(0.002)
            return super()._add(*parts)

    store = Slow([2])
    with ThreadPoolExecutor(8) as pool:
        leaves = list(pool.map(store.leaf, [True, False] * 8))
        nodes = list(pool.map(lambda _: store.node(0, leaves[:2]), range(8)))
    assert len(set(leaves)) == 2 and len(set(nodes)) == 1
    assert len(store.variable) == len(store.children) == len(store.value) == 3
