"""A network that can be slow or cut: a TCP proxy between the gateway and the dialogue engine."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading


class Proxy:
    """Passes connections on. ``delay``: seconds before each piece of data; ``cut``: refuse and drop everything."""

    def __init__(self) -> None:
        self.delay = 0.0
        self.target: int | None = None
        self._cut = False
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def cut(self, yes: bool) -> None:
        """Drop every connection, and new ones while ``yes``."""
        self._cut = yes
        self._loop.call_soon_threadsafe(lambda: [writer.transport.abort() for writer in self._open] and None)

    def close(self) -> None:
        """Stop listening."""
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.start_server(self._serve, sock=self._socket))
        self._loop.run_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        there = None
        try:
            if self._cut or self.target is None:
                writer.transport.abort()
                return
            answers, there = await asyncio.open_connection("127.0.0.1", self.target)
            await asyncio.gather(self._pass_on(reader, there), self._pass_on(answers, writer))
        except OSError:
            pass
        finally:
            self._open.discard(writer)
            for end in filter(None, (there, writer)):
                with contextlib.suppress(OSError):
                    end.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                await asyncio.sleep(self.delay)
                writer.write(data)
                await writer.drain()
        finally:
            writer.close()
