"""Security headers on every answer.

The policy admits no inline script or style and nothing from another address: pages work from this server alone.
"""

from __future__ import annotations

from secure import (
    ContentSecurityPolicy,
    CrossOriginOpenerPolicy,
    CrossOriginResourcePolicy,
    PermissionsPolicy,
    ReferrerPolicy,
    Secure,
    StrictTransportSecurity,
    XContentTypeOptions,
    XFrameOptions,
)
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


def policy(https: bool) -> dict[str, str]:
    """The headers as name and value.

    :param https: whether people reach us over TLS; only then may we promise to stay on it.
    """
    content = (
        ContentSecurityPolicy()
        .default_src("'none'")
        .script_src("'self'")
        .style_src("'self'")
        .img_src("'self'", "data:")
        .font_src("'self'")
        .connect_src("'self'")
        .form_action("'self'")
        .base_uri("'none'")
        .frame_ancestors("'none'")
        .manifest_src("'self'")
    )
    headers = Secure(
        csp=content,
        coop=CrossOriginOpenerPolicy().same_origin(),
        corp=CrossOriginResourcePolicy().same_origin(),
        hsts=StrictTransportSecurity().max_age(31536000).include_subdomains() if https else None,
        permissions=PermissionsPolicy().geolocation().camera().microphone().payment(),
        referrer=ReferrerPolicy().no_referrer(),
        xcto=XContentTypeOptions().nosniff(),
        xfo=XFrameOptions().deny(),
    )
    return dict(headers.header_items())


class SecurityHeaders:
    """ASGI middleware that adds :func:`policy` and forbids caching of anything personal."""

    def __init__(self, app: ASGIApp, https: bool) -> None:
        self.app = app
        self.headers = policy(https)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                # Shared computers: neither the browser nor a proxy may keep a page about somebody.
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers)
