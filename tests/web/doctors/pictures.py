"""The guide's pictures, made smaller from those of the story in Chromium: ``python -m tests.web.doctors.pictures FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

TARGET = Path(__file__).resolve().parents[3] / "docs" / "images"
#: Picture -> how many pixels of its height are worth showing.
PICTURES = {"verifica-finita": 1250, "segnalazione-2": 2400, "elenco": 640, "materiali": 1180}


def main(folder: Path) -> None:
    """Crop, shrink and write each picture."""
    for name, height in PICTURES.items():
        whole = Image.open(folder / f"medici-{name}.png").convert("RGB")
        part = whole.crop((0, 0, whole.width, min(height, whole.height)))
        small = part.resize((part.width * 5 // 8, part.height * 5 // 8), Image.Resampling.LANCZOS)
        small.quantize(96).save(TARGET / f"medici-{name}.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
