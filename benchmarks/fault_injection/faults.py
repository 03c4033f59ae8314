"""What we break. Each fault is done to a running service for some seconds, and ends with the service mended."""

from __future__ import annotations

import os
import random
import resource
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from benchmarks.fault_injection.service import Service
from cli.watchdog import LOOK_SECONDS
from settings import heartbeat

PROCESSES = ("web", "actions", "bot", "worker")
HOUR = 3600
_REPLACED_SECONDS = 60
_STAYING = {".key", ".sqlite", ".db", ".conf"}
_BEFORE_WRITTEN_SECONDS = 6
_LONGEST_START_SECONDS = 120
Strike = Callable[[Service, float, random.Random], int]


@dataclass(frozen=True)
class Fault:
    """One kind of fault.

    :ivar strike: does it for some seconds and mends it; returns how often it struck.
    :ivar shared: needs PostgreSQL and Redis of our own instead of embedded defaults.
    :ivar fresh: begins with an empty data folder, before anything was started.
    :ivar needs: what it cannot do without, a key of :attr:`Service.missing`.
    """

    name: str
    what: str
    strike: Strike
    shared: bool = False
    fresh: bool = False
    needs: str | None = None

    def why_not(self, service: Service) -> str | None:
        """Why it cannot be injected on this machine."""
        return service.missing.get(self.needs) if self.needs else None


def _kill(*names: str) -> Strike:
    def strike(service: Service, seconds: float, chance: random.Random) -> int:
        end, count = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            time.sleep(chance.uniform(0.5, 4))
            assert service.stack is not None
            service.stack.kill(chance.choice(names))
            count += 1
        return count

    return strike


def _wait_for_sign(service: Service, name: str) -> None:
    """A process that has not begun to work yet may take its time: it is stopped once it works."""
    service.wait_ready()
    beats, deadline = service.data_dir / "run" / "worker.beat", time.monotonic() + 2 * _REPLACED_SECONDS
    while name == "worker" and time.monotonic() - (heartbeat.last_beat(beats) or 0) > 2 * heartbeat.BEAT_SECONDS:
        if time.monotonic() > deadline:
            raise TimeoutError("the worker does not begin to work")
        time.sleep(0.5)
    time.sleep(2 * LOOK_SECONDS)  # the watchdog has seen it by then


def _hang(*names: str) -> Strike:
    """Stop a process as a debugger would: it lives, keeps its ports, and answers nobody."""

    def strike(service: Service, seconds: float, chance: random.Random) -> int:
        end, count = time.monotonic() + seconds, 0
        while time.monotonic() < end or not count:
            assert service.stack is not None
            name = chance.choice(names)
            _wait_for_sign(service, name)
            hung = service.stack.pids(name)
            for pid in hung:
                os.kill(pid, signal.SIGSTOP)
            deadline = time.monotonic() + _REPLACED_SECONDS
            while set(hung) & set(service.stack.pids(name)):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{name} hangs and was not replaced in {_REPLACED_SECONDS} s")
                time.sleep(0.5)
            service.wait_ready()
            count += 1
        return count

    return strike


def _full_disk(service: Service, seconds: float, _chance: random.Random) -> int:
    if not service.disk.mounted:
        return _no_more_space(service, seconds)
    filler = service.disk.fill()
    time.sleep(seconds)
    filler.unlink()
    return 1


def _no_more_space(service: Service, seconds: float) -> int:
    """Without a disk of our own: no file of the processes may grow beyond what the largest one is."""
    assert service.stack is not None
    largest = max((path.stat().st_size for path in service.data_dir.rglob("*") if path.is_file()), default=0)
    processes = [psutil.Process(pid) for name in ("web", "actions", "worker") for pid in service.stack.pids(name)]
    for process in processes:
        process.rlimit(resource.RLIMIT_FSIZE, (min(largest, 65536), resource.RLIM_INFINITY))
    time.sleep(seconds)
    for process in processes:
        if process.is_running():
            process.rlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    return 1


def _read_only_disk(service: Service, seconds: float, _chance: random.Random) -> int:
    service.disk.break_down()
    time.sleep(seconds)
    service.stop()
    service.disk.repair()
    service.start()
    return 1


def _first_seconds(service: Service, seconds: float, chance: random.Random) -> int:
    """The power goes a few seconds after each file of a first start came to be, before the system wrote it out by itself."""
    struck: set[str] = set()
    end, count = time.monotonic() + seconds, 0
    service.launch()
    while _new_file_appears(service, struck) or time.monotonic() < end:
        time.sleep(chance.uniform(0, _BEFORE_WRITTEN_SECONDS))
        struck |= _files(service)
        service.lose_power()
        service.launch()
        count += 1
    service.wait_started()
    return count


