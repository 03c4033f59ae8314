"""The table of events answers as Rasa's walk does."""

from __future__ import annotations

import pytest
from rasa.shared.core.events import Event, SlotSet
from rasa.shared.utils.common import all_subclasses

from bot import event_types

rasa_own = event_types._by_walking


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Event, "resolve_by_type", staticmethod(rasa_own))  # put back afterwards
    event_types.install()


def test_every_event_is_found() -> None:
    names = {kind.type_name for kind in all_subclasses(Event)}
    assert len(names) > 20
    for name in names:
        assert Event.resolve_by_type(name) is rasa_own(name)


def test_unknown_names_are_answered_by_rasa() -> None:
    assert Event.resolve_by_type("topic") is None
    assert Event.resolve_by_type("nothing", SlotSet) is SlotSet
    with pytest.raises(ValueError, match="nothing"):
        Event.resolve_by_type("nothing")
