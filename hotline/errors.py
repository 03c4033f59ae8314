"""What can go wrong at the hotline."""


class HotlineError(Exception):
    """Root of these errors."""


class Taken(HotlineError):
    """A colleague has the case. ``account_id``: who."""

    def __init__(self, account_id: str) -> None:
        super().__init__("taken")
        self.account_id = account_id


class NotYours(HotlineError):
    """The case is not in this colleague's hands (any more)."""


class SlotTaken(HotlineError):
    """The callback slot is full, past, or outside office hours."""


class ContactWrong(HotlineError):
    """A name or number is wrong; the message says so in Italian."""
