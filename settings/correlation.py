"""The id that names one request in the logs of every process it passes through.

The gateway makes it (header ``X-Request-Id`` of its answer), the dialogue engine hands it on, the action server logs
it. It is random and says nothing about anybody.
"""

from __future__ import annotations

import re
import secrets

import structlog

HEADER = "X-Request-Id"
_SHAPE = re.compile(r"[0-9a-f]{16}")


def new() -> str:
    """A fresh id."""
    return secrets.token_hex(8)


def accepted(value: str | None) -> str | None:
    """The id another process of ours sent, or None when it is anything else (a log line must not be forged)."""
    return value if value and _SHAPE.fullmatch(value) else None


def headers() -> dict[str, str]:
    """What to send along with a call to another process, so that its log lines can be found beside ours."""
    value = structlog.contextvars.get_contextvars().get("request_id")
    return {HEADER: value} if isinstance(value, str) else {}
