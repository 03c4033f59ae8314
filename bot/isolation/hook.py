"""The wall of last resort, where the kernel keeps none: Python's audit hook.

It stops Python code, Rasa's and its libraries', from opening files, connecting and starting programs. It cannot stop
machine code that an attacker brought into the process: for that there are ``kernel.py`` and, in a cluster, the network
policy.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from bot.isolation.allowed_access import AllowedAccess

_READING = frozenset({"open", "os.listdir", "os.scandir", "sqlite3.connect"})
_CHANGING = frozenset({"os.remove", "os.rmdir", "os.mkdir", "os.rename", "os.link", "os.symlink", "os.truncate"})
_FORBIDDEN = frozenset(
    {
        "socket.connect",
        "socket.sendto",
        "socket.getaddrinfo",
        "subprocess.Popen",
        "os.system",
        "os.exec",
        "os.posix_spawn",
        "os.fork",
        "os.forkpty",
    }
)
_WRITE_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_NUMERIC = frozenset({"127.0.0.1", "::1", "0.0.0.0", "::"})


def confine(allowed: AllowedAccess, files: bool = True, calls: bool = True) -> None:
    """Install the hook; it stays for the life of the process.

    :param files: whether to watch over files.
    :param calls: whether to watch over connections and programs.
    """
    reads = tuple(map(str, (*allowed.reads, *allowed.writes)))
    writes = tuple(map(str, allowed.writes))

    def inside(path: Any, folders: tuple[str, ...]) -> bool:
        real = os.path.realpath(os.fsdecode(path))
        return any(real == folder or real.startswith(folder.rstrip("/") + "/") for folder in folders)

    def named(path: Any) -> bool:
        return isinstance(path, (str, bytes, os.PathLike)) and path not in ("", b"", ":memory:")

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if files and event in _READING and arguments and named(arguments[0]):
            writing = event == "open" and bool((arguments[2] or 0) & _WRITE_FLAGS)
            if not inside(arguments[0], writes if writing else reads):
                raise PermissionError(f"the dialogue engine may not open {Path(os.fsdecode(arguments[0])).name!r}")
        elif files and event in _CHANGING:
            if not all(inside(path, writes) for path in arguments[:2] if named(path)):
                raise PermissionError(f"the dialogue engine may not call {event} there")
        elif calls and event == "socket.getaddrinfo" and arguments[0] in _NUMERIC:
            return
        elif calls and event in _FORBIDDEN:
            raise PermissionError(f"the dialogue engine may not call {event}")
        elif calls and event == "socket.bind" and arguments[1][1] != allowed.port:
            raise PermissionError("the dialogue engine may not listen there")

    # Names relative to an open folder say nothing of where they are; without them shutil uses whole paths.
    shutil._use_fd_functions = False  # type: ignore[attr-defined]
    sys.addaudithook(watch)
