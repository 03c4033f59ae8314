"""The file that a backup is: a tar in pieces, encrypted by age for somebody whose key is not on this machine.

Everything passes through in pieces, so a database of any size takes the same memory. Inside are ``manifest.json``, then
each part as ``name/000000``, ``name/000001`` ..., then ``end.json`` with the length and SHA-256 of each part: a copy that
was cut short is noticed. With the secret key at hand, ``age --decrypt -i KEY FILE | tar x`` and ``cat name/*`` open it
without any program of ours. The format of age: https://age-encryption.org/v1.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import tarfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pyrage

from settings import files

FORMAT = 2
PIECE = 4 << 20
_READ = 1 << 20
_BLOCK = 512
_MANIFEST, _END = "manifest.json", "end.json"
_AGE = b"age-encryption.org/"

Sink = Callable[[bytes], object]


class ArchiveError(Exception):
    """Why an archive cannot be written or read, in words for the person at the terminal."""


def recipients(words: str) -> list[pyrage.x25519.Recipient]:
    """Public keys (``age1...``) from a list with commas or spaces.

    :raises ArchiveError: one of them is none.
    """
    try:
        return [pyrage.x25519.Recipient.from_str(word) for word in words.replace(",", " ").split()]
    except pyrage.RecipientError as error:
        raise ArchiveError(
            "RIENTRO_BACKUP_RECIPIENTS vuole chiavi pubbliche che cominciano con age1, come le scrive "
            "`rientro backup keypair`."
        ) from error


def identities(path: Path) -> list[pyrage.x25519.Identity]:
    """Secret keys from a file as ``age-keygen`` writes it: one a line, comments after ``#``.

    :raises ArchiveError: there is none in it.
    """
    lines = [line.strip() for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
    try:
        found = [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except pyrage.IdentityError as error:
        raise ArchiveError(
            f"{path} non contiene una chiave segreta (una riga che comincia con AGE-SECRET-KEY-1)."
        ) from error
    if not found:
        raise ArchiveError(f"{path} non contiene una chiave segreta (una riga che comincia con AGE-SECRET-KEY-1).")
    return found


def write(
    target: Path,
    manifest: dict[str, Any],
    parts: Iterable[tuple[str, Iterable[bytes]]],
    public: list[pyrage.x25519.Recipient],
) -> Path:
    """Write an archive; it gets its name when all of it is on the disk.

    :param parts: name and content of each, read as the archive is written.
    :param public: who can open it; nobody: it is not encrypted.
    :raises OSError: it cannot be written.
    """
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            stream = _tar(manifest | {"format": FORMAT}, parts)
            if public:
                pyrage.encrypt_io(_Reader(stream), file, public)
            else:
                for piece in stream:
                    file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
    files.sync_folder(target.absolute().parent)
    return target


def read(
    source: Path, secret: list[pyrage.x25519.Identity], part: Callable[[dict[str, Any], str], Sink]
) -> dict[str, Any]:
    """Read an archive to its end, handing each part over as it comes.

    :param secret: who opens it; nobody, for one that is not encrypted.
    :param part: called at the beginning of each part with manifest and name; returns what takes its pieces.
    :returns: the manifest.
    :raises ArchiveError: not one of ours, damaged, cut short, or for another key.
    """
    unpacked = _Unpacker(source, part)
    try:
        with source.open("rb") as file:
            encrypted = file.read(len(_AGE)) == _AGE
            file.seek(0)
            if encrypted:
                if not secret:
                    raise ArchiveError(f"{source} è cifrata: indichi con --identity la chiave segreta che la apre.")
                pyrage.decrypt_io(file, unpacked, secret)
            else:
                while piece := file.read(_READ):
                    unpacked.write(piece)
    except pyrage.DecryptError as error:
        raise ArchiveError(f"{source} non si apre con questa chiave segreta, o è rovinata.") from error
    except (OSError, tarfile.TarError, ValueError, KeyError, TypeError) as error:
        if unpacked.trouble is not None:  # of whoever takes the parts: not the archive's fault
            raise unpacked.trouble from None
        raise ArchiveError(f"{source} non è una copia fatta da rientro backup, o è rovinata.") from error
    return unpacked.finished()


def read_pieces(file: BinaryIO) -> Iterator[bytes]:
    """A file's content piece by piece."""
    while piece := file.read(_READ):
        yield piece


