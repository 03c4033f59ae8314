"""Our cookies under names that browsers protect, where people reach us over TLS.

A browser takes a cookie named ``__Host-...`` only from this very host, over TLS and for the whole site, so another server
of the same domain can neither set nor overwrite it; ``__Secure-...`` is for those of one path. The rest of the code
knows the plain names.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OURS = b"rientro_"
_HOST, _SECURE = b"__Host-", b"__Secure-"


class ProtectedNames:
    """ASGI middleware: adds the prefix to the cookies that go out and takes it from those that come in."""

    def __init__(self, app: ASGIApp, https: bool) -> None:
        """:param https: whether people reach us over TLS; without it browsers would refuse such names."""
        self.app = app
        self.https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self.https:
            await self.app(scope, receive, send)
            return

        async def send_protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    (name, _protected(value) if name.lower() == b"set-cookie" else value)
                    for name, value in message["headers"]
                ]
            await send(message)

        headers = [(name, _plain(value) if name == b"cookie" else value) for name, value in scope["headers"]]
        await self.app({**scope, "headers": headers}, receive, send_protected)


def _protected(cookie: bytes) -> bytes:
    if not cookie.startswith(_OURS):
        return cookie
    attributes = {part.strip().lower() for part in cookie.split(b";")[1:]}
    if b"secure" not in attributes:
        cookie += b"; Secure"  # a browser refuses the name without it, when a cookie is deleted too
    return (_HOST if b"path=/" in attributes else _SECURE) + cookie


def _plain(cookies: bytes) -> bytes:
    """The Cookie header with our names plain again; ours without the prefix were set by somebody else."""
    kept = []
    for pair in cookies.split(b";"):
        pair = pair.strip()
        for prefix in (_HOST, _SECURE):
            if pair.startswith(prefix + _OURS):
                kept.append(pair.removeprefix(prefix))
                break
        else:
            if not pair.startswith(_OURS):
                kept.append(pair)
    return b"; ".join(kept)
