"""Connections of an operator's own system: its API keys, and the webhook we send events to."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cases import journal
from cases.db import affected, writing
from referrals import links, webhooks
from referrals.directory_models import OperatorRow
from referrals.errors import NotAllowed
from referrals.models import LinkRow
from referrals.senders import check_webhook_url
from referrals.service import Referrals
from referrals.states import Actor

MOST_KEYS = 5
_SHOWN = 12


@dataclass(frozen=True)
class Key:
    """An API key in force. ``id`` names it without being it; ``used_at`` is None until it is used."""

    id: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


class Connections:
    """Keys and webhook of operators. Every change is journalled under the operator."""

    def __init__(self, referrals: Referrals) -> None:
        self._factory = referrals.session_factory
        self._keyring = referrals.keyring

    def keys(self, operator_id: str, now: datetime) -> list[Key]:
        """Keys in force, the newest first."""
        query = (
            select(LinkRow)
            .where(LinkRow.operator_id == operator_id, LinkRow.purpose == links.OPERATOR_API, LinkRow.expires_at > now)
            .order_by(LinkRow.created_at.desc(), LinkRow.token_hash)
        )
        with self._factory() as session:
            return [
                Key(row.token_hash[:_SHOWN], row.created_at, row.expires_at, row.used_at)
                for row in session.scalars(query)
            ]

    def new_key(self, operator_id: str, now: datetime, actor: str | None = None) -> str:
        """A new key, shown once. The old ones go on until revoked, so that a system can change key without a gap.

        Raises ``NotAllowed`` beyond ``MOST_KEYS``.
        """
        if len(self.keys(operator_id, now)) >= MOST_KEYS:
            raise NotAllowed("too many keys")
        with writing(self._factory) as session:
            token = links.create_in(session, links.OPERATOR_API, now, operator_id=operator_id)
            self._note(session, operator_id, "chiave_api_creata", now, actor)
            return token

    def revoke_key(self, operator_id: str, key_id: str, now: datetime, actor: str | None = None) -> bool:
        """End a key at once; False if there was none."""
        if len(key_id) != _SHOWN or not key_id.isalnum():
            return False
        with writing(self._factory) as session:
            revoked = affected(
                session,
                delete(LinkRow).where(
                    LinkRow.operator_id == operator_id,
                    LinkRow.purpose == links.OPERATOR_API,
                    LinkRow.token_hash.startswith(key_id),
                ),
            )
            if revoked:
                self._note(session, operator_id, "chiave_api_revocata", now, actor)
            return bool(revoked)

    def webhook(self, operator_id: str) -> str | None:
        """Address of the webhook, None without one."""
        with self._factory() as session:
            return session.get_one(OperatorRow, operator_id).webhook_url

    def set_webhook(self, operator_id: str, url: str, now: datetime, actor: str | None = None) -> str:
        """Set the webhook; its new secret in hexadecimal, shown once. The same address again changes the secret.

        The old secret stops at once. Events that the operator's system refuses meanwhile are sent again later,
        signed anew. Raises ``ValueError``, in Italian, for an address where events may not go.
        """
        url = check_webhook_url(url.strip()[:300])
        with writing(self._factory) as session:
            changed = session.get_one(OperatorRow, operator_id).webhook_url != url
            secret = webhooks.set_in(session, self._keyring, operator_id, url, now)
            self._note(session, operator_id, "webhook_impostato" if changed else "webhook_segreto_cambiato", now, actor)
            return str(secret)

    def remove_webhook(self, operator_id: str, now: datetime, actor: str | None = None) -> None:
        """Send no more events."""
        with writing(self._factory) as session:
            webhooks.set_in(session, self._keyring, operator_id, None, now)
            self._note(session, operator_id, "webhook_tolto", now, actor)

    def _note(self, session: Session, operator_id: str, event: str, now: datetime, actor: str | None) -> None:
        journal.append_in(
            session,
            self._keyring,
            at=now,
            actor=actor or f"{Actor.OPERATORE}:{operator_id}",
            subject=f"operatore:{operator_id}",
            event=event,
        )
