"""docs/security/asvs.md, made from asvs.yaml: ``python -m tests.security.asvs``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "security"
STATUSES = ("met", "partly", "not yet", "not applicable")
CHAPTERS = {
    1: "Encoding and sanitization", 2: "Validation and business logic", 3: "Web frontend", 4: "API and web service",
    5: "Files", 6: "Authentication", 7: "Sessions", 8: "Authorization", 9: "Self-contained tokens", 10: "OAuth and OIDC",
    11: "Cryptography", 12: "Secure communication", 13: "Configuration", 14: "Data protection",
    15: "Secure coding and architecture", 16: "Logging and error handling",
}  # fmt: skip
HEAD = """# OWASP ASVS 5.0, level 2

Made from [asvs.yaml](asvs.yaml) by `.venv/bin/python -m tests.security.asvs`; a test checks that it is up to date and that
every piece of evidence exists. Our own assessment, nobody else's. Level 3 is added where it concerns the storage of health
data (chapters 11 and 14, secrets). The standard has 253 requirements of levels 1 and 2. 22 of them are not listed one by
one because they do not apply as a whole: an authorization server (V10.4, V10.6, V10.7) and WebRTC (V17), which we have
not. "met" with a file as evidence means that the code does it; with a test, that something would fail if it did not.
"""


def load() -> list[dict[str, Any]]:
    """The requirements, in the standard's order."""
    return list(yaml.safe_load((FOLDER / "asvs.yaml").read_text(encoding="utf-8"))["requirements"])


def render(requirements: list[dict[str, Any]]) -> str:
    """The page."""
    counts = Counter(entry["status"] for entry in requirements)
    tested = sum(1 for entry in requirements if any("tests/" in evidence for evidence in entry.get("evidence", ())))
    lines = [HEAD, f"| | of {len(requirements)} |", "|---|---|"]
    lines += [f"| {status} | {counts[status]} |" for status in STATUSES]
    lines += ["", f"{tested} have a test as evidence."]
    chapter = 0
    for entry in requirements:
        number = int(entry["id"].removeprefix("V").split(".")[0])
        if number != chapter:
            chapter = number
            lines += [
                "",
                f"## V{number} {CHAPTERS[number]}",
                "",
                "| | requirement, in our words | | evidence |",
                "|---|---|---|---|",
            ]
        shown = [f"`{evidence}`" for evidence in entry.get("evidence", ())]
        shown += [entry["note"]] if "note" in entry else []
        lines.append(f"| {entry['id']} | {entry['what']} | {entry['status']} | {'; '.join(shown)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (FOLDER / "asvs.md").write_text(render(load()), encoding="utf-8")
