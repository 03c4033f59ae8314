"""How a contact with the hotline may end (``outcomes.yaml``)."""

from dataclasses import dataclass

from texts.word_files import words_beside

GIVEN_BACK = "restituita"
PASSED_ON = "passata"
ABANDONED = "abbandonata"
NO_ANSWER = "non_risponde"


@dataclass(frozen=True)
class Outcome:
    """``closes_callback``: with this outcome the promised call counts as made."""

    code: str
    label: str
    closes_callback: bool
    offered: bool = True


OUTCOMES: dict[str, Outcome] = {
    code: Outcome(code, **entry) for code, entry in words_beside(__file__, "outcomes.yaml").items()
}
CODES = tuple(OUTCOMES)


def offered() -> list[Outcome]:
    """Those a colleague may choose."""
    return [outcome for outcome in OUTCOMES.values() if outcome.offered]
