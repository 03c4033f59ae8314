"""What the assistant says next, given the case and what was understood. Knows nothing of the dialogue engine."""

from actions.dialogue import desk
from actions.dialogue.flow import TOPICS, Reply, handle
from actions.dialogue.opening import opening
from actions.dialogue.rejoin import rejoin
from actions.dialogue.state import open_question, public_state, result_shown
from actions.dialogue.understanding import Understood, sort_entities

__all__ = [
    "TOPICS",
    "Reply",
    "Understood",
    "desk",
    "handle",
    "open_question",
    "opening",
    "public_state",
    "rejoin",
    "result_shown",
    "sort_entities",
]
