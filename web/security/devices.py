"""Browsers that were let in before: a sealed cookie that says at which doors.

What it is for: a browser that has entered an account, or opened a referral with its PIN, is counted apart from everybody
else who fails there (:mod:`cases.lockout`), so that nobody can lock its owner out. It opens nothing by itself. Only this
server reads it, and it names doors by their hash.
"""

from __future__ import annotations

import hashlib
import secrets

from starlette.requests import Request
from starlette.responses import Response

from cases.lockout import Whence
from settings.config import Settings
from web.security.network import network_of
from web.security.sealing import SealBroken, Sealer

COOKIE = "rientro_dispositivo"
_AGE_SECONDS = 180 * 24 * 3600
_PURPOSE = "device"
_MOST_DOORS = 20


def whence(request: Request, sealer: Sealer, door: str) -> Whence:
    """Where an attempt at a door comes from. ``door``: ``account:<address>`` or ``pin:<code>``, in one spelling."""
    device, doors = _read(request, sealer)
    return Whence(network_of(request), device if _name(door) in doors else None)


def remember(response: Response, request: Request, sealer: Sealer, door: str, settings: Settings) -> None:
    """This browser was let in here."""
    device, doors = _read(request, sealer)
    name = _name(door)
    doors = [*(known for known in doors if known != name), name][-_MOST_DOORS:]
    response.set_cookie(
        COOKIE,
        sealer.seal(_PURPOSE, [device or secrets.token_hex(16), doors]),
        max_age=_AGE_SECONDS,
        httponly=True,
        samesite="lax",
        secure=(settings.public_url or "").startswith("https://"),
        path="/",
    )


def _read(request: Request, sealer: Sealer) -> tuple[str | None, list[str]]:
    try:
        device, doors = sealer.open(_PURPOSE, request.cookies.get(COOKIE, ""), _AGE_SECONDS)
    except (SealBroken, ValueError, TypeError):
        return None, []
    return str(device), [str(door) for door in doors]


def _name(door: str) -> str:
    return hashlib.sha256(door.encode()).hexdigest()[:24]
