"""What can go wrong with an account, as exceptions a caller can tell apart."""

from cases.errors import Locked

__all__ = ["Locked"]  # raised here too, with the errors below


class AccountError(Exception):
    """Base of every error raised by this package."""


class AccountNotFound(AccountError, LookupError):
    """No such account, or it was erased."""


class EmailTaken(AccountError):
    """Another account has this e-mail address."""


class NotAdmitted(AccountError):
    """Wrong address, password or code; nobody is told which."""


class LinkNotValid(AccountError):
    """The link was used, has expired, or was never made."""


class WeakPassword(AccountError):
    """The password cannot be used; ``reasons`` are codes of ``accounts.password_choice.REASONS``."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(", ".join(reasons))
        self.reasons = reasons


class LastAdministrator(AccountError):
    """The change would leave nobody able to administer."""


class NotLinked(AccountError):
    """The external identity matches no account."""
