"""Referrals: the operators' directory, the life of a referral, and its delivery."""

from referrals import consent_erasure as _consent_erasure  # noqa: F401  (the same, for requests for consent)
from referrals import erasure as _erasure  # noqa: F401  (registers what erasing a case means here)
