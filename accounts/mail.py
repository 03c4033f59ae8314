"""The e-mails about access, into the outbox: the worker delivers them like every other message."""

from datetime import datetime

from sqlalchemy.orm import Session

from accounts.account import Account
from cases.keys import Keyring
from referrals import outbox
from settings.clock import ROME
from texts.word_files import words_beside

ROLE_WORDS = {
    "medico": "medico",
    "sportello": "persona dello sportello",
    "operatore": "operatore",
    "supervisore": "supervisore",
    "amministratore": "amministratore",
}


def words() -> dict[str, dict[str, str]]:
    """Subject and text by kind."""
    return words_beside(__file__, "mails.yaml")


def send_in(
    session: Session,
    keyring: Keyring,
    kind: str,
    to: str,
    cause: str,
    now: datetime,
    *,
    link: str = "",
    role: str = "",
    until: datetime | None = None,
) -> None:
    """Write an e-mail in the caller's transaction.

    :param kind: key of ``mails.yaml``.
    :param cause: what makes this e-mail a new one (the same cause is mailed once).
    """
    entry = words()[kind]
    moment = f"{until.astimezone(ROME):%d/%m/%Y, ore %H:%M}" if until else ""
    outbox.enqueue_in(
        session,
        keyring,
        dedupe=f"accesso_{kind}:{cause}",
        kind=f"accesso_{kind}",
        channel="email",
        payload={
            "to": to,
            "subject": entry["subject"],
            "text": entry["text"].format(link=link, role=ROLE_WORDS.get(role, role), until=moment),
        },
        now=now,
    )


def tell_password_changed_in(session: Session, keyring: Keyring, owner: Account, now: datetime) -> None:
    """Tell the owner that the password changed, in case it was not they who did."""
    send_in(session, keyring, "password_cambiata", owner.email, f"{owner.id}:{now.isoformat()}", now, until=now)
