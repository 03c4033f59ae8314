"""Custom actions: they translate between the engine that reads and the dialogue, and decide nothing."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from rasa_sdk import Action, Tracker  # type: ignore[import-untyped]
from rasa_sdk.executor import CollectingDispatcher  # type: ignore[import-untyped]

import dialogue
import eligibility
from dialogue.intents import action_of
from settings import clock

if TYPE_CHECKING:
    from dialogue.services import Services


def understood(tracker: Tracker) -> dialogue.Understood:
    """What the engine read in the latest message."""
    message = tracker.latest_message or {}
    intent = message.get("intent") or {}
    known = eligibility.load().facts
    entities = [(entity["entity"], entity.get("value")) for entity in message.get("entities") or []]
    facts, contacts, choices = dialogue.sort_entities(entities, known)
    ranking = tuple(
        (str(entry["name"]), float(entry.get("confidence") or 0.0))
        for entry in message.get("intent_ranking") or []
        if entry.get("name")
    )
    return dialogue.Understood(
        intent=intent.get("name") or "nlu_fallback",
        confidence=float(intent.get("confidence") or 0.0),
        text=message.get("text") or "",
        facts=facts,
        contacts=contacts,
        choices=choices,
        ranking=ranking,
        acts=dialogue.read_acts(message.get("acts")),
        safety=str(message.get("safety") or "none"),
        uncertain=dialogue.read_doubts(message.get("uncertain"), known),
    )


class TopicAction(Action):
    """The action of one topic of the dialogue."""

    def __init__(self, topic: str, services: Services) -> None:
        self._topic = topic
        self._services = services

    def name(self) -> str:
        """As the domain knows it."""
        return action_of(self._topic)

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        """Answer the latest message; nothing of the conversation is kept in the engine."""
        message_id = (tracker.latest_message or {}).get("message_id")
        reply = await anyio.to_thread.run_sync(
            functools.partial(
                dialogue.handle,
                tracker.sender_id,
                self._topic,
                understood(tracker),
                message_id,
                self._services,
                clock.now(),
                clock.today(),
            )
        )
        for message in reply.messages:
            dispatcher.utter_message(
                text=message["text"], buttons=message.get("buttons"), json_message=message.get("custom")
            )
        return []


def all_actions(services: Services) -> list[TopicAction]:
    """One action for each topic."""
    return [TopicAction(topic, services) for topic in dialogue.TOPICS]
