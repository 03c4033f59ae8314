"""The learned layer: what it keeps, asks back and drops, and that it is served as it was learned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.facts.agreement import same
from bot.facts.catalogue import facts
from bot.facts.context import Context
from bot.facts.extract import read
from bot.intents.encoder import Memo
from bot.learned.examples import read_examples
from bot.learned.judge import Judge
from bot.learned.layer import ASK, BARE_WORDS, KEEP, KEEP_BARE, Layer

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def layer() -> Layer:
    """A layer taught with a fifth of the messages."""
    return Layer.train(read_examples()[::5])


def judged(layer: Layer, text: str, question: str | None = None):
    return layer.judged(read(text, Context(question=question)), Memo())


def test_every_annotated_message_is_well_formed() -> None:
    examples = read_examples()
    assert len(examples) >= 3000
    assert len({example.writer for example in examples}) > 100
    assert any(not example.facts for example in examples)


@pytest.mark.parametrize(
    ("text", "question", "expected"),
    [
        ("sì", "part_time", {"part_time": True}),
        ("67", "invalidita_percento", {"invalidita_percento": 67}),
        ("abito a Lodi", None, {"comune": "Lodi", "provincia": "LO", "residenza_lombardia": True}),
    ],
)
def test_plain_statements_are_kept(layer: Layer, text: str, question: str | None, expected: dict) -> None:
    assert {found.fact: found.value for found in judged(layer, text, question).facts} == expected


@pytest.mark.parametrize(("text", "value"), [("sì", True), ("no", False)])
def test_yes_and_no_answer_every_open_question(layer: Layer, text: str, value: bool) -> None:
    for fact in (name for name, entry in facts().items() if entry["type"] == "bool"):
        assert {found.fact: found.value for found in judged(layer, text, fact).facts}.get(fact) is value, fact


@pytest.mark.parametrize("text", ["", "?!", "x" * 5000, "70 " * 900, "abito a Monza, " * 300, "\x00"])
def test_any_text_is_judged(layer: Layer, text: str) -> None:
    for question in (None, "comune", "mesi_assenza"):
        result = judged(layer, text, question)
        assert len({found.fact for found in result.facts}) == len(result.facts)


def test_what_is_uncertain_is_no_fact(layer: Layer) -> None:
    for example in read_examples()[1::40]:
        result = judged(layer, example.text, example.question)
        assert not {f.fact for f in result.facts} & {f.fact for f in result.uncertain}
        assert all(ASK <= result.confidences[f.fact] for f in result.uncertain)
        known = [result.confidences[f.fact] for f in result.facts if f.fact in result.confidences]
        bare = len(read(example.text, example.context).reading.pieces) <= BARE_WORDS
        assert all(sure >= (KEEP_BARE if bare else KEEP) for sure in known)


def test_a_saved_layer_judges_the_same(layer: Layer, tmp_path: Path) -> None:
    layer.save(tmp_path)
    again = Layer.load(tmp_path)
    for example in read_examples()[::150]:
        one, other = judged(layer, example.text, example.question), judged(again, example.text, example.question)
        for fact, sure in one.confidences.items():
            assert other.confidences.get(fact, 0.0) == pytest.approx(sure, abs=0.1)


def test_learning_is_repeatable() -> None:
    examples = read_examples()[::20]
    one, other = Layer.train(examples), Layer.train(examples)
    np.testing.assert_array_equal(one.judge.value, other.judge.value)
    np.testing.assert_allclose(one.statements.words, other.statements.words, atol=1e-6)


def test_a_judge_in_arrays_gives_what_scikit_learn_gives() -> None:
    from sklearn.ensemble import GradientBoostingClassifier

    chance = np.random.default_rng(3)
    rows = chance.normal(size=(400, 5)).astype(np.float32)
    true = (rows[:, 0] + rows[:, 1] * rows[:, 2] > 0.2).tolist()
    own = Judge.learn(rows, true).chances(rows)
    assert np.mean((own > 0.5) == np.array(true)) > 0.9
    theirs = GradientBoostingClassifier(
        n_estimators=160,
        max_depth=4,
        learning_rate=0.06,
        min_samples_leaf=12,
        subsample=0.6,
        max_features=0.4,
        random_state=0,
    ).fit(rows, true)
    np.testing.assert_allclose(own, theirs.predict_proba(rows)[:, 1], atol=1e-4)


def test_places_and_numbers_agree_with_what_is_expected() -> None:
    assert same(7, 7.0)
    assert not same(True, 1)
