"""Puts the facts of a message, and what they say about the intent, on Rasa's message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.facts.context import Context
from bot.facts.extract import expected_of, read
from bot.facts.reading import Found
from bot.intents.encoder import Memo
from bot.learned.examples import read_examples
from bot.learned.layer import Judged, Layer

EXPECTED_INTENT = "rientro_expected_intent"
# What the later components need of the same message; none of it leaves the process.
UNDERSTOOD, JUDGED, MEMO = "rientro_understood", "rientro_judged", "rientro_memo"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class FactExtractor(GraphComponent):
    """Facts as entities: `entity` is the fact's id, `value` is typed (None: the person does not know).

    The grammar and the learned layer find them; what is not certain stands apart, under ``uncertain``.
    """

    def __init__(self, storage: ModelStorage, resource: Resource, layer: Layer | None = None) -> None:
        """:param layer: the trained layer, None while training: then the grammar alone reads."""
        self._storage = storage
        self._resource = resource
        self._layer = layer

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> FactExtractor:
        """Called by Rasa before training."""
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> FactExtractor:
        """Called by Rasa when it serves a trained model. All is read now, so that the first message does not wait."""
        with model_storage.read_from(resource) as directory:
            layer = Layer.load(Path(directory)) if (Path(directory) / "facts.json").exists() else None
        understood = read("buongiorno, abito a Monza", Context())
        if layer:
            layer.judged(understood, Memo())
        return cls(model_storage, resource, layer)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the annotated messages of ``data/facts``."""
        examples = read_examples()
        with self._storage.write_to(self._resource) as directory:
            if examples:  # without any the grammar reads alone
                print("• fatti", flush=True)
                self._layer = Layer.train(examples)
                self._layer.save(Path(directory))
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to add to training data."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Read each message in the light of its metadata (open question, role, date, result shown)."""
        for message in messages:
            text = message.get(TEXT)
            if not text or message.get(INTENT) or message.get(ENTITIES):
                continue  # a button's payload: it says by itself what it means
            memo = Memo()
            understood = read(text, Context.from_metadata(message.get("metadata")))
            judged = self._layer.judged(understood, memo) if self._layer else Judged(understood.facts, [], {})
            message.set(ENTITIES, [_entity(found) for found in judged.facts], add_to_output=True)
            message.set("uncertain", [_uncertain(found, judged) for found in judged.uncertain], add_to_output=True)
            message.set(EXPECTED_INTENT, expected_of(understood, judged.facts))
            message.set(UNDERSTOOD, understood)
            message.set(JUDGED, judged)
            message.set(MEMO, memo)
        return messages


def _entity(found: Found) -> dict[str, Any]:
    return {
        "entity": found.fact,
        "value": found.value,
        "start": found.start,
        "end": found.end,
        "extractor": "FactExtractor",
    }


def _uncertain(found: Found, judged: Judged) -> dict[str, Any]:
    """A candidate to ask back, in the shape of the contract."""
    confidence = round(judged.confidences.get(found.fact, 0.5), 4)
    return {"fact": found.fact, "value": found.value, "confidence": confidence, "span": [found.start, found.end]}
