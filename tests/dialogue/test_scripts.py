"""The scripted conversations, with the dialogue alone and with the whole service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.dialogue import script
from tests.dialogue.conftest import NOW, services  # noqa: F401  (a fixture)
from tests.dialogue.talk import ApiTalk, DirectTalk

ALL = list(script.conversations())
CONVERSATIONS = pytest.mark.parametrize("conversation", [c for _, c in ALL], ids=[name for name, _ in ALL])


def test_there_are_enough_of_every_role() -> None:
    roles = [conversation.get("role", "cittadino") for _, conversation in ALL]
    assert len(ALL) >= 60
    assert {"cittadino", "medico", "sportello"} == set(roles)


@CONVERSATIONS
def test_the_dialogue_alone(conversation: dict[str, Any], services) -> None:  # noqa: F811
    talk = DirectTalk(services, conversation.get("role", "cittadino"), NOW, "198.51.100.7")
    script.play(conversation, talk, talk.opening)


@pytest.mark.stack
@CONVERSATIONS
def test_the_whole_service(conversation: dict[str, Any], stack) -> None:
    talk = ApiTalk(stack.base_url, conversation.get("role", "cittadino"))
    try:
        script.play(conversation, talk, talk.opening)
    finally:
        talk.close()


def test_the_folder_has_its_guide() -> None:
    assert (Path(script.FOLDER) / "README.md").is_file()
