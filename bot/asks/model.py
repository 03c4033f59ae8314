"""The answerable questions in a whole message: which sentences ask, and what each asks."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bot.asks.retrieval import NONE, Asked, QuestionModel, examples
from bot.facts.words import fold, tokenize
from bot.intents.encoder import Memo
from bot.intents.focus import cap_length
from bot.training_data import annotated

LEAST = 0.12  # probability from which a question is said to be asked
LEAST_UNASKED = 0.5  # the same where neither a question mark nor the intent says that something is asked
ASKING = "ask_"
ALSO_ASKING = frozenset({"check_eligibility", "out_of_scope", "complain", "open_referral"})
OFTEN = 3  # messages that must hold a word for it to count as Italian
MOST_SENTENCES = 6
_SENTENCE = re.compile(r"[^.!?;\n\u2026]+[.!?\u2026]*")


class Asks:
    """The trained part of the acts: the model of questions and the words of Italian messages."""

    def __init__(self, model: QuestionModel | None, italian: frozenset[str]) -> None:
        """:param model: None where there are no examples. :param italian: folded words."""
        self.model = model
        self.italian = italian

    @classmethod
    def train(cls, texts: Sequence[str], intents: Sequence[str]) -> Asks:
        """Learn from ``data/asks`` and from the examples of the intents.

        :param texts: messages with an intent; those that ask nothing are counter-examples.
        """
        asked = examples(sorted(annotated("asks").glob("*.jsonl")))
        counts: Counter[str] = Counter()
        # "out_of_scope" holds messages in other languages
        spoken = [text for text, intent in zip(texts, intents, strict=True) if intent != "out_of_scope"]
        for text in (*spoken, *(text for text, _, _ in asked)):
            counts.update({word.text for word in tokenize(fold(text))})
        italian = frozenset(word for word, n in counts.items() if n >= OFTEN)
        if not asked:
            return cls(None, italian)
        idle = [text for text, intent in zip(texts, intents, strict=True) if not asks(intent)][::12]
        model = QuestionModel.train([t for t, _, _ in asked] + idle, [q for _, q, _ in asked] + [NONE] * len(idle))
        return cls(model, italian)

    def asked(self, text: str, ranking: Sequence[tuple[str, float]], memo: Memo) -> list[Asked]:
        """What each sentence of `text` asks, in order.

        :param ranking: the intents of the message, which tell whether it asks at all.
        """
        if self.model is None:
            return []
        text = cap_length(text)
        intent = ranking[0][0] if ranking else ""
        parts = _sentences(text)
        questions = [part for part in parts if text[part[1] - 1] == "?"][-MOST_SENTENCES:]
        least = LEAST if questions or asks(intent) else LEAST_UNASKED
        chosen = questions or parts[-1:]
        if len(parts) > 1 and len(questions) < 2:
            chosen = [*chosen, (0, len(text))]  # the story before it may be what a short question is about
        texts = [text[start:end] for start, end in chosen]
        vectors = memo.vectors(texts) if texts else []
        found = [
            self.model.ask(part, vector, start, least)
            for part, vector, (start, _) in zip(texts, vectors, chosen, strict=True)
        ]
        return _each_once([one for one in found if one])

    def save(self, directory: Path) -> None:
        """Write everything into `directory`."""
        (directory / "italian.json").write_text(json.dumps(sorted(self.italian)), encoding="utf-8")
        if self.model:
            self.model.save(directory)

    @classmethod
    def load(cls, directory: Path) -> Asks:
        """Read what :meth:`save` wrote."""
        model = QuestionModel.load(directory) if (directory / "asks.json").exists() else None
        return cls(model, frozenset(json.loads((directory / "italian.json").read_text(encoding="utf-8"))))


def asks(intent: str) -> bool:
    """Whether a message of this intent may ask an answerable question."""
    return intent.startswith(ASKING) or intent in ALSO_ASKING


def _sentences(text: str) -> list[tuple[int, int]]:
    """Bounds of the sentences that hold a letter."""
    found = []
    for match in _SENTENCE.finditer(text):
        start = match.start() + len(match.group(0)) - len(match.group(0).lstrip())
        if any(c.isalpha() for c in text[start : match.end()]):
            found.append((start, match.end()))
    return found


def _each_once(found: list[Asked]) -> list[Asked]:
    """Of overlapping sentences the one that is surer, and each question once, in the order of the message."""
    kept: list[Asked] = []
    for one in sorted(found, key=lambda a: -a.confidence):
        if all(one.question != k.question and (one.end <= k.start or k.end <= one.start) for k in kept):
            kept.append(one)
    return sorted(kept, key=lambda a: a.start)
