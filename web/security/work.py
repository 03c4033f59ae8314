"""Proof of work for a network from which very many conversations are begun: a price that a person never notices.

Only while a network is hot (:meth:`web.security.limits.RateLimits.opening`). There is no puzzle for anybody: the page's script
looks for a number by itself (``web/static/js/work.js``), a second's work for one person and much for who begins thousands.
Where no script can compute, the answer says how long to wait; then the same request passes without a number.

The task travels sealed and is good for one network, once, for five minutes.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from web.security.sealing import SealBroken, Sealer

HEADER = "X-Rientro-Work"
#: How many seconds pass before a task counts as done without a number, where it was given so.
WAIT_SECONDS = 20
LIFE_SECONDS = 300
#: Leading zero bits: 2^14 hashes are about a second on an old telephone. One more for each doubling of the flood.
_LEAST_BITS, _MOST_BITS = 14, 18
_PURPOSE = "work"


@dataclass(frozen=True)
class Done:
    """A task that was carried out. ``salt`` names it: each is accepted once. ``waited``: without a number."""

    salt: str
    waited: bool


def bits_for(excess: float) -> int:
    """How hard a task is. ``excess``: openings in this window, as a multiple of the free ones."""
    return min(_LEAST_BITS + max(int(excess).bit_length() - 1, 0), _MOST_BITS)


def task(sealer: Sealer, network: str, bits: int, may_wait: bool, now: float) -> dict[str, Any]:
    """A task for who asks from ``network``, as members of the problem document. ``now``: seconds of the clock."""
    salt = secrets.token_hex(12)
    sealed = sealer.seal(_PURPOSE, {"salt": salt, "network": network, "bits": bits, "wait": may_wait, "at": now})
    return {"task": sealed, "salt": salt, "bits": bits, "wait_seconds": WAIT_SECONDS if may_wait else None}


def check(sealer: Sealer, network: str, given: str, now: float) -> Done | None:
    """What the header's value proves; None if nothing. ``given``: ``<task>`` or ``<task>:<number>``."""
    sealed, _, number = given.partition(":")
    try:
        content = sealer.open(_PURPOSE, sealed, LIFE_SECONDS)
    except SealBroken:
        return None
    if content["network"] != network:
        return None
    if not number:
        ripe = content["wait"] and now >= content["at"] + WAIT_SECONDS
        return Done(content["salt"], True) if ripe else None
    if not (number.isascii() and number.isdigit() and len(number) <= 12):
        return None
    return Done(content["salt"], False) if solves(content["salt"], content["bits"], int(number)) else None


def solves(salt: str, bits: int, number: int) -> bool:
    """Whether a number is the one looked for: SHA-256 of ``salt:number`` begins with so many zero bits."""
    digest = hashlib.sha256(f"{salt}:{number}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> (64 - bits) == 0
