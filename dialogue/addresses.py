"""E-mail addresses inside a text."""

from __future__ import annotations

import re

# Something that was meant as an address. It is looked for only where a word begins: from the middle of a long word, each
# of its letters would begin a search of its own.
EMAIL = re.compile(r"(?<![^\s@<>,;])[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;.]+")
