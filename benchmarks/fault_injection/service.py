"""The running service and what it stands on: its disk, its network, its servers, its clock."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.fault_injection.proxy import Proxy
from benchmarks.fault_injection.servers import Mail, Missing, Postgres, Redis, free_port
from tests.stack import ROOT, Stack, end_all, launch, stop, wait_started

DISK_MB = 96
_PRELOAD = Path(__file__).with_name("clock_shift.c")


class Disk:
    """A small file system of its own for the data, if this machine lets us mount one; else a plain folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "disco"
        self.path.mkdir()
        self._image = folder / "disco.img"
        self.mounted = False
        if os.geteuid() == 0 and shutil.which("mkfs.ext4"):
            with self._image.open("wb") as file:
                file.truncate(DISK_MB << 20)
            with contextlib.suppress(subprocess.CalledProcessError):
                self._run("mkfs.ext4", "-q", "-m", "0", str(self._image))
                self.mount()
                self.mounted = True

    def mount(self) -> None:
        """Mount it. An error makes the kernel turn it read-only, as most machines are set."""
        self._run("mount", "-o", "loop,errors=remount-ro", str(self._image), str(self.path))

    def break_down(self) -> None:
        """What the kernel does when a disk fails: read-only from now on, open files too."""
        self._run("mount", "-o", "remount,abort", str(self.path))

    def repair(self) -> None:
        """Unmount, check, mount; nobody may be using it."""
        self._run("umount", str(self.path))
        subprocess.run(["e2fsck", "-fy", str(self._image)], capture_output=True, check=False)
        self.mount()

    def fill(self) -> Path:
        """Take all the space there is; remove the returned file to give it back."""
        path = self.path / "riempimento"
        with path.open("wb") as file, contextlib.suppress(OSError):
            while True:
                file.write(b"\0" * 65536)
                file.flush()
        with path.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"\0")
        return path

    def close(self) -> None:
        """Unmount."""
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.path)], capture_output=True, check=False)

    @staticmethod
    def _run(*command: str) -> None:
        subprocess.run(command, check=True, capture_output=True)


class Clock:
    """The wall clock of the service's processes, moved by a library preloaded into them."""

    def __init__(self, folder: Path) -> None:
        """:raises Missing: there is no C compiler."""
        self._file, self.library = folder / "orologio", folder / "clock_shift.so"
        self.set(0)
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            raise Missing("no C compiler (Debian: apt install gcc libc6-dev)")
        build = [compiler, "-shared", "-fPIC", "-O2", "-o", str(self.library), str(_PRELOAD), "-ldl"]
        subprocess.run(build, check=True, capture_output=True)

    def set(self, seconds: int) -> None:
        """How far the service's clock is from ours."""
        self.shift = seconds
        mode = "r+b" if self._file.exists() else "wb"
        with self._file.open(mode) as file:
            file.write(seconds.to_bytes(8, "little", signed=True))

    def move(self, seconds: int) -> None:
        """Put it forward (or back)."""
        self.set(self.shift + seconds)

    def environment(self) -> dict[str, str]:
        """What preloads it."""
        return {"LD_PRELOAD": str(self.library), "CLOCK_SHIFT_FILE": str(self._file)}


