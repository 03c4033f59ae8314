"""A sign of life of a process that listens on no port: the time of its last beat, in a file mapped into memory.

A beat is a store in memory: it asks nothing of a disk that may be full or broken by then.
"""

from __future__ import annotations

import asyncio
import mmap
import struct
import time
from pathlib import Path

BEAT_SECONDS = 1.0
_FORM = struct.Struct("<d")


async def keep_beating(path: Path) -> None:
    """Beat until cancelled; what holds this event loop up holds the beats up.

    :raises OSError: the file cannot be made.
    """
    path.write_bytes(bytes(_FORM.size))
    with path.open("r+b") as file, mmap.mmap(file.fileno(), _FORM.size) as shared:
        while True:
            _FORM.pack_into(shared, 0, time.monotonic())
            await asyncio.sleep(BEAT_SECONDS)


def last_beat(path: Path) -> float | None:
    """When it beat last, on the clock of :func:`time.monotonic` that all processes share; None when it never did."""
    try:
        beat = float(_FORM.unpack(path.read_bytes())[0])
    except (OSError, struct.error):
        return None
    return beat or None
