"""Puts the facts of a message, and what they say about the intent, on Rasa's message."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.facts.context import Context
from bot.facts.extract import read
from bot.intents.encoder import Memo

EXPECTED_INTENT = "rientro_expected_intent"
# What the later components need of the same message; none of it leaves the process.
UNDERSTOOD, MEMO = "rientro_understood", "rientro_memo"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class FactExtractor(GraphComponent):
    """Facts as entities: `entity` is the fact's id, `value` is typed (None: the person does not know)."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> FactExtractor:
        """Called by Rasa. The lists are read now, so that the first message does not wait."""
        read("buongiorno, abito a Monza", Context())
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Read each message in the light of its metadata (open question, role, date, result shown)."""
        for message in messages:
            text = message.get(TEXT)
            if not text or message.get(INTENT) or message.get(ENTITIES):
                continue  # a button's payload: it says by itself what it means
            reading = read(text, Context.from_metadata(message.get("metadata")))
            message.set(
                ENTITIES,
                [
                    {
                        "entity": found.fact,
                        "value": found.value,
                        "start": found.start,
                        "end": found.end,
                        "extractor": "FactExtractor",
                    }
                    for found in reading.facts
                ],
                add_to_output=True,
            )
            message.set(EXPECTED_INTENT, reading.intent)
            message.set(UNDERSTOOD, reading)
            message.set(MEMO, Memo())
        return messages

    def process_training_data(self, training_data: Any) -> Any:
        """Nothing to add to training data: the grammar does not learn."""
        return training_data
