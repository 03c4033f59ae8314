"""How a stored turn becomes a message on the page and in the API."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cases.record import Turn
from web.chat.bot_client import BotMessage

# What a turn's body keeps for the gateway alone and no reader needs.
_INTERNAL = ("reply_to", "understood", "asked", "result_shown", "failure")


def to_message(turn: Turn) -> dict[str, Any]:
    """The public form of a turn: text, buttons, card, and who said it when."""
    message: dict[str, Any] = {
        "id": turn.id,
        "author": turn.author,
        "at": turn.created_at.isoformat(),
        "text": turn.body.get("text") or "",
    }
    for part in ("buttons", "card"):
        if turn.body.get(part):
            message[part] = turn.body[part]
    if turn.author == "persona" and turn.status != "done":
        message["status"] = turn.status
    if turn.body.get("failure"):
        message["kind"] = "scuse"
    return message


def from_bot(message: BotMessage) -> dict[str, Any]:
    """The body of a turn that holds one message of the assistant."""
    body: dict[str, Any] = {"text": message.text or ""}
    if message.buttons:
        body["buttons"] = [button.model_dump() for button in message.buttons]
    if message.custom:
        body["card"] = message.custom
    return body


def readable(body: dict[str, Any]) -> dict[str, Any]:
    """A turn's body as its owner sees it in an export: without the gateway's own notes."""
    return {key: value for key, value in body.items() if key not in _INTERNAL}


def title_of(payload: str, turns: Iterable[Turn]) -> str | None:
    """The words of the button that sends ``payload``.

    :param turns: the latest first; a button is mostly one of the last message's.
    """
    for turn in turns:
        for button in turn.body.get("buttons") or ():
            if button.get("payload") == payload:
                return str(button.get("title"))
        card = turn.body.get("card") or {}
        for row in (*card.get("facts", ()), *card.get("sites", ())):
            if isinstance(row, dict) and row.get("payload") == payload:
                return str(row.get("label") or row.get("operator") or row.get("name"))
    return None
