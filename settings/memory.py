"""What a process keeps from its start to its end."""

from __future__ import annotations

import gc


def freeze_loaded_objects() -> None:
    """Leave what was loaded out of the searches for garbage: each would go through all of it and hold up every turn."""
    gc.collect()
    gc.freeze()
