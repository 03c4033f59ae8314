"""Logs of the dialogue engine: short, and never a word that a person wrote."""

from __future__ import annotations

import logging
import sys
import warnings

import structlog

from bot import correlation

QUIET = ("sanic.access", "sanic.root", "apscheduler", "aiohttp", "matplotlib", "asyncio", "tensorflow")


class PrivateFormatter(logging.Formatter):
    """Writes level, logger and our own words; of foreign loggers only the name and the place.

    Rasa's messages quote texts, slots and events, and tracebacks quote whatever was at hand. Of both, only what cannot
    hold a person's words is kept: where it was logged and the kind of the error.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        head = f"{self.formatTime(record)} {record.levelname.lower()} {record.name}"
        ours = record.name.startswith("bot.")
        text = record.getMessage() if ours else f"{record.filename}:{record.lineno}"
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        request = f"request_id={correlation.request_id()}" if correlation.request_id() else ""
        return " ".join(filter(None, (head, text.replace("\n", " "), error, request)))


def configure(level: int = logging.WARNING) -> None:
    """Send every log line through :class:`PrivateFormatter`, and stop Rasa's structured logs and warnings."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(PrivateFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.getLogger("bot").setLevel(logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
    for name in ("sanic.root", "sanic.error", "sanic.access"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    structlog.configure(
        processors=[structlog.stdlib.render_to_log_kwargs],
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        cache_logger_on_first_use=True,
    )
    # Rasa warns about unknown intents by quoting the parse; nothing of a warning is needed in production.
    warnings.simplefilter("ignore")
    logging.captureWarnings(True)
