"""Whether an OpenID Connect provider is configured."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from settings.config import Settings


def configured(settings: Settings) -> bool:
    """Whether a provider is set; one without TLS is accepted on this machine only."""
    if not (settings.oidc_issuer and settings.oidc_client_id):
        return False
    parts = urlsplit(settings.oidc_issuer)
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or ""))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
