"""Where events may be posted: to the world, never to ourselves or to a private network.

An operator chooses the address, so it is a stranger's. Its name is resolved for each event, every address it has must be
global, and the connection goes to the very address that was looked at: a name that answers differently the second time
gains nothing. Redirections are not followed and proxies of the environment are not used.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: IPv6 that carries an IPv4 address, and where in it: NAT64 (RFC 6052), 6to4 (RFC 3056).
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class NotAllowed(ValueError):
    """Events may not go there; the message says so in Italian."""


@dataclass(frozen=True)
class Target:
    """An address that was looked at: connect to ``url``, saying ``host`` in the request and in TLS."""

    url: str
    host: str
    name: str


def check(url: str, demo: bool) -> str:
    """The address as given, if its form allows events: https, or in a demonstration plain http to this machine.

    :raises NotAllowed: any other; a literal address must be global.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise NotAllowed("L'indirizzo non è valido.") from None
    if parts.username or parts.password or not host or port == 0:
        raise NotAllowed("L'indirizzo non è valido.")
    literal = _literal(host)
    if demo and parts.scheme == "http" and (host == "localhost" or (literal is not None and literal.is_loopback)):
        return url
    if parts.scheme != "https" or host == "localhost" or (literal is not None and not is_global(literal)):
        raise NotAllowed("L'indirizzo deve iniziare con https:// ed essere pubblico.")
    return url


async def target(url: str, demo: bool) -> Target:
    """Resolve an address and pin it.

    :raises NotAllowed: one of its addresses is not global.
    :raises OSError: the name does not resolve now.
    """
    check(url, demo)
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    if not addresses:
        raise OSError("no address")
    if parts.scheme == "https":
        wrong = [address for address in addresses if not is_global(address)]
    else:
        wrong = [address for address in addresses if not address.is_loopback]
    if wrong:
        raise NotAllowed("L'indirizzo porta a una rete privata.")
    first = addresses[0]
    place = f"[{first}]" if first.version == 6 else str(first)
    path = parts.path or "/"
    query = f"?{parts.query}" if parts.query else ""
    return Target(f"{parts.scheme}://{place}:{port}{path}{query}", parts.netloc, host)


def is_global(address: Address) -> bool:
    """Whether an address belongs to the public internet, whatever it is dressed as."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_global(inner)
        if address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:  # 127.1, 0x7f.1, 2130706433: other ways of writing an IPv4 address, which the system's resolver knows
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None
