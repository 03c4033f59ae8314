"""Professional access: who may enter the portals, and how."""

from accounts.account import Account
from accounts.first_start import first_start

__all__ = ["Account", "first_start"]
