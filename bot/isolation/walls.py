"""Puts the walls up, as high as this machine allows."""

from __future__ import annotations

import os
from dataclasses import dataclass

from bot.isolation import allowed_access, broker, hook, kernel


class CannotConfine(RuntimeError):
    """``RIENTRO_BOT_CONFINEMENT=required``, and the kernel lacks Landlock with ports, or libseccomp is missing."""


@dataclass(frozen=True)
class Walls:
    """:ivar broker: the only way to the action server.

    :ivar files: who guards files and ports: ``landlock`` or ``hook``.
    :ivar calls: who guards connections and programs: ``seccomp`` or ``hook``.
    """

    broker: broker.Broker
    files: str
    calls: str


def raise_walls() -> Walls:
    """Confine this process for good. Call it before any import that starts threads.

    ``RIENTRO_BOT_CONFINEMENT``: ``available`` (default) takes what the machine has, ``required`` refuses to run on
    less than the kernel's own walls, ``hook`` leaves the kernel out (for machines where it interferes).

    :raises CannotConfine: see ``required``.
    """
    wanted = os.environ.get("RIENTRO_BOT_CONFINEMENT", "available")
    allowed_access.scrub_environment()
    limits = allowed_access.of_this_engine()
    way_out = broker.start(os.environ["RIENTRO_ACTIONS_URL"])
    by_kernel = wanted != "hook"
    kernel.load_libraries()  # they look for their C libraries by starting a program
    calls = by_kernel and kernel.confine_calls()
    files = by_kernel and kernel.confine_files_and_ports(limits)
    if wanted == "required" and not (files and calls):
        raise CannotConfine("this machine offers no Landlock with ports (Linux 6.7) or no libseccomp")
    if not (files and calls):
        hook.confine(limits, files=not files, calls=not calls)
    return Walls(way_out, "landlock" if files else "hook", "seccomp" if calls else "hook")
