"""What the dialogue engine may reach: the one list that every wall enforces."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Variables that survive: ours, and what the interpreter and its libraries read. Anything else may be somebody's secret.
KEPT_VARIABLES = frozenset(
    """PATH LANG LC_ALL TZ HOME TMPDIR PYTHONUNBUFFERED PYTHONHASHSEED SANIC_WORKERS LOG_LEVEL RASA_TELEMETRY_ENABLED
    SQLALCHEMY_SILENCE_UBER_WARNING OMP_NUM_THREADS OPENBLAS_NUM_THREADS MALLOC_ARENA_MAX RIENTRO_BOT_PORT
    RIENTRO_BOT_HOST RIENTRO_BOT_DIR RIENTRO_BOT_MODEL RIENTRO_BOT_TOKEN RIENTRO_BOT_KEY_FILE RIENTRO_BOT_CONFINEMENT
    RIENTRO_ACTIONS_URL RIENTRO_ACTIONS_TOKEN""".split()
)
_CODE = ("bot", "eligibility/facts.yaml", "endpoints.yml", "credentials.yml")
# The loader, the C libraries, time zones, and what the arithmetic libraries ask about the processor.
_SYSTEM = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/share/zoneinfo",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/nsswitch.conf",
    "/etc/host.conf",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/self",
    "/sys/devices/system/cpu",
    "/dev/urandom",
    "/dev/random",
    "/dev/zero",
)


@dataclass(frozen=True)
class AllowedAccess:
    """:ivar reads: files, and folders with all they hold, that may be read.

    :ivar writes: the same for reading and writing.
    :ivar port: the one port that may be listened on.
    """

    reads: tuple[Path, ...]
    writes: tuple[Path, ...]
    port: int


def of_this_engine(environment: Mapping[str, str] = os.environ) -> AllowedAccess:
    """The access that `environment` describes; its folders are made, the temporary one emptied.

    :raises KeyError: when a variable of the engine is missing.
    """
    directory = Path(environment["RIENTRO_BOT_DIR"])
    key_folder = Path(environment.get("RIENTRO_BOT_KEY_FILE") or directory / "tracker.key").parent
    shutil.rmtree(temporary_folder(environment), ignore_errors=True)  # what an engine that was killed left unpacked
    for folder in (directory, key_folder, temporary_folder(environment)):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    reads = [
        *(ROOT / name for name in _CODE),
        *(Path(folder) for folder in (sys.prefix, sys.base_prefix) if folder != "/usr"),
        *map(Path, _SYSTEM),
        Path(environment["RIENTRO_BOT_MODEL"]),
    ]
    writes = [directory, key_folder, Path(os.devnull)]
    return AllowedAccess(_there(reads), _there(writes), int(environment["RIENTRO_BOT_PORT"]))


def temporary_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the engine unpacks its model: beside its own files, for ``/tmp`` belongs to everybody."""
    return Path(environment["RIENTRO_BOT_DIR"]) / "tmp"


def scrub_environment() -> None:
    """Forget every variable that the engine has no use for, and send its temporary files home."""
    for name in set(os.environ) - KEPT_VARIABLES:
        del os.environ[name]
    os.environ["TMPDIR"] = str(temporary_folder())


def _there(paths: list[Path]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(path.resolve() for path in paths if path.exists()))
