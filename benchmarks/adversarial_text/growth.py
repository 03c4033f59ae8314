"""How the time of a reading grows with the length of what is read. Ratios only: a loaded machine changes them little."""

from __future__ import annotations

import contextlib
import math
import re
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from benchmarks.adversarial_text.pumps import Pump, pumps

SHORT, LONG = 1_000, 4_000
# Time that grows with the length's power: 1 is linear, 2 quadratic. Linear with a fixed part measures below 1.
STEEP = 1.5
_QUICK = 4e-4  # seconds for LONG characters: nothing that grows like a square stays below
_LIMIT = 1.0  # seconds of this process: what takes longer has no reasonable growth


class Stopped(Exception):
    """The reading took too long and was stopped."""


class Growth(NamedTuple):
    """The worst text for a pattern: seconds for the short and the long one, and the power of growth."""

    pump: Pump
    short: float
    long: float
    power: float


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Stop what runs inside after so much time of this process.

    :raises Stopped: when it had to be stopped.
    """

    def stop(*_: Any) -> None:
        raise Stopped

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def seconds(read: Callable[[str], Any], text: str, rounds: int = 1) -> float:
    """The shortest of some rounds of ``read(text)`` of this thread; infinite when it must be stopped."""
    best = math.inf
    for _ in range(rounds):
        began = time.thread_time()
        try:
            with limited(_LIMIT):
                read(text)
        except Stopped:
            return math.inf
        best = min(best, time.thread_time() - began)
    return best


def power(read: Callable[[str], Any], short_text: str, long_text: str, rounds: int = 3) -> tuple[float, float, float]:
    """Seconds for both texts and the power with which they grow."""
    short = seconds(read, short_text, rounds)
    long = seconds(read, long_text, rounds) if short < math.inf else math.inf
    if long == math.inf:
        return short, long, math.inf
    return short, long, math.log(max(long, 2e-5) / max(short, 2e-5)) / math.log(len(long_text) / len(short_text))


def all_matches(pattern: re.Pattern[str]) -> Callable[[str], None]:
    """The hardest use of `pattern`: at every place of the text."""

    def read(text: str) -> None:
        for _ in pattern.finditer(text):
            pass

    return read


def of_pattern(pattern: re.Pattern[str]) -> Growth | None:
    """A growth of `pattern` that is steeper than linear over the texts made from it, None when there is none."""
    read = all_matches(pattern)
    for pump in pumps(pattern):
        if seconds(read, pump.text(250)) == math.inf:
            return Growth(pump, math.inf, math.inf, math.inf)
        if seconds(read, pump.text(LONG)) < _QUICK:
            continue
        for rounds in (3, 10, 20):  # with more care each time: another process may have taken the caches away
            measured = Growth(pump, *power(read, pump.text(SHORT), pump.text(LONG), rounds))
            if measured.power <= STEEP:
                break
            if measured.power == math.inf:
                return measured
        else:
            return measured
    return None
