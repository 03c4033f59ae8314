"""The trained model outside the server: the same steps, from message and metadata to what was understood."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from bot.serve import MODEL_NAME, WHOLE_RASA_NAME, prepare_environment


class Parser:
    """Parses messages exactly as the channel does."""

    def __init__(self, model_dir: Path) -> None:
        """Load the model.

        :param model_dir: folder that `bot.train` wrote.
        """
        prepare_environment()
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        if not (model_dir / WHOLE_RASA_NAME).exists():
            from bot import without_tensorflow

            without_tensorflow.install()
        from rasa.core.agent import Agent
        from rasa.core.channels.channel import UserMessage

        from bot import private_logs
        from bot.channel import understanding

        private_logs.configure()
        self._message = UserMessage
        self._understanding = understanding
        self._agent = Agent.load(str(model_dir / MODEL_NAME))
        self._loop = asyncio.new_event_loop()

    def parse(self, text: str, metadata: dict[str, Any] | None = None) -> dict[str, Any]:
        """What the channel answers as `understood` for `text`.

        :param metadata: ``question``, ``role``, ``today``, ``result_shown``, as the gateway sends them.
        """
        message = self._message(text, metadata=metadata or {})
        return self._understanding(self._loop.run_until_complete(self._agent.processor.parse_message(message)))
