"""Which values of facts a message states, judged from its words and its meaning in the light of the open question.

Ridge regression on n-grams and sentence vectors, every feature once for all messages and once more for those with the
same open question. It is learned in the dual form, which gives exact scores of each message by a model that has not
seen its writer, and served as plain weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.facts.catalogue import facts as catalogue
from bot.intents.ngrams import NgramVectorizer
from bot.learned.examples import Example
from bot.learned.material import Material, Part

WORDS, MEANING = 0.6, 0.4  # shares of n-grams and sentence vectors
SAME_QUESTION = 1.0  # how much more a message with the same open question counts
RIDGE = 1.2
FEWEST = 3  # messages that must state a value for it to be learned
NOTHING = "-"
ANY = "~"


def label(fact: str, value: object) -> str:
    """The name of a value of a fact."""
    return f"{fact}={str(value).lower() if isinstance(value, bool) else value}"


def labels_of(example_facts: dict[str, object]) -> set[str]:
    """What a message with these facts states: closed values, zero and a hundred, and any value of the open facts."""
    found = set()
    for fact, value in example_facts.items():
        kind = catalogue().get(fact, {}).get("type")
        if value is None or kind is None:
            continue
        if kind in ("bool", "enum") and fact != "provincia":
            found.add(label(fact, value))
        else:
            found.add(fact + ANY)
            if value in (0, 100):
                found.add(label(fact, value))
    return found or {NOTHING}


@dataclass
class Statements:
    """The served model.

    :ivar labels: names of the values.
    :ivar words: weights of the n-grams for all messages. :ivar meaning: those of the sentence vector.
    :ivar asked: by question, columns of n-grams, their further weights and those of the vector.
    """

    labels: list[str]
    vectorizer: NgramVectorizer
    words: np.ndarray
    meaning: np.ndarray
    asked: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]

    def __post_init__(self) -> None:
        self.number = {name: i for i, name in enumerate(self.labels)}
        self._place = {
            question: {int(column): i for i, column in enumerate(columns)}
            for question, (columns, _, _) in self.asked.items()
        }

    def scores(self, part: Part, question: str | None) -> np.ndarray:
        """How much the part states each value; about 1 for yes and 0 for no."""
        columns, values = self.vectorizer.row(part.text)
        values = values * np.float32(WORDS**0.5)
        vector = part.vector * np.float32(MEANING**0.5)
        total = values @ self.words[columns] + vector @ self.meaning
        key = question or ""
        if key in self.asked:
            _, weights, meaning = self.asked[key]
            places = self._place[key]
            known = [(i, places[int(c)]) for i, c in enumerate(columns) if int(c) in places]
            total = total + vector @ meaning
            if known:
                here, there = zip(*known, strict=True)
                total = total + values[list(here)] @ weights[list(there)].astype(np.float32)
        return total


@dataclass
class Learned:
    """:ivar model: to serve. :ivar whole: scores of each message by a model without its writer, one row each.

    :ivar clauses: the same for the clauses of each message.
    """

    model: Statements
    whole: np.ndarray
    clauses: list[np.ndarray]


def learn(materials: Sequence[Material], examples: Sequence[Example]) -> Learned:
    """Fit on annotated messages and score each without its writer."""
    stated = [labels_of(example.facts) for example in examples]
    counts: dict[str, int] = {}
    for names in stated:
        for name in names:
            counts[name] = counts.get(name, 0) + 1
    names = sorted(name for name, n in counts.items() if n >= FEWEST)
    truth = np.array([[name in row for name in names] for row in stated], dtype=np.float64)
    vectorizer = NgramVectorizer.fit([m.whole.text for m in materials])
    rows = vectorizer.matrix([m.whole.text for m in materials])
    vectors = np.stack([m.whole.vector for m in materials]).astype(np.float64)
    questions = np.array([m.question or "" for m in materials])
    likeness = WORDS * (rows @ rows.T).toarray().astype(np.float64) + MEANING * vectors @ vectors.T
    likeness *= 1 + SAME_QUESTION * (questions[:, None] == questions[None, :])
    inverse = np.linalg.inv(likeness + RIDGE * np.eye(len(materials)))
    weights = inverse @ truth
    whole, clauses = _unseen(materials, examples, likeness, inverse, weights, vectorizer, rows, vectors, questions)
    asked = {}
    for question in sorted(set(questions)):
        mine = np.where(questions == question)[0]
        part = rows[mine]
        columns = np.unique(part.indices)
        further = part[:, columns].T @ weights[mine] * SAME_QUESTION * WORDS**0.5
        meaning = vectors[mine].T @ weights[mine] * SAME_QUESTION * MEANING**0.5
        asked[str(question)] = (columns, further.astype(np.float16), meaning.astype(np.float32))
    model = Statements(
        names,
        vectorizer,
        (rows.T @ weights * WORDS**0.5).astype(np.float32),
        (vectors.T @ weights * MEANING**0.5).astype(np.float32),
        asked,
    )
    return Learned(model, whole, clauses)


def _unseen(
    materials: Sequence[Material],
    examples: Sequence[Example],
    likeness: np.ndarray,
    inverse: np.ndarray,
    weights: np.ndarray,
    vectorizer: NgramVectorizer,
    rows,
    vectors: np.ndarray,
    questions: np.ndarray,
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Scores of every message and clause by a model without the messages of the same writer, in closed form."""
    whole = np.zeros((len(materials), weights.shape[1]))
    clauses: list[np.ndarray] = [np.zeros((0, weights.shape[1]))] * len(materials)
    writers = np.array([example.writer for example in examples])
    for writer in sorted(set(writers)):
        mine = np.where(writers == writer)[0]
        change = np.linalg.solve(inverse[np.ix_(mine, mine)], weights[mine])
        without = weights - inverse[:, mine] @ change
        without[mine] = 0.0
        whole[mine] = likeness[mine] @ without
        parts = [(i, part) for i in mine for part in materials[i].clauses]
        if not parts:
            continue
        there = vectorizer.matrix([part.text for _, part in parts])
        meant = np.stack([part.vector for _, part in parts])
        like = WORDS * (there @ rows.T).toarray() + MEANING * meant @ vectors.T
        owner = np.array([i for i, _ in parts])
        like *= 1 + SAME_QUESTION * (questions[owner][:, None] == questions[None, :])
        scored = like @ without
        for i in mine:
            clauses[i] = scored[owner == i]
    return whole, clauses
