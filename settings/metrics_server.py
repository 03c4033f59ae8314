"""Serving figures to Prometheus, the same way in every process."""

from __future__ import annotations

import math
from collections.abc import Callable

from prometheus_client import CollectorRegistry, start_http_server

from settings.logs import get_logger

log = get_logger()


def listen(registry: CollectorRegistry, port: int, host: str = "127.0.0.1") -> None:
    """Serve ``/metrics``; a busy port costs the figures, not the service.

    :param host: loopback, or an address that only the network of the operators reaches.
    """
    try:
        start_http_server(port, addr=host, registry=registry)
    except OSError as error:
        log.warning("metrics not served", port=port, error_type=type(error).__name__)


def or_nan(read: Callable[[], float]) -> Callable[[], float]:
    """The same reading; not a number, instead of an error, while what it reads is away."""

    def reading() -> float:
        try:
            return float(read())
        except Exception:
            return math.nan

    return reading
