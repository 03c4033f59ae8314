"""Files that a later start needs: each is on the disk whole, or not there at all.

A crash, a full disk or a power cut between creating a file and writing it must not leave half of one: the next start
would stumble over it for ever. So a file is written beside its place, forced to the disk, and only then given its name.
``bot/files.py`` is the same for the dialogue engine, which imports nothing of ours.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

PRIVATE = 0o600


def write_whole(path: Path, content: bytes, mode: int = PRIVATE) -> None:
    """Put `content` at `path`: whoever looks, whenever the power goes, finds what was there before or all of this.

    :param mode: permissions of the file.
    :raises OSError: it could not be written; what was there before still is.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def append_line(path: Path, line: bytes) -> None:
    """Add a line to a file that only grows, forced to the disk; what a power cut left of one before stays apart.

    Who reads such a file passes over lines that make no sense.

    :raises OSError: it could not be written.
    """
    new = not path.exists()
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, PRIVATE), "rb+") as file:
        torn = file.seek(0, os.SEEK_END) > 0 and os.pread(file.fileno(), 1, file.tell() - 1) != b"\n"
        file.write((b"\n" if torn else b"") + line + b"\n")
        file.flush()
        os.fsync(file.fileno())
    if new:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Force the names in `folder` to the disk: a file whose name is lost is lost."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def made_if_needed(path: Path, make: Callable[[], bytes], usable: Callable[[bytes], bool]) -> bytes:
    """What stands at `path`; made when nothing does, made anew when it is damaged. Processes that ask at once agree.

    Only for what can be made anew without losing anything but a moment's work.

    :param make: the content of a new file.
    :param usable: whether a content found is whole.
    :raises OSError: the file can be neither read nor made.
    """
    found = _read(path)
    if found is not None and usable(found):
        return found
    with _only_one_in(path.parent):
        found = _read(path)
        if found is None or not usable(found):
            found = make()
            write_whole(path, found)
    return found


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


@contextlib.contextmanager
def _only_one_in(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
