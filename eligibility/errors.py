"""What can go wrong, in words a person can act on."""

from __future__ import annotations


class EligibilityError(Exception):
    """Base of every error this package raises on purpose."""


class RuleError(EligibilityError):
    """A rule, fact or source file is not as it must be; the message names the file and the place."""


class FactErrors(EligibilityError):
    """One or more facts given by the caller cannot be used.

    ``errors`` maps the fact's id to an Italian message that can be shown to a person as it is.
    The messages never repeat the value received: it may be health data.
    """

    def __init__(self, errors: dict[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__(" ".join(self.errors.values()))


class UnknownMeasure(EligibilityError):
    """The measure or edition asked for does not exist; the message lists those that do."""
