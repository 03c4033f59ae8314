"""A referral that waits for the patient's own yes, given by a link.

Until then no operator knows of it. What is kept is sealed under a case of its own, without any fact about health; a
no, the sender's second thoughts or seven days without an answer erase it.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cases import journal
from cases.db import writing
from cases.errors import CaseNotFound, KeyShredded
from cases.service import Cases
from referrals import channels, confirmations, links, outbox, words
from referrals.consent_models import Asked, ConsentRequestRow
from referrals.contact import Contact, ContactError, Preferences
from referrals.directory import SiteMatch, site_match
from referrals.directory_models import SiteRow
from referrals.errors import IdempotencyConflict, LinkInvalid
from referrals.models import ReferralRow
from referrals.on_behalf import ROLE, Agreed, Sender, Wish, draft_of
from referrals.service import Referrals
from referrals.states import Actor
from referrals.views import Opened

MAIL = "persona_consenso"


@dataclass(frozen=True)
class Prepared:
    """A request just made. ``url`` is the patient's link; it is shown once, only its hash is kept."""

    id: str
    url: str
    expires_at: datetime


@dataclass(frozen=True)
class ConsentRequest:
    """A request as the patient reads it."""

    id: str
    site: SiteMatch
    wish: Wish
    sender: Sender
    expires_at: datetime


