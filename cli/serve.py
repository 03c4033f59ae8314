"""One of several processes that answer on the same port: ``python -m cli.serve web.app:app --port 8010 --shared-port 8000``.

The kernel spreads new connections over the processes that share a port (``SO_REUSEPORT``), so a topology on one machine
needs no load balancer. Each process also listens on a port of its own, for health checks and for who must reach just it.
"""

from __future__ import annotations

import argparse
import socket
import sys

import uvicorn

from cli.supervision import IDLE_SECONDS

_BACKLOG = 2048


def listener(host: str, port: int, shared: bool) -> socket.socket:
    """A listening socket.

    :param shared: other processes of ours listen on the same port.
    :raises OSError: the port is taken.
    """
    opened = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    opened.bind((host, port))
    opened.listen(_BACKLOG)
    opened.set_inheritable(True)
    return opened


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("app", help="module:name of the application")
    parser.add_argument("--port", type=int, required=True, help="port of this process alone, on loopback")
    parser.add_argument("--shared-port", type=int, required=True, help="port it shares with its twins")
    parser.add_argument("--host", default="127.0.0.1", help="address of the shared port")
    chosen = parser.parse_args(arguments)
    try:
        sockets = [
            listener("127.0.0.1", chosen.port, shared=False),
            listener(chosen.host, chosen.shared_port, shared=True),
        ]
    except OSError as error:
        print(f"cannot listen on {chosen.port} or {chosen.shared_port}: {error.strerror}", file=sys.stderr)
        return 1
    configuration = uvicorn.Config(
        chosen.app,
        access_log=False,
        log_level="warning",
        loop="uvloop",
        ws="none",
        timeout_graceful_shutdown=5,
        timeout_keep_alive=IDLE_SECONDS,
    )
    uvicorn.Server(configuration).run(sockets=sockets)
    return 0


if __name__ == "__main__":
    sys.exit(main())