def _new_file_appears(service: Service, known: set[str]) -> bool:
    """Wait until one does; False when the start is over, or fails, without one."""
    deadline = time.monotonic() + _LONGEST_START_SECONDS
    while time.monotonic() < deadline and service.runs() and not _files(service) - known:
        try:
            service.wait_ready(0.2)
        except TimeoutError:
            continue
        break
    return bool(_files(service) - known)


def _files(service: Service) -> set[str]:
    """Names of what a start leaves behind; logs and write-ahead files come and go."""
    return {
        str(path.relative_to(service.data_dir))
        for path in service.data_dir.rglob("*")
        if path.suffix in _STAYING or path.parent.name == "keys"
    }


def _database_restarts(service: Service, seconds: float, chance: random.Random) -> int:
    assert service.postgres is not None
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        service.postgres.crash()
        time.sleep(chance.uniform(0.5, 3))
        service.postgres.start()
        time.sleep(chance.uniform(2, 5))
        count += 1
    return count


def _redis_gone(service: Service, seconds: float, _chance: random.Random) -> int:
    assert service.redis is not None
    service.redis.crash()
    time.sleep(seconds)
    service.redis.start()
    return 1


def _mail_server_down(service: Service, seconds: float, _chance: random.Random) -> int:
    """Hours without a mail server: the clock runs, the tries fail, then it is back."""
    service.mail.stop()
    steps = (0.1, 0.5, 1, 3, 6) if service.clock else (0,)
    for hours in steps:
        time.sleep(seconds / len(steps))
        if service.clock:
            service.clock.move(int(hours * HOUR))
    service.mail.start()
    return 1


def _clock_jumps(service: Service, seconds: float, _chance: random.Random) -> int:
    assert service.clock is not None
    jumps = (6 * HOUR, -2 * HOUR, 90, -HOUR)
    for jump in jumps:
        service.clock.move(jump)
        time.sleep(seconds / len(jumps))
    return len(jumps)


def _slow_network(service: Service, seconds: float, _chance: random.Random) -> int:
    for delay in (0.4, 1.5, 6):  # the last is longer than the gateway waits, there and back
        service.proxy.delay = delay
        time.sleep(seconds / 4)
    service.proxy.delay = 0
    service.proxy.cut(True)
    time.sleep(seconds / 4)
    service.proxy.cut(False)
    return 4


def _corrupted_model(service: Service, seconds: float, _chance: random.Random) -> int:
    """The model's file is damaged and the engine restarts: it cannot, until the file is put back."""
    assert service.stack is not None
    model = next(service.model_dir.glob("*.tar.gz"))
    whole = model.read_bytes()
    middle = len(whole) // 2
    model.write_bytes(
        whole[:middle] + bytes(255 - byte for byte in whole[middle : middle + 4096]) + whole[middle + 4096 :]
    )
    service.stack.kill("bot")
    time.sleep(seconds)
    model.write_bytes(whole)
    return 1


FAULTS = (
    *(Fault(f"kill_{name}", f"kill -9 of {name} at random", _kill(name)) for name in PROCESSES),
    Fault("kill_any", "kill -9 of any process at random", _kill(*PROCESSES)),
    *(Fault(f"hang_{name}", f"{name} lives and does nothing any more", _hang(name)) for name in PROCESSES),
    Fault("full_disk", "no space left where the data are", _full_disk),
    Fault("read_only_disk", "the disk fails and turns read-only, open files too", _read_only_disk, needs="disk"),
    Fault(
        "first_seconds",
        "the power goes in the first seconds of a first start, after each new file",
        _first_seconds,
        fresh=True,
    ),
    Fault("mail_down", "no mail server for hours (the clock is moved)", _mail_server_down),
    Fault("clock_jumps", "the wall clock jumps forward and back", _clock_jumps, needs="clock"),
    Fault("slow_network", "the network to the engine is slow, slower than we wait, cut", _slow_network),
    Fault(
        "corrupted_model",
        "the model's file is damaged and the engine restarts, until the file is put back",
        _corrupted_model,
    ),
    Fault("database_restarts", "PostgreSQL crashes and comes back", _database_restarts, shared=True, needs="postgres"),
    Fault("redis_gone", "Redis is killed, and comes back empty", _redis_gone, shared=True, needs="redis"),
    Fault("kill_any_shared", "kill -9 of any process, on PostgreSQL and Redis", _kill(*PROCESSES), shared=True),
)