class ConsentRequests:
    """Requests for a patient's consent. Every public method is one transaction, an erasure apart."""

    def __init__(self, referrals: Referrals, cases: Cases) -> None:
        self._referrals = referrals
        self._writer = referrals.writer
        self._cases = cases
        self._keyring = referrals.keyring
        self._factory = referrals.session_factory

    def prepare(self, wish: Wish, sender: Sender, by_email: bool, key: str, now: datetime) -> Prepared:
        """Keep the wish and make the link; ``by_email`` sends it to the patient. The same ``key``, the same link.

        Raises ``SiteNotFound``, ``ContactError``, ``IdempotencyConflict`` (same key, other content, or the patient
        has answered meanwhile).
        """
        contact = wish.contact.checked()
        if by_email and not contact.email:
            raise ContactError("email", "Per mandare il link serve l'indirizzo e-mail del paziente.")
        channels.check(contact, wish.preferences)
        content = _content(wish, contact, sender, by_email)
        try:
            return self._prepare(content, sender, key, now)
        except IntegrityError:  # the same click, a moment earlier
            try:
                return self._prepare(content, sender, key, now)
            except IntegrityError:
                raise IdempotencyConflict("consent request") from None

    def _prepare(self, content: dict[str, Any], sender: Sender, key: str, now: datetime) -> Prepared:
        request_id = self._derive("request", key).hex()[:32]
        token = base64.urlsafe_b64encode(self._derive("link", key)).decode().rstrip("=")
        url = links.consent_url(self._writer.settings().public_url, token)
        with ExitStack() as undo, writing(self._factory) as session:
            row = session.get(ConsentRequestRow, request_id)
            if row is not None:
                if row.state != Asked.IN_ATTESA or self._content_in(row) != content:
                    raise IdempotencyConflict("consent request")
                return Prepared(row.id, url, row.expires_at)
            self._writer.site_in(session, content["site_id"], content["measure"], now)
            case_id = undo.enter_context(self._cases.new_key())
            self._cases.open_in(session, case_id, ROLE, now)
            cipher = self._keyring.cipher(case_id)
            row = ConsentRequestRow(
                id=request_id,
                case_id=case_id,
                sender_key=self._writer.sender_key(sender.email),
                state=Asked.IN_ATTESA,
                sealed=cipher.seal("consent_request", "sealed", request_id, content),
                created_at=now,
                expires_at=now + timedelta(days=links.days(links.PATIENT_CONSENT)),
            )
            session.add(row)
            links.create_in(session, links.PATIENT_CONSENT, now, case_id=case_id, token=token)
            session.flush()
            self._note_in(session, case_id, sender.actor, "consenso_link", now, per_email=content["by_email"])
            if content["by_email"]:
                subject, text = words.mail(MAIL, link=url)
                payload = {"to": content["contact"]["email"], "subject": subject, "text": text}
                outbox.enqueue_in(
                    session,
                    self._keyring,
                    dedupe=f"{MAIL}:{request_id}",
                    kind=MAIL,
                    channel="email",
                    payload=payload,
                    now=now,
                    case_id=case_id,
                )
            return Prepared(row.id, url, row.expires_at)

    def read(self, token: str, now: datetime) -> ConsentRequest:
        """What a link asks; reading does not use it. Raises ``LinkUsed``, ``LinkInvalid``."""
        with self._factory() as session:
            link = links.read_in(session, token, links.PATIENT_CONSENT, now)
            row = self._waiting_in(session, link.case_id)
            wish, sender = self._opened(row)
            site = site_match(session.get_one(SiteRow, wish.site_id), None)
            return ConsentRequest(row.id, site, wish, sender, row.expires_at)

    def confirm(self, token: str, words_for: Callable[[str], Agreed], key: str, now: datetime) -> Opened:
        """The patient agreed: the referral is opened and the link is used up. The same ``key``, the same code and PIN.

        ``words_for``: the words shown, given the operator's name. Raises ``LinkInvalid``, ``SiteNotFound`` and
        ``AlreadyOpen`` (the link stays good), ``ConsentMissing``.
        """
        name = self._derive("confirm", token).hex()
        with self._referrals.one_open_only("", ""), writing(self._factory) as session:
            earlier = self._referrals.claim_key_in(session, f"{name}:{key}", ["consenso"], now)
            if isinstance(earlier, ReferralRow):
                return self._referrals.opened_in(session, earlier)
            link = links.redeem_in(session, token, (links.PATIENT_CONSENT,), now)
            row = self._waiting_in(session, link.case_id, lock=True)
            wish, sender = self._opened(row)
            by_email = bool(self._content_in(row).get("by_email"))
            agreed = words_for(site_match(session.get_one(SiteRow, wish.site_id), None).operator)
            case_id = str(row.case_id)
            self._cases.update_in(session, case_id, now, sender.actor, facts=dict(wish.facts))
            self._referrals.consent_in(session, case_id, agreed.text, agreed.version, now)
            referral = self._writer.create_in(session, draft_of(case_id, wish, sender), now, referral_id=earlier)
            session.delete(row)
            if by_email and wish.contact.email:  # who holds the link reads the mail of that address
                confirmations.mark_in(session, self._keyring, case_id, wish.contact.checked().email or "", now)
            return self._referrals.opened_in(session, referral)

    def refuse(self, token: str, now: datetime) -> None:
        """The patient does not agree: everything is erased. Raises ``LinkInvalid``."""
        with writing(self._factory) as session:
            link = links.redeem_in(session, token, (links.PATIENT_CONSENT,), now)
            row = self._waiting_in(session, link.case_id, lock=True)
            case_id = self._end_in(session, row, Asked.RIFIUTATA, Actor.PERSONA, now)
        self._cases.erase(case_id, now)

    def withdraw(self, request_id: str, sender: Sender, now: datetime) -> bool:
        """The sender takes a waiting request back; False if it waits no more, or is another's."""
        with writing(self._factory) as session:
            row = session.get(ConsentRequestRow, request_id)
            mine = row is not None and row.sender_key == self._writer.sender_key(sender.email)
            if row is None or not mine or row.state != Asked.IN_ATTESA:
                return False
            row = self._waiting_in(session, row.case_id, lock=True)
            case_id = self._end_in(session, row, Asked.RITIRATA, sender.actor, now)
        self._cases.erase(case_id, now, sender.actor)
        return True

    def expire(self, now: datetime, limit: int = 500) -> int:
        """Erase what nobody answered in time, and what a crash left half erased; how many expired."""
        due = (ConsentRequestRow.state == Asked.IN_ATTESA) & (ConsentRequestRow.expires_at <= now)
        left = (ConsentRequestRow.state != Asked.IN_ATTESA) & ConsentRequestRow.case_id.is_not(None)
        with self._factory() as session:
            ids = session.scalars(select(ConsentRequestRow.case_id).where(due).limit(limit)).all()
            half = session.scalars(select(ConsentRequestRow.case_id).where(left).limit(limit)).all()
        done = 0
        for case_id in ids:
            try:
                with writing(self._factory) as session:
                    row = self._waiting_in(session, case_id, lock=True)
                    self._end_in(session, row, Asked.SCADUTA, Actor.SISTEMA, now)
            except LinkInvalid:
                continue  # answered, or erased, this very moment
            self._cases.erase(str(case_id), now, Actor.SISTEMA)
            done += 1
        for case_id in half:
            self._cases.erase(str(case_id), now, Actor.SISTEMA)
        return done

    def _waiting_in(self, session: Session, case_id: str | None, lock: bool = False) -> ConsentRequestRow:
        if case_id is not None and lock:
            try:
                self._referrals.lock_case_in(session, case_id)
            except CaseNotFound:
                raise LinkInvalid("erased") from None
        query = select(ConsentRequestRow).where(
            ConsentRequestRow.case_id == case_id, ConsentRequestRow.state == Asked.IN_ATTESA
        )
        row = session.scalars(query.with_for_update() if lock else query).one_or_none()
        if row is None:
            raise LinkInvalid("link")
        return row

    def _end_in(self, session: Session, row: ConsentRequestRow, state: Asked, actor: str, now: datetime) -> str:
        row.state, row.ended_at, row.sealed = state, now, None
        self._note_in(session, str(row.case_id), actor, "consenso_link_chiuso", now, esito=str(state))
        return str(row.case_id)

    def _note_in(self, session: Session, case_id: str, actor: str, event: str, now: datetime, **detail: Any) -> None:
        journal.append_in(session, self._keyring, at=now, actor=actor, subject=case_id, event=event, detail=detail)

    def _content_in(self, row: ConsentRequestRow) -> dict[str, Any]:
        try:
            cipher = self._keyring.cipher(str(row.case_id))
        except KeyShredded:
            raise LinkInvalid("erased") from None
        content: dict[str, Any] = cipher.open("consent_request", "sealed", row.id, row.sealed or b"")
        return content

    def _opened(self, row: ConsentRequestRow) -> tuple[Wish, Sender]:
        content = self._content_in(row)
        wish = Wish(
            content["site_id"],
            content["measure"],
            Contact(**content["contact"]),
            Preferences(**content["preferences"]),
            content["facts"],
            content["ruleset"],
        )
        return wish, Sender(**content["sender"])

    def _derive(self, what: str, key: str) -> bytes:
        return hmac.new(self._keyring.secret("consent-request"), f"{what}:{key}".encode(), hashlib.sha256).digest()


def _content(wish: Wish, contact: Contact, sender: Sender, by_email: bool) -> dict[str, Any]:
    return {
        "site_id": wish.site_id,
        "measure": wish.measure,
        "contact": contact.to_dict(),
        "preferences": wish.preferences.to_dict(),
        "facts": wish.harmless_facts(),
        "ruleset": wish.ruleset,
        "sender": asdict(sender),
        "by_email": by_email,
    }
