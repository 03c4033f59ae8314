"""Training of the language model, in the dialogue engine's own environment."""

from __future__ import annotations

import fcntl
import subprocess
import time

from rich.console import Console

from cli.supervision import BOT_PYTHON
from settings.config import PROJECT_ROOT, Settings


class TrainingFailed(Exception):
    """The model could not be trained; the message says where to look."""


def train_if_needed(settings: Settings, console: Console, force: bool = False) -> None:
    """Train the model unless the one at hand was made from the same inputs.

    :raises TrainingFailed: when training ends with an error.
    """
    settings.model_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings.log_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    command = [str(BOT_PYTHON), "-m", "bot.train", "--out", str(settings.model_dir)]
    if not force:
        if subprocess.run([*command, "--check"], cwd=PROJECT_ROOT, capture_output=True).returncode == 0:
            return
    with (settings.model_dir / ".lock").open("w") as lock:
        # Two starts at once would train twice over the same file; the second finds it done.
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.print("• Un altro avvio addestra già la comprensione dell'italiano: aspetto")
            fcntl.flock(lock, fcntl.LOCK_EX)
        _train(settings, [*command, *(["--force"] if force else [])], console)


def _train(settings: Settings, command: list[str], console: Console) -> None:
    console.print("• Addestro la comprensione dell'italiano (la prima volta: circa un minuto)")
    started = time.monotonic()
    log = settings.log_dir / "training.log"
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            command,
            cwd=PROJECT_ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(settings.data_dir), "PYTHONUNBUFFERED": "1"},
        )
        with console.status("Addestramento…") as status:
            for line in process.stdout or ():
                file.write(line)
                if line.startswith("• "):
                    status.update(f"{line[2:].strip()} ({time.monotonic() - started:.0f} s)")
    if process.wait() != 0:
        raise TrainingFailed(f"L'addestramento non è riuscito. Il motivo è in {log}")
    console.print(f"• Addestrata in {time.monotonic() - started:.0f} s")
