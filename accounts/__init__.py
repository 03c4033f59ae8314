"""Professional access: who may enter the portals, and how."""

from accounts.first_start import first_start
from accounts.record import Account

__all__ = ["Account", "first_start"]
