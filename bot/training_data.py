"""Where the annotated messages stand that the components learn from beside Rasa's own training data."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "RIENTRO_TRAINING_DATA"  # set by bot.train: Rasa does not tell its components where the data are
DEFAULT = Path(__file__).resolve().parent.parent / "data"


def annotated(topic: str) -> Path:
    """The folder of a topic: ``facts``, ``asks`` or ``safety``; it need not exist."""
    return Path(os.environ.get(VARIABLE) or DEFAULT) / topic
