"""The summary of a referral as a tagged PDF (PDF/UA-1), to print, keep or show."""

from referrals.summary.pdf import make

__all__ = ["make"]