def _tar(manifest: dict[str, Any], parts: Iterable[tuple[str, Iterable[bytes]]]) -> Iterator[bytes]:
    yield from _member(_MANIFEST, json.dumps(manifest).encode())
    sums: dict[str, dict[str, Any]] = {}
    for name, content in parts:
        digest, size, number = hashlib.sha256(), 0, 0
        for piece in _in_pieces(content):
            digest.update(piece)
            size += len(piece)
            yield from _member(f"{name}/{number:06}", piece)
            number += 1
        if not number:
            yield from _member(f"{name}/{0:06}", b"")
        sums[name] = {"bytes": size, "sha256": digest.hexdigest()}
    yield from _member(_END, json.dumps(sums).encode())
    yield bytes(2 * _BLOCK)


def _in_pieces(content: Iterable[bytes]) -> Iterator[bytes]:
    waiting = bytearray()
    for some in content:
        waiting += some
        while len(waiting) >= PIECE:
            yield bytes(waiting[:PIECE])
            del waiting[:PIECE]
    if waiting:
        yield bytes(waiting)


def _member(name: str, content: bytes) -> Iterator[bytes]:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o600
    yield entry.tobuf()
    yield content
    yield bytes(-len(content) % _BLOCK)


class _Reader:
    """What age reads from: the pieces of a stream, as many bytes as asked for."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._now, self._at = pieces, b"", 0

    def read(self, count: int = -1) -> bytes:
        """Up to ``count`` bytes; none at the end."""
        while self._at == len(self._now):
            following = next(self._pieces, None)
            if following is None:
                return b""
            self._now, self._at = following, 0
        end = len(self._now) if count < 0 else min(len(self._now), self._at + count)
        found = self._now[self._at : end]
        self._at = end
        return found


class _Unpacker:
    """What age writes into: takes the tar apart member by member."""

    def __init__(self, source: Path, part: Callable[[dict[str, Any], str], Sink]) -> None:
        self._source, self._part = source, part
        self._waiting = bytearray()
        self._entry: tarfile.TarInfo | None = None
        self._manifest: dict[str, Any] | None = None
        self._end: dict[str, dict[str, Any]] | None = None
        self._name, self._sink = "", _nowhere
        self._sums: dict[str, tuple[int, Any]] = {}
        self.trouble: Exception | None = None

    def write(self, piece: bytes) -> int:
        """Take some more of the tar."""
        self._waiting += piece
        while self._end is None and self._step():
            pass
        if self._end is not None:
            self._waiting.clear()
        return len(piece)

    def flush(self) -> None:
        """Nothing is held back on purpose."""

    def finished(self) -> dict[str, Any]:
        """The manifest, once everything is known to be there."""
        sums = {name: {"bytes": size, "sha256": digest.hexdigest()} for name, (size, digest) in self._sums.items()}
        if self._manifest is None or self._end != sums:
            raise ArchiveError(f"{self._source} è incompleta o rovinata: la copia fu interrotta, o il file è cambiato.")
        return self._manifest

    def _step(self) -> bool:
        if self._entry is None:
            if len(self._waiting) < _BLOCK:
                return False
            self._entry = tarfile.TarInfo.frombuf(bytes(self._waiting[:_BLOCK]), "utf-8", "strict")
            if not 0 <= self._entry.size <= 2 * PIECE:
                raise ValueError("not one of our members")
            del self._waiting[:_BLOCK]
        size = self._entry.size
        padded = size + -size % _BLOCK
        if len(self._waiting) < padded:
            return False
        content, name = bytes(self._waiting[:size]), self._entry.name
        del self._waiting[:padded]
        self._entry = None
        self._take(name, content)
        return True

    def _take(self, name: str, content: bytes) -> None:
        if self._manifest is None:
            manifest = json.loads(content) if name == _MANIFEST else {}
            if manifest.get("format") != FORMAT:
                raise ArchiveError(f"{self._source} è di un formato che questa versione non conosce.")
            self._manifest = manifest
        elif name == _END:
            self._end = json.loads(content)
        else:
            of, _, _number = name.rpartition("/")
            if not of or "/" in of or of.startswith("."):
                raise ValueError("not one of our members")
            if of != self._name:
                self._name, self._sink = of, self._guarded(lambda: self._part(self._manifest or {}, of))
                self._sums[of] = (0, hashlib.sha256())
            size, digest = self._sums[of]
            digest.update(content)
            self._sums[of] = (size + len(content), digest)
            self._guarded(lambda: self._sink(content))

    def _guarded(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except Exception as error:
            self.trouble = error
            raise


def _nowhere(_piece: bytes) -> None:
    raise ValueError("a piece of no part")
