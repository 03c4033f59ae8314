"""Which network a request comes from."""

from __future__ import annotations

import ipaddress

from starlette.requests import Request


def network_of(request: Request) -> str:
    """The network a request comes from: the IPv4 address, or the /64 of an IPv6 one (one household)."""
    host = request.client.host if request.client else "unknown"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 6:
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return host
