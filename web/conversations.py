"""The stores of this process as the dialogue wants them."""

from __future__ import annotations

from actions import services as dialogue_services
from web.services import Services


def dialogue_of(services: Services) -> dialogue_services.Services:
    """What the dialogue may read and do, on the same stores as the pages."""
    return dialogue_services.Services(
        services.cases, services.directory, services.referrals, dialogue_services.help_desk(services.settings)
    )
