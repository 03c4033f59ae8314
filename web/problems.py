"""What can go wrong, as RFC 9457 problem documents. How they are answered: ``web.error_answers``.

The words are in ``problems.yaml``. An error never carries a stack trace, an exception's text or what the person sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.types import Scope

from settings.config import get_settings
from texts.word_files import words_beside

MEDIA_TYPE = "application/problem+json"


def catalogue() -> dict[str, dict[str, Any]]:
    """Every kind of problem by its key: status, title, detail."""
    return words_beside(__file__, "problems.yaml")


class Problem(Exception):
    """A failure with a stable type that a person can understand and act on."""

    def __init__(
        self,
        kind: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: list[dict[str, str]] | None = None,
        extension: Mapping[str, Any] | None = None,
        **values: Any,
    ) -> None:
        """
        :param kind: key of ``problems.yaml``.
        :param headers: extra response headers, e.g. ``Retry-After``.
        :param errors: one entry for each wrong datum: ``field`` (its name, never its value) and ``message``.
        :param extension: further members of the document, for programs.
        :param values: numbers quoted in the text (``seconds``, ``limit``).
        """
        super().__init__(kind)
        self.kind = kind
        self.status = int(catalogue()[kind]["status"])
        self.headers = dict(headers or {})
        self.errors = errors
        self.extension = dict(extension or {})
        self.values = values

    def document(self, instance: str) -> dict[str, Any]:
        """The problem as RFC 9457 members; ``instance`` is the path that was asked."""
        entry = catalogue()[self.kind]
        words = {"phone": get_settings().help_phone, "seconds": 60, "limit": get_settings().max_message_chars}
        document = {
            "type": f"/problemi/{self.kind}",
            "title": entry["title"],
            "status": self.status,
            "detail": entry["detail"].format(**(words | self.values)),
            "instance": instance,
        }
        if self.errors:
            document["errors"] = self.errors
        return document | self.extension


def wants_page(scope: Scope) -> bool:
    """Whether the answer is read by a person in a browser."""
    if scope["path"].startswith(("/api/", "/health")):
        return False
    accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    return b"text/html" in accept
