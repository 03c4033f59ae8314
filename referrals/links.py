"""Links sent outside: addresses, and magic links that carry a secret of their own."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from cases.db import affected
from referrals.errors import LinkInvalid, LinkUsed
from referrals.models import LinkRow

#: What a link may be for; a link made for one purpose is refused for any other.
OPERATOR_REFERRAL = "operatore_segnalazione"
#: Not a link but a key of the operator's own system, sent as a bearer token.
OPERATOR_API = "operatore_api"
#: A patient agrees, or not, to what a doctor prepared.
PATIENT_CONSENT = "paziente_consenso"
#: The result of a check on paper, for the person who asked for it by e-mail.
RESULT = "foglio_risultato"
#: A new PIN, for the person who lost it.
PERSON_PIN = "persona_pin"

_LIFE = {
    OPERATOR_REFERRAL: timedelta(days=14),
    OPERATOR_API: timedelta(days=365),
    RESULT: timedelta(days=7),
    PATIENT_CONSENT: timedelta(days=7),
    PERSON_PIN: timedelta(days=1),
}
# An e-mail's link is opened again and again until the referral is handled; a consent is given once.
_USES = {OPERATOR_REFERRAL: 1000, OPERATOR_API: 1_000_000_000, RESULT: 20, PATIENT_CONSENT: 1, PERSON_PIN: 1}


@dataclass(frozen=True)
class Link:
    """What a valid link opens."""

    purpose: str
    operator_id: str | None
    referral_id: str | None
    case_id: str | None = None


def days(purpose: str) -> int:
    """How many whole days a link of this purpose lives."""
    return _LIFE[purpose].days


def status_url(public_url: str, code: str) -> str:
    """Page where the person, with code and PIN, sees the referral."""
    return f"{public_url}/segnalazioni/{code}"


def operator_url(public_url: str, token: str) -> str:
    """Page a magic link opens. The secret is in the fragment: it reaches no server log or proxy."""
    return f"{public_url}/operatori/entra#{token}"


def result_url(public_url: str, token: str) -> str:
    """Page where the person opens the result on paper; the secret is in the fragment, as above."""
    return f"{public_url}/foglio#{token}"


def pin_url(public_url: str, token: str) -> str:
    """Page where the person gets a new PIN; the secret is in the fragment, as above."""
    return f"{public_url}/segnalazione/pin#{token}"


def contact_url(public_url: str, token: str) -> str:
    """Page where whoever reads an address' mail confirms it; the secret is in the fragment here too."""
    return f"{public_url}/conferma#{token}"


def consent_url(public_url: str, token: str) -> str:
    """Page where a patient agrees, or not; the secret is in the fragment here too."""
    return f"{public_url}/consenso#{token}"


def create_in(
    session: Session,
    purpose: str,
    now: datetime,
    operator_id: str | None = None,
    referral_id: str | None = None,
    case_id: str | None = None,
    token: str | None = None,
) -> str:
    """A new link's secret (256 bits); only its hash is stored. ``token``: the secret, where it is not to be chance."""
    token = token or secrets.token_urlsafe(32)
    session.add(
        LinkRow(
            token_hash=_hash(token),
            purpose=purpose,
            operator_id=operator_id,
            referral_id=referral_id,
            case_id=case_id,
            created_at=now,
            expires_at=now + _LIFE[purpose],
            uses_left=_USES[purpose],
        )
    )
    return token


def redeem_in(session: Session, token: str, purposes: tuple[str, ...], now: datetime) -> Link:
    """Use a link. Raises ``LinkInvalid`` if unknown, expired, used up or made for something else.

    Call it on a deliberate act (a POST): mail scanners open the addresses they find.
    """
    row = session.execute(
        update(LinkRow)
        .where(
            LinkRow.token_hash == _hash(token),
            LinkRow.purpose.in_(purposes),
            LinkRow.expires_at > now,
            LinkRow.uses_left > 0,
        )
        .values(uses_left=LinkRow.uses_left - 1, used_at=now)
        .returning(LinkRow.purpose, LinkRow.operator_id, LinkRow.referral_id, LinkRow.case_id)
    ).one_or_none()
    if row is None:
        raise LinkInvalid("link")
    return Link(row.purpose, row.operator_id, row.referral_id, row.case_id)


def read_in(session: Session, token: str, purpose: str, now: datetime) -> Link:
    """What a link opens, without using it. Raises ``LinkUsed``, or ``LinkInvalid`` as :func:`redeem_in`."""
    row = session.get(LinkRow, _hash(token))
    if row is None or row.purpose != purpose or row.expires_at <= now:
        raise LinkInvalid("link")
    if row.uses_left < 1:
        raise LinkUsed("link")
    return Link(row.purpose, row.operator_id, row.referral_id, row.case_id)


def purge_in(session: Session, now: datetime, dry_run: bool) -> int:
    """Remove expired links (retention rule)."""
    expired = LinkRow.expires_at <= now
    if dry_run:
        return session.scalar(select(func.count()).select_from(LinkRow).where(expired)) or 0
    return affected(session, delete(LinkRow).where(expired))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
