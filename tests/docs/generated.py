"""Pages of the documentation that are made from the code: ``python -m tests.docs.generated`` writes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from accounts.roles import ROLES
from settings.config import Settings
from web.permissions import PERMISSIONS, PORTALS

DOCS = Path(__file__).resolve().parents[2] / "docs"
_MADE = "<!-- Made by `python -m tests.docs.generated` from {source}; a test compares. -->\n\n"


def settings_page() -> str:
    """Every ``RIENTRO_*`` variable, with its default and meaning."""
    lines = [
        "# Settings\n",
        _MADE.format(source="settings/config.py"),
        "Each is read from the environment; `rientro check settings` prints the values in force.\n",
        "\n| variable | default | meaning |\n|---|---|---|\n",
    ]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, "", PydanticUndefined) else field.default
        if isinstance(default, SecretStr):
            default = "a secret"
        shown = f"`{default}`" if default != "" else "-"
        lines.append(f"| `RIENTRO_{name.upper()}` | {shown} | {field.description or ''} |\n".replace("| |", "|  |"))
    return "".join(lines)


def permissions_page() -> str:
    """Which role may do what, and the first page of each portal."""
    lines = ["# Permissions\n", _MADE.format(source="web/permissions.py")]
    lines.append("| permission | " + " | ".join(ROLES) + " |\n|---|" + "---|" * len(ROLES) + "\n")
    for permission, roles in PERMISSIONS.items():
        lines.append(f"| `{permission}` | " + " | ".join("yes" if role in roles else "" for role in ROLES) + " |\n")
    lines.append("\n| portal | first page | permission |\n|---|---|---|\n")
    lines += [f"| {name} | `{address}` | `{permission}` |\n" for address, name, permission in PORTALS]
    return "".join(lines)


PAGES: dict[str, Callable[[], str]] = {"settings.md": settings_page, "permissions.md": permissions_page}


if __name__ == "__main__":
    for page, make in PAGES.items():
        (DOCS / page).write_text(make(), encoding="utf-8")
