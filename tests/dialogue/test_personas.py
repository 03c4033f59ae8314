"""Random conversations end in the verdict that the engine gives for the person's facts."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from tests.dialogue import personas
from tests.dialogue.conftest import NOW, services  # noqa: F401  (a fixture)
from tests.dialogue.talk import ApiTalk, DirectTalk

# With the real model a few answers are misread; benchmarks/dialogue_agreement.py reports the figure.
LEAST_AGREEMENT = 0.9


@pytest.mark.parametrize("seed", range(60))
def test_the_dialogue_alone_always_agrees_with_the_engine(seed: int, services) -> None:  # noqa: F811
    persona = personas.make(random.Random(seed))
    heard = personas.converse(persona, DirectTalk(services, persona.role, NOW))
    assert heard.verdicts == persona.verdicts(NOW.date())


@pytest.mark.stack
def test_the_whole_service_agrees_with_the_engine(stack) -> None:
    today = dt.datetime.now(dt.UTC).date()
    agreed = []
    for seed in range(1000, 1020):
        persona = personas.make(random.Random(seed))
        talk = ApiTalk(stack.base_url, persona.role)
        heard = personas.converse(persona, talk)
        agreed.append(heard.verdicts == persona.verdicts(today))
        talk.close()
    assert sum(agreed) / len(agreed) >= LEAST_AGREEMENT


def test_a_persona_agrees_with_itself() -> None:
    import eligibility

    for seed in range(200):
        facts = personas.make(random.Random(seed)).facts
        assert eligibility.load().validate(facts) == facts
        assert not eligibility.contradictions(facts)
