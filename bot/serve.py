"""Runs the dialogue engine: ``python -m bot.serve``.

Reads ``RIENTRO_BOT_PORT``, ``RIENTRO_BOT_DIR`` (its own files), ``RIENTRO_BOT_MODEL`` (folder of the model),
``RIENTRO_BOT_TOKEN``, ``RIENTRO_BOT_KEY_FILE`` and ``RIENTRO_ACTIONS_URL``. Listens on loopback only,
unless ``RIENTRO_BOT_HOST`` says otherwise (in a container of its own). Works
behind walls (``bot/isolation``): it reads its own files, connects to nobody but the action server, starts nothing.
"""

from __future__ import annotations

import gzip
import logging
import os
import sys
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODEL_NAME = "rientro.tar.gz"
# Stands beside a model made with another pipeline: it may need the parts of Rasa that ours leaves out, and it is served
# with Rasa's own code throughout, to be compared with ours.
WHOLE_RASA_NAME = "whole-rasa"
LOOPBACK = "127.0.0.1"


def prepare_environment() -> None:
    """Settings that Rasa reads from the environment; call before importing it."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ["SANIC_WORKERS"] = "1"
    os.environ["LOG_LEVEL"] = "WARNING"  # Rasa prints progress bars below it
    os.environ["SQLALCHEMY_SILENCE_UBER_WARNING"] = "1"
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("RIENTRO_ACTIONS_URL", "http://127.0.0.1:8001")
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    import warnings

    warnings.simplefilter("ignore")


def whole(model: Path) -> bool:
    """Whether the model's file can be read to its end: its compression carries a check sum."""
    try:
        with gzip.open(model) as file:
            size = 0
            while piece := file.read(1 << 20):
                size += len(piece)
    except (OSError, EOFError, zlib.error):
        return False
    return size > 0


def main() -> int:
    """Serve until told to stop.

    :returns: 1 when there is no model to serve.
    """
    prepare_environment()
    model = Path(os.environ["RIENTRO_BOT_MODEL"]) / MODEL_NAME
    if not model.is_file():
        print(f"no model at {model}: run `rientro train`", file=sys.stderr)
        return 1
    if not whole(model):
        # Rasa would stay up without a model; ending lets the supervisor try again until the file is mended.
        print(f"the model at {model} is damaged: run `rientro train`", file=sys.stderr)
        return 1
    from bot.isolation import walls

    confined = walls.raise_walls()  # before Rasa and its libraries are loaded: they must never run outside
    stock = (model.parent / WHOLE_RASA_NAME).exists()
    if not stock:
        from bot import without_tensorflow

        without_tensorflow.install()
    import rasa.core.run
    from rasa.core.utils import AvailableEndpoints

    from bot import (
        action_answers,
        actions_endpoint,
        event_types,
        graph_runner,
        private_logs,
        processor,
        rules_by_intent,
        tracker_trimming,
    )

    processor.install()
    if stock:
        tracker_trimming.keep_all()
    else:
        for quicker in (action_answers, event_types, graph_runner, rules_by_intent):
            quicker.install()
    private_logs.configure()
    rasa.utils.common.update_sanic_log_level = lambda *args, **kwargs: None  # keeps our log handlers in place
    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    endpoints.action = actions_endpoint.KeptOpen.like(endpoints.action)
    endpoints.action.broker = confined.broker
    logging.getLogger("bot.isolation").info("confined: files %s, calls %s", confined.files, confined.calls)
    rasa.core.run.serve_application(
        model_path=str(model),
        interface=os.environ.get("RIENTRO_BOT_HOST", LOOPBACK),
        port=int(os.environ["RIENTRO_BOT_PORT"]),
        credentials=str(ROOT / "credentials.yml"),
        endpoints=endpoints,
        enable_api=False,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
