"""Has the dialogue engines forget the conversations of erased cases, until all of them have."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from datetime import datetime

import httpx

from cases import forgetting
from cases.db import SessionFactory

_SECONDS = 5.0


class NotYetForgotten(Exception):
    """Some engine could not be told; it is tried again."""


def forget(factory: SessionFactory, urls: Sequence[str], token: str, now: datetime) -> int:
    """Tell every engine about every erased case that is due; how many cases all of them forgot.

    :raises NotYetForgotten: after trying all, when some remain.
    """
    waiting = forgetting.due(factory, now)
    if not waiting:
        return 0
    engines = [address for url in urls for address in _addresses(httpx.URL(url))]
    count = 0
    with httpx.Client(timeout=_SECONDS, headers={"Authorization": f"Bearer {token}"}, trust_env=False) as client:
        for case_id in waiting:
            if engines and all([_told(client, url, case_id) for url in engines]):
                forgetting.done(factory, case_id)
                count += 1
    if count < len(waiting):
        raise NotYetForgotten(f"{len(waiting) - count} conversations of {len(waiting)}")
    return count


def _told(client: httpx.Client, url: httpx.URL, case_id: str) -> bool:
    try:
        answer = client.delete(url.join(f"/webhooks/rientro/conversations/{case_id}"))
    except httpx.HTTPError:
        return False
    return answer.status_code in (200, 204, 404)


def _addresses(url: httpx.URL) -> list[httpx.URL]:
    """A name that stands for several engines counts as several, as for the gateways."""
    try:
        found = socket.getaddrinfo(url.host, url.port or 80, type=socket.SOCK_STREAM)
    except OSError:
        return [url]  # not found now: it will not answer, and is tried again
    hosts = sorted({str(entry[4][0]) for entry in found})
    return [url] if len(hosts) < 2 or url.scheme != "http" else [url.copy_with(host=host) for host in hosts]
