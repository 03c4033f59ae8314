"""Text messages through a provider's HTTP gateway: one small interface, off until an address is set.

``POST <gateway>`` with ``{"to": "+39...", "text": "...", "id": "<id>"}`` and a bearer token. Any 2xx means taken; the same
``id`` (also in ``Idempotency-Key``) is the same message, for a delivery may be repeated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from referrals.channels import texts_on
from referrals.delivery import Message, Permanent, Temporary

if TYPE_CHECKING:
    import httpx

_TIMEOUT_SECONDS = 20
#: Wrong number, wrong content: trying again changes nothing. Credentials are our mistake and can be put right.
_NEVER = frozenset({400, 404, 405, 410, 413, 415, 422})


class SmsSender:
    """Hands text messages to the gateway of the settings."""

    def __init__(self, settings: Any, client: httpx.AsyncClient | None = None) -> None:
        self._settings = settings
        self._client = client

    async def send(self, message: Message) -> None:
        """Hand over one message. Raises ``Temporary`` or ``Permanent``."""
        import httpx  # most deployments send none: only where one is

        if not texts_on(self._settings):
            raise Permanent("sms_off")
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, follow_redirects=False)
        token = self._settings.sms_gateway_token
        headers = {"Idempotency-Key": message.id}
        if token is not None:
            headers["Authorization"] = f"Bearer {token.get_secret_value()}"
        body = {"to": message.payload["to"], "text": message.payload["text"], "id": message.id}
        try:
            answer = await self._client.post(str(self._settings.sms_gateway_url), json=body, headers=headers)
        except httpx.HTTPError as error:
            raise Temporary(type(error).__name__) from None
        if answer.is_success:
            return
        code = f"http_{answer.status_code}"
        raise Permanent(code) if answer.status_code in _NEVER else Temporary(code)

    async def close(self) -> None:
        """Let go of connections."""
        if self._client is not None:
            await self._client.aclose()
