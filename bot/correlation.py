"""The id that names one request in the logs of all processes: the gateway sends it, the action server gets it from us."""

from __future__ import annotations

import re
from contextvars import ContextVar

HEADER = "X-Request-Id"
TRACE_HEADER = "traceparent"  # W3C Trace Context: handed on, so that a trace does not end at the engine
_SHAPES = {HEADER: re.compile(r"[0-9a-f]{16}"), TRACE_HEADER: re.compile(r"[0-9a-f]{2}(-[0-9a-f]{2,32}){3}")}
_received: ContextVar[dict[str, str] | None] = ContextVar("received", default=None)


def receive(headers: object) -> None:
    """Note what came with a request; anything that is not of the expected shape is dropped.

    :param headers: the request's headers, any mapping with ``get``.
    """
    found = {name: headers.get(name) for name in _SHAPES}  # type: ignore[attr-defined]
    _received.set({name: value for name, value in found.items() if value and _SHAPES[name].fullmatch(value)})


def headers() -> dict[str, str]:
    """What to send along with a call made for the current request."""
    return dict(_received.get() or {})


def request_id() -> str:
    """The id of the current request, empty when there is none."""
    return headers().get(HEADER, "")
