"""What can go wrong with a case, as exceptions a caller can tell apart."""

from datetime import datetime


class CaseError(Exception):
    """Base of every error raised by this package."""


class CaseNotFound(CaseError, LookupError):
    """No such case: never opened, erased, or its key destroyed."""


class StaleCase(CaseError):
    """The case changed since the caller read it."""


class TurnNotFound(CaseError, LookupError):
    """No such turn in any case."""


class KeyShredded(CaseError, LookupError):
    """The data key of this scope does not exist (any more): its ciphertext is unreadable for ever."""


class KeyringError(CaseError):
    """The keyring on disk is missing, damaged or readable by others; ``words`` says so to who runs the service."""

    def __init__(self, message: str, words: str) -> None:
        super().__init__(message)
        self.words = words


class DecryptionFailed(CaseError):
    """Ciphertext was altered, moved to another row or column, or encrypted under another key."""


class Locked(CaseError):
    """Too many failed attempts; nothing is accepted before ``until``."""

    def __init__(self, until: datetime) -> None:
        super().__init__("locked")
        self.until = until


class JournalBroken(CaseError):
    """The journal does not verify; ``problems`` says where."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems
