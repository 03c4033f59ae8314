"""The dialogue engine as it is served, with one thread more that tries what a test tells it to.

Reads expressions from standard input, one a line, and prints for each the error that it raised or ``allowed``. The
thread starts when the walls are up, so it stands behind them as all the others do.
"""

from __future__ import annotations

import ctypes
import os
import socket
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

from bot import serve
from bot.isolation import walls

NAMES = {
    "Path": Path,
    "ctypes": ctypes,
    "libc": ctypes.CDLL(None, use_errno=True),
    "os": os,
    "socket": socket,
    "sqlite3": sqlite3,
    "subprocess": subprocess,
}


def checked(result: int) -> int:
    """The result of a C call; its error raised as Python's."""
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def probe() -> None:
    for line in sys.stdin:
        try:
            eval(line, {**NAMES, "checked": checked})
            answer = "allowed"
        except Exception as error:
            answer = type(error).__name__
        print(f"probe: {answer}", file=sys.stderr, flush=True)


raise_walls = walls.raise_walls


def raise_walls_and_probe() -> walls.Walls:
    raised = raise_walls()
    threading.Thread(target=probe, daemon=True).start()
    return raised


walls.raise_walls = raise_walls_and_probe
sys.exit(serve.main())
