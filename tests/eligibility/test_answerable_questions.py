"""The answers to questions people ask: short, easy, sourced, and never more certain than what was read."""

from __future__ import annotations

import datetime as dt
import re

import pytest

import eligibility
from eligibility import answers
from eligibility.errors import RuleError
from eligibility.readability import gulpease

ON = dt.date(2026, 11, 30)


def test_the_hundred_and_twenty_questions_are_all_there() -> None:
    assert [answer.id for answer in answers.all()] == [f"Q{n:03d}" for n in range(1, 121)]
    assert len({answer.question for answer in answers.all()}) == 120


@pytest.mark.parametrize("answer", answers.all(), ids=lambda answer: answer.id)
def test_an_answer_is_short_easy_and_says_where_to_go(answer: answers.Answer) -> None:
    assert gulpease(answer.text) >= 60 and answer.office and answer.updated
    assert len(answer.text.split()) <= 65
    assert not re.search(r"illegittim|stare tranquill|ha diritto|\bcara\b|\w\*", answer.text.lower())
    assert answer.to_dict(ON)["sources"] == [eligibility.load().sources[id_].to_dict(ON) for id_ in answer.sources]


def test_general_knowledge_alone_is_never_said_as_certain() -> None:
    unsure = [answer for answer in answers.all() if not answer.certain]
    assert {answer.id for answer in answers.all() if answer.confidence == "K"} <= {answer.id for answer in unsure}
    assert len(unsure) >= 15
    for answer in unsure:
        assert "va verificato" in answer.text and answer.office in answer.text
    assert answers.get("Q003").certain is False and answers.get("Q020").certain is True


def test_an_unknown_question_is_refused() -> None:
    with pytest.raises(answers.UnknownAnswer):
        answers.get("Q999")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"confidence": "FORSE"}, "fiducia"), ({"sources": ["X-9"]}, "X-9"), ({"changes_with": ["gatto"]}, "gatto"),
        ({"altro": 1}, "chiavi"),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_refused_with_the_place(change: dict, words: str) -> None:
    good = {
        "topic": "t", "question": "q", "text": "Sì.", "confidence": "OFF", "updated": "2026", "office": "INPS",
        "based_on": "X", "sources": [], "measures": [], "changes_with": [],
    }  # fmt: skip
    assert answers.parse_answers({"schema": 1, "answers": {"Q1": good}}, eligibility.load())["Q1"].certain
    with pytest.raises(RuleError, match="Q1") as refused:
        answers.parse_answers({"schema": 1, "answers": {"Q1": {**good, **change}}}, eligibility.load())
    assert words in str(refused.value)
