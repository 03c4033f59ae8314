"""Models for the benchmarks: ours, and the stock Rasa recipe's on the same data."""

from __future__ import annotations

import hashlib
import json
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOT_PYTHON = ROOT / ".venv-bot" / "bin" / "python"
STOCK_RECIPE = ROOT / "benchmarks" / "stock_recipe.yml"


def stock_recipe(epochs: int | None, folder: Path) -> tuple[str, Path]:
    """The stock recipe, perhaps cut short: all of its hundred epochs on our data take hours on two cores.

    :param epochs: epochs of each of its networks; None for what it says itself.
    :param folder: where the shortened copy goes.
    :returns: what to call it, and its file. Speed and memory do not depend on the epochs; accuracy does.
    """
    if epochs is None:
        return "stock Rasa recipe", STOCK_RECIPE
    short = folder / f"stock_{epochs}_epochs.yml"
    short.write_text(STOCK_RECIPE.read_text("utf-8").replace("epochs: 100", f"epochs: {epochs}"), encoding="utf-8")
    return f"stock Rasa recipe, {epochs} epochs of 100", short


def trained(out: Path, recipe: Path | None, stale: bool = False) -> float:
    """Train into the folder `out`, unless an earlier run left there the model of these very inputs.

    :param recipe: pipeline and policies; None for the project's own.
    :param stale: be content with a model of earlier inputs (for speed and memory, not for accuracy).
    :returns: seconds that the training took, then or now.
    """
    kept = out / "training_seconds.json"
    inputs = _digest(recipe)
    if kept.exists():
        earlier = json.loads(kept.read_text("utf-8"))
        if inputs in earlier or stale:
            return float(next(iter(earlier.values())))
    out.mkdir(parents=True, exist_ok=True)
    command = [str(BOT_PYTHON), "-m", "bot.train", "--out", str(out), "--force"]
    if recipe:
        command += ["--config", str(recipe)]
    started = time.monotonic()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    taken = time.monotonic() - started
    kept.write_text(json.dumps({inputs: taken}), encoding="utf-8")
    return taken


def _digest(recipe: Path | None) -> str:
    """Digest of what a training reads."""
    folders = [path for folder in ("bot", "data") for path in sorted((ROOT / folder).rglob("*"))]
    files = [path for path in folders if path.is_file() and path.suffix != ".pyc"]
    files += [ROOT / "domain.yml", recipe or ROOT / "config.yml"]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
