"""Referrals: the operators' directory, the life of a referral, and its delivery."""

from referrals import erasure as _erasure  # noqa: F401  (registers what erasing a case means here)
