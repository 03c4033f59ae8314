"""What the assistant says next, given the case and what was understood. Knows nothing of the engine that reads.

A message is heard by the step that is open and by the topics it touches (:mod:`dialogue.routing`); they change the state
and speak. The end of the turn asks one question (:mod:`dialogue.closing`) and writes everything in one transaction.
"""

from dialogue import desk
from dialogue.conversing import TOPICS, Reply, handle
from dialogue.opening import opening
from dialogue.rejoin import rejoin
from dialogue.state import open_question, public_state, result_shown
from dialogue.understood import Understood, read_acts, read_doubts, sort_entities

__all__ = [
    "TOPICS",
    "Reply",
    "Understood",
    "desk",
    "handle",
    "open_question",
    "opening",
    "public_state",
    "read_acts",
    "read_doubts",
    "rejoin",
    "result_shown",
    "sort_entities",
]
