"""HEAD wherever GET is: the same head, no body (RFC 9110, 9.3.2). Monitors, link checkers and clients ask this way."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadLikeGet:
    """ASGI middleware: answers HEAD by asking GET and keeping the body back."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        answered = False

        async def only_the_head(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                await send(message)
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        async def gone_once_answered() -> Message:
            # A stream of events would never end: its client has left as soon as it has the head.
            return {"type": "http.disconnect"} if answered else await receive()

        await self.app({**scope, "method": "GET"}, gone_once_answered, only_the_head)
