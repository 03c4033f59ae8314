"""Decides what the person wants: emergencies first, then answers read in context, then the classifier."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.fact_extractor import EXPECTED_INTENT, MEMO
from bot.facts.context import Context
from bot.intents import emergency, encoder
from bot.intents.decision import decide
from bot.intents.focus import cap_length
from bot.intents.fusion import FusedClassifier
from bot.safety.examples import safety_examples
from bot.safety.levels import EMERGENCY, NONE, SafetyModel

logger = logging.getLogger(__name__)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(GraphComponent):
    """The intent, its ranking, and the level of safety."""

    def __init__(
        self,
        storage: ModelStorage,
        resource: Resource,
        model: FusedClassifier | None = None,
        safety: SafetyModel | None = None,
    ) -> None:
        """:param model: the trained model, None while training. :param safety: the model of safety, likewise."""
        self._storage = storage
        self._resource = resource
        self._model = model
        self._safety = safety

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> IntentClassifier:
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
    ) -> IntentClassifier:
        """Called by Rasa when it serves a trained model."""
        with model_storage.read_from(resource) as directory:
            model = FusedClassifier.load(Path(directory))
            safety = SafetyModel.load(Path(directory)) if (Path(directory) / "safety.json").exists() else None
        encoder.load()
        emergency.look_for_emergency("buongiorno")  # a broken lexicon must stop the start, not a conversation
        return cls(model_storage, resource, model, safety)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples that carry an intent."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        texts = [example.get(TEXT) for example in examples]
        labels = [example.get(INTENT) for example in examples]
        print("• vettori delle frasi", flush=True)
        vectors = encoder.encode_many([cap_length(text) for text in texts])
        self._model = FusedClassifier.train(
            texts, labels, lambda stage: print(f"• intenti: {stage}", flush=True), vectors
        )
        cries = safety_examples()
        if cries:
            print("• richieste di aiuto", flush=True)
            levels = [EMERGENCY if label == emergency.INTENT else NONE for label in labels]
            more = encoder.encode_many([cap_length(text) for text, _ in cries])
            self._safety = SafetyModel.train(
                [*texts, *(text for text, _ in cries)],
                [*levels, *(level for _, level in cries)],
                np.concatenate([vectors, more]),
            )
        with self._storage.write_to(self._resource) as directory:
            self._model.save(Path(directory))
            if self._safety:
                self._safety.save(Path(directory))
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent and ranking of each message that does not carry them already (a button's payload does)."""
        for message in messages:
            if message.get(INTENT) or self._model is None:
                continue
            text, memo = message.get(TEXT) or "", message.get(MEMO) or encoder.Memo()
            ranking, level = decide(
                self._model,
                text,
                Context.from_metadata(message.get("metadata")),
                message.get(EXPECTED_INTENT),
                self._safety.level(text, memo) if self._safety else None,
                memo,
            )
            entries = [{INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: confidence} for name, confidence in ranking]
            message.set(INTENT, entries[0], add_to_output=True)
            message.set("intent_ranking", entries[:10], add_to_output=True)
            message.set("safety", level.name, add_to_output=True)
        return messages
