"""Says what a message does, act by act, after facts and intent are known."""

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

from bot.acts import language
from bot.acts.compose import acts
from bot.asks.model import Asks
from bot.components.fact_extractor import JUDGED, MEMO, UNDERSTOOD
from bot.intents.encoder import Memo


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class ActComposer(GraphComponent):
    """Sets ``acts`` on a message: what is told, answered, asked, requested and felt, and in which language."""

    def __init__(self, storage: ModelStorage, resource: Resource, asks: Asks | None = None) -> None:
        """:param asks: the trained part, None while training."""
        self._storage = storage
        self._resource = resource
        self._asks = asks

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ActComposer:
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
    ) -> ActComposer:
        """Called by Rasa when it serves a trained model."""
        language.load()
        with model_storage.read_from(resource) as directory:
            return cls(model_storage, resource, Asks.load(Path(directory)))

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the answerable questions, and which words are Italian."""
        print("• domande", flush=True)
        texts = [example.get(TEXT) for example in training_data.intent_examples if example.get(TEXT)]
        intents = [example.get(INTENT) for example in training_data.intent_examples if example.get(TEXT)]
        self._asks = Asks.train(texts, intents)
        with self._storage.write_to(self._resource) as directory:
            self._asks.save(Path(directory))
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to add to training data."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Compose the acts of each message that a person wrote; a button's payload says by itself what it means."""
        for message in messages:
            understood = message.get(UNDERSTOOD)
            if understood is None or self._asks is None:
                continue
            text = message.get(TEXT) or ""
            memo = message.get(MEMO) or Memo()
            spoken = language.recognise(text, self._asks.italian)
            ranking = [(e["name"], e["confidence"]) for e in message.get("intent_ranking") or []]
            foreign = spoken.code != language.ITALIAN
            asked = [] if foreign else self._asks.asked(text, ranking, memo)
            judged = message.get(JUDGED)
            found = acts(understood.reading, ranking, judged.facts, judged.confidences, asked, spoken)
            if foreign:  # nothing is guessed from foreign words
                message.set(ENTITIES, [], add_to_output=True)
                message.set("uncertain", [], add_to_output=True)
            message.set("acts", [act.to_dict() for act in found], add_to_output=True)
        return messages
