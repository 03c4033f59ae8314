"""What can go wrong with a referral, as exceptions a caller can tell apart."""


class ReferralError(Exception):
    """Base of every error raised by this package."""


class ReferralNotFound(ReferralError, LookupError):
    """No referral has this code."""


class SiteNotFound(ReferralError, LookupError):
    """No active site has this id, or it does not offer the measure."""


class NotAllowed(ReferralError):
    """This actor may not do this in the present state."""


class ReasonRequired(ReferralError, ValueError):
    """The transition needs a reason."""


class AlreadyOpen(ReferralError):
    """The person already has an open referral for this measure; ``code`` is its code."""

    def __init__(self, code: str | None) -> None:
        super().__init__("a referral for this measure is already open")
        self.code = code


class IdempotencyConflict(ReferralError):
    """The idempotency key was used before for a different request."""


class PinLocked(ReferralError):
    """Too many wrong PINs; ``until`` is when the next attempt is allowed."""

    def __init__(self, until: object) -> None:
        super().__init__("too many attempts")
        self.until = until


class ConsentMissing(ReferralError):
    """The person has not consented to sending."""


class AccountNeeded(ReferralError):
    """A stranger declares somebody else's consent: that needs an account, or the person's own confirmation."""


class LinkInvalid(ReferralError, LookupError):
    """The link is unknown, expired, or made for something else."""


class LinkUsed(LinkInvalid):
    """The link has done what it was for."""
