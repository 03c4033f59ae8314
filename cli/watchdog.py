"""Finds processes that live and do nothing any more, and ends them; supervisord then starts them anew.

supervisord itself sees only processes that end. One that was stopped, or turns in a loop, keeps its port and answers
nobody: it is told by its health address, or by its beats where it has no port.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx
import psutil

from cli.supervision import PEOPLE_FIRST, Program
from settings import heartbeat
from settings.logs import get_logger

log = get_logger()

LOOK_SECONDS = 2.0
ANSWER_SECONDS = 3.0
# Longer than a busy machine makes anybody wait for a sign of life; a message waits about as long for the engine.
PATIENCE_SECONDS = 12.0
# Before its first sign a process is starting: loading a model on a busy machine takes minutes.
STARTING_SECONDS = 300.0


@dataclass
class _Watched:
    """A process: who it is, whether it ever gave a sign of life, and when it gave the last one."""

    pid: int = 0
    alive_once: bool = False
    last_sign: float = 0.0


class Watchdog(threading.Thread):
    """Looks at each process every few seconds, until told to stop."""

    def __init__(
        self,
        supervisor_pid: int,
        programs: Sequence[Program],
        tell: Callable[[str], None],
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        """
        :param supervisor_pid: whose children the processes are.
        :param programs: those to watch; one without health address and heartbeat is left alone.
        :param tell: given the name of a process that is ended.
        :param patience_seconds: how long a process that gave a sign of life before may give none.
        """
        super().__init__(name="watchdog", daemon=True)
        self._supervisor = supervisor_pid
        self._programs = [program for program in programs if program.health or program.heartbeat]
        self._tell = tell
        self._patience = patience_seconds
        self._watched = {program.name: _Watched() for program in self._programs}
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Look no more; a look under way ends without ending anybody."""
        self._stopping.set()

    def run(self) -> None:
        """Look, again and again."""
        with httpx.Client(timeout=ANSWER_SECONDS, trust_env=False) as http:
            while not self._stopping.wait(LOOK_SECONDS):
                try:
                    self._look(http)
                except psutil.Error:  # supervisord is ending
                    continue
                except Exception as error:  # whoever watches must not be the one who falls asleep
                    log.warning("watchdog could not look", error_type=type(error).__name__)

    def _look(self, http: httpx.Client) -> None:
        children = psutil.Process(self._supervisor).children()
        for program in self._programs:
            pid, watched = _pid_of(program, children), self._watched[program.name]
            if pid != watched.pid:
                watched = self._watched[program.name] = _Watched(pid or 0, last_sign=time.monotonic())
            if pid is None:
                continue  # between two lives: supervisord's business
            began = time.monotonic()
            if _gives_sign(program, http):
                watched.alive_once, watched.last_sign = True, time.monotonic()
                continue
            patience = self._patience if watched.alive_once else STARTING_SECONDS
            if began - watched.last_sign > patience and not self._stopping.is_set():
                self._tell(program.name)
                self._end(pid)
                self._watched[program.name] = _Watched()

    def _end(self, pid: int) -> None:
        """End a process and what it started; a stopped one ends of nothing less."""
        with contextlib.suppress(OSError):
            if os.getpgid(pid) == pid:  # supervisord gives each a group of its own
                os.killpg(pid, signal.SIGKILL)
            else:
                os.kill(pid, signal.SIGKILL)


def _gives_sign(program: Program, http: httpx.Client) -> bool:
    if program.health:
        try:
            http.get(program.health)  # "not ready" is an answer too
        except httpx.HTTPError:
            return False
        return True
    beat = heartbeat.last_beat(program.heartbeat) if program.heartbeat else None
    return beat is not None and time.monotonic() - beat < ANSWER_SECONDS + heartbeat.BEAT_SECONDS


def _pid_of(program: Program, children: list[psutil.Process]) -> int | None:
    """The child that runs the program's command; what ``nice`` and ``env`` put in front is gone by then."""
    command = program.command[len(PEOPLE_FIRST) :] if tuple(program.command[:3]) == PEOPLE_FIRST else program.command
    for child in children:
        with contextlib.suppress(psutil.Error):
            if child.cmdline() == command:
                return child.pid
    return None