@dataclass
class Service:
    """The service, on servers of its own or on embedded defaults.

    :ivar missing: why something could not be prepared, by ``clock``, ``disk``, ``postgresql``, ``redis``.
    """

    folder: Path
    shared: bool
    missing: dict[str, str] = field(default_factory=dict)
    clock: Clock | None = None
    postgres: Postgres | None = None
    redis: Redis | None = None
    stack: Stack | None = None

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self.folder.chmod(0o755)
        self.disk, self.mail, self.proxy = Disk(self.folder), Mail(), Proxy()
        self.proxy.target = free_port()
        # Next to the folder: services made for the same run train once.
        self.model_dir = self.folder.parent / "modello"
        if (ROOT / ".rientro" / "model").exists() and not self.model_dir.exists():
            shutil.copytree(ROOT / ".rientro" / "model", self.model_dir)
        if not self.disk.mounted:
            self.missing["disk"] = "mounting a file system needs root and mkfs.ext4"
        try:
            self.clock = Clock(self.folder)
        except (Missing, subprocess.CalledProcessError) as reason:
            self.missing["clock"] = str(reason)
        if self.shared:
            for name, make in (("postgres", Postgres), ("redis", Redis)):
                try:
                    setattr(self, name, make())
                except Missing as reason:
                    self.missing[name] = str(reason)

    @property
    def data_dir(self) -> Path:
        """The data folder."""
        return self.disk.path / "dati"

    @property
    def database_url(self) -> str:
        """SQLAlchemy URL of the service's database."""
        return self.postgres.url if self.postgres else f"sqlite:///{self.data_dir / 'rientro.db'}"

    def base_url(self) -> str:
        """Where it answers now (or answered last)."""
        return self.stack.base_url if self.stack else "http://127.0.0.1:9"

    def launch(self) -> None:
        """Start it and wait for nothing."""
        environment = {
            "RIENTRO_MODEL_DIR": str(self.model_dir),
            "RIENTRO_BOT_PORT": str(self.proxy.target),
            "RIENTRO_BOT_URL": f"http://127.0.0.1:{self.proxy.port}",
            "RIENTRO_SMTP_HOST": "127.0.0.1",
            "RIENTRO_SMTP_PORT": str(self.mail.port),
            "RIENTRO_SMTP_STARTTLS": "false",
        }
        if self.postgres:
            environment["RIENTRO_DATABASE_URL"] = self.postgres.url
        if self.redis:
            environment["RIENTRO_REDIS_URL"] = self.redis.url
        if self.clock:
            environment |= self.clock.environment()
        self.stack = launch(self.data_dir, environment)

    def start(self) -> None:
        """Start it and wait until every part answers.

        :raises RuntimeError: it does not.
        """
        self.launch()
        self.wait_started()

    def wait_started(self) -> None:
        """Wait until what was launched answers.

        :raises RuntimeError: it does not.
        """
        assert self.stack is not None
        wait_started(self.stack)

    def stop(self) -> None:
        """Stop it as Ctrl-C does."""
        if self.stack is not None:
            stop(self.stack.process)

    def lose_power(self) -> None:
        """End every process at once and lose what is not on the disk yet (where the disk is our own)."""
        if self.disk.mounted:
            self.disk.break_down()
        if self.stack is not None:
            end_all(self.stack.process.pid)
            self.stack.process.wait()
        if self.disk.mounted:
            self.disk.repair()

    def begin_anew(self) -> None:
        """An empty data folder, as before a first start; nothing runs."""
        self.stop()
        shutil.rmtree(self.data_dir, ignore_errors=True)

    def mend(self) -> None:
        """Bring it back whatever happened: one fault's harm must not count as the next one's.

        :raises RuntimeError: it does not start even with an empty data folder.
        """
        with contextlib.suppress(TimeoutError):
            self.wait_ready(60)
            return
        self.lose_power()
        try:
            self.start()
        except RuntimeError:
            self.begin_anew()
            self.start()

    def runs(self) -> bool:
        """Whether it was launched and has not ended by itself."""
        return self.stack is not None and self.stack.process.poll() is None

    def wait_ready(self, seconds: float = 120) -> float:
        """Wait until every part answers again; how long it took.

        :raises TimeoutError: it does not.
        """
        began = time.monotonic()
        assert self.stack is not None
        self.stack.wait_ready(seconds)
        return time.monotonic() - began

    def close(self) -> None:
        """Stop everything that was started."""
        self.stop()
        self.mail.stop()
        self.proxy.close()
        for server in filter(None, (self.postgres, self.redis)):
            server.close()
        self.disk.close()
