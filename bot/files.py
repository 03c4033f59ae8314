"""Files that a later start needs, as in ``settings/files.py``: each is on the disk whole, or not there at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` at `path`, for its owner only: whole, or what was there before.

    :raises OSError: it could not be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        move_whole(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def move_whole(made: Path, path: Path) -> None:
    """Give a finished file its name, once its content is on the disk.

    :raises OSError: it could not be forced to the disk or moved.
    """
    _sync(made, os.O_RDONLY)
    os.replace(made, path)
    _sync(path.parent, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
