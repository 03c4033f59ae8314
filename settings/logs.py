"""Structured logs that cannot carry a person's words.

Events are named in English and carry identifiers, counts and durations only. What people write, their facts and their
contact data have no key on the allow-list below, so a careless ``log.info("x", text=message)`` prints ``[omesso]``.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED_KEYS = frozenset(
    """event level timestamp logger process pid case session turn message_id request_id correlation_id method route
    status duration_ms count attempt delay_s port host component state from_state to_state actor_role intent confidence
    measure edition fact facts_named verdict ruleset outbox_id referral kind error error_type where version size rows
    step reason_code job dry_run engine path_name queue url_host key_id exit_code""".split()
)


def _redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in list(event):
        if key not in ALLOWED_KEYS:
            event[key] = "[omesso]"
    return event


def _exception_without_values(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep the type of an exception and where it rose; its message may quote a person's data."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    elif isinstance(info, BaseException):
        info = (type(info), info, info.__traceback__)
    if isinstance(info, tuple) and info[0] is not None:
        event["error_type"] = info[0].__name__
        frames = []
        trace = info[2]
        while trace is not None:
            code = trace.tb_frame.f_code
            frames.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}:{code.co_name}")
            trace = trace.tb_next
        event["where"] = " < ".join(reversed(frames[-8:]))
    return event


class _StandardLibraryFilter(logging.Filter):
    """Reduce a library's record to what its author wrote: arguments and ready-made texts may quote personal data."""

    def filter(self, record: logging.LogRecord) -> bool:
        origin = f"{record.name}:{record.lineno}"
        template = str(record.msg) if record.args else ""
        failure = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        record.msg = " ".join(part for part in (origin, template, failure) if part)
        record.args = ()
        record.exc_info = None
        record.exc_text = None
        return True


def configure(process: str, level: str = "INFO") -> None:
    """Send this process's logs to standard output as JSON lines.

    :param process: name of the process, on every line.
    :param level: lowest level printed; libraries print warnings and above only.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _exception_without_values,
            _redact,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper(), logging.INFO)),
        logger_factory=structlog.PrintLoggerFactory(),  # whatever standard output is at the time
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(process=process)
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(_StandardLibraryFilter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def get_logger() -> Any:
    """A logger whose events go through the redaction above."""
    return structlog.get_logger()
