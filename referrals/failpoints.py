"""Places where a test may kill the process, to prove that nothing is lost or doubled.

``RIENTRO_FAILPOINT=<name>`` makes the process kill itself, as a power cut would, when it reaches
that place; ``<name>:<n>`` at the n-th time. Without the variable nothing happens.
"""

import os
import signal

POINTS = (
    "open.before_commit",
    "open.after_commit",
    "outbox.claimed",
    "outbox.before_send",
    "outbox.after_send",
    "outbox.before_mark_commit",
    "outbox.after_mark",
    "mailbox.before_commit",
    "mailbox.after_commit",
)

_seen: dict[str, int] = {}


def hit(name: str) -> None:
    """Die here if the environment says so."""
    wanted, _, nth = os.environ.get("RIENTRO_FAILPOINT", "").partition(":")
    if wanted == name:
        _seen[name] = _seen.get(name, 0) + 1
        if _seen[name] >= int(nth or 1):
            os.kill(os.getpid(), signal.SIGKILL)
