"""Connections to the action server for a process that may not connect.

``python -m bot.isolation.broker DESCRIPTOR HOST PORT`` waits on a socket pair. For each byte that arrives it opens one
connection, always to the same address, and sends the socket over. It ends when the engine does.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
from typing import Any, cast
from urllib.parse import urlsplit

CONNECT_SECONDS = 3.0
_CONNECTED = b"\0"


class BadAddress(ValueError):
    """The action server's address is not ``http://host:port``."""


class Broker:
    """The engine's end: asks for a socket connected to the action server."""

    def __init__(self, pair: socket.socket) -> None:
        self._pair = pair
        self._one_at_a_time = threading.Lock()

    def connection(self) -> socket.socket:
        """A new connection to the action server.

        :raises OSError: when the action server does not answer. Without its broker the engine is of no use: it ends,
            and is started again with a new one.
        """
        with self._one_at_a_time:
            try:
                self._pair.send(b"?")
                answer, descriptors, _, _ = socket.recv_fds(self._pair, 1, 1)
            except OSError:
                answer, descriptors = b"", []
            if not answer:
                os._exit(1)
        if answer != _CONNECTED:
            raise OSError(answer[0], os.strerror(answer[0]))
        connection = socket.socket(fileno=descriptors[0])
        connection.setblocking(False)
        return connection


def start(actions_url: str) -> Broker:
    """Start the broker of `actions_url`; call before the walls go up.

    :raises BadAddress: when the address is of another form.
    """
    host, port = address_of(actions_url)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        subprocess.Popen(
            [sys.executable, "-m", "bot.isolation.broker", str(theirs.fileno()), host, str(port)],
            pass_fds=[theirs.fileno()],
            cwd=os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))),
            env={name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
            stdin=subprocess.DEVNULL,
        )
    return Broker(ours)


def address_of(actions_url: str) -> tuple[str, int]:
    """Host and port of the action server.

    :raises BadAddress: when the address is of another form.
    """
    parts = urlsplit(actions_url)
    if parts.scheme != "http" or not parts.hostname:
        raise BadAddress(f"RIENTRO_ACTIONS_URL must be http://host:port, not {parts.scheme}://")
    return parts.hostname, parts.port or 80


def connector(broker: Broker, **options: Any) -> Any:
    """An aiohttp connector that gets its connections from `broker`.

    :param options: as those of ``aiohttp.BaseConnector``.
    """
    import aiohttp
    from aiohttp.client_proto import ResponseHandler
    from aiohttp.client_reqrep import ClientRequest

    class Brokered(aiohttp.BaseConnector):
        async def _create_connection(self, req: ClientRequest, traces: Any, timeout: Any) -> ResponseHandler:
            loop = asyncio.get_running_loop()
            try:
                opened = await loop.run_in_executor(None, broker.connection)
                _, protocol = await loop.create_connection(self._factory, sock=opened)
            except OSError as error:
                raise aiohttp.ClientConnectorError(req.connection_key, error) from error
            return cast(ResponseHandler, protocol)

    return Brokered(**options)


def serve(pair: socket.socket, host: str, port: int) -> None:
    """Answer requests until the engine is gone."""
    while pair.recv(1):
        try:
            with socket.create_connection((host, port), CONNECT_SECONDS) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                socket.send_fds(pair, [_CONNECTED], [connection.fileno()])
        except OSError as error:
            pair.send(bytes([error.errno if error.errno and 0 < error.errno < 256 else 110]))


def main(descriptor: str, host: str, port: str) -> None:
    """Give up everything but this connection, then serve."""
    from bot.isolation import kernel

    kernel.confine_broker(int(port))
    with socket.socket(fileno=int(descriptor)) as pair:
        serve(pair, host, int(port))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        pass
