"""How long the reading of one message may take, and a way to stop it that works inside a pattern's search too.

The clock is the processor time of this process: a busy machine makes nobody's message late. Its signal reaches the main
thread, where the engine reads; the matcher of regular expressions looks for signals while it searches, so an error
raised by the handler ends even a search that would take weeks.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import threading
from collections import OrderedDict
from collections.abc import Iterator
from types import FrameType

# An ordinary message takes some milliseconds, the worst we know of a few tens.
SECONDS = float(os.environ.get("RIENTRO_BOT_READING_SECONDS") or 0.5)
# Again and again until the reading has ended: what is raised inside a finaliser is lost.
_AGAIN_SECONDS = 0.05
_MOST_REMEMBERED = 1000


class Stopped(BaseException):
    """The reading took too long. No `Exception`: what forgives errors while it reads must not forgive this one."""


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Stop what runs inside after so many seconds of this process's time.

    Outside the main thread nothing can be stopped, and nothing is tried: only the engine's tools read there.

    :raises Stopped: when it took longer.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    running = True

    def stop(_signal: int, _frame: FrameType | None) -> None:
        if running:
            raise Stopped

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds, _AGAIN_SECONDS)
    try:
        yield
    finally:
        running = False
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


class Refused:
    """Texts whose reading had to be stopped: they are not read again. Kept as keyed hashes, in memory only."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._key = os.urandom(32)
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def add(self, text: str) -> None:
        """Never read `text` again."""
        self._known[self._hash(text)] = None
        while len(self._known) > _MOST_REMEMBERED:
            self._known.popitem(last=False)

    def __contains__(self, text: str) -> bool:
        return self._hash(text) in self._known

    def _hash(self, text: str) -> bytes:
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, digest_size=16).digest()
