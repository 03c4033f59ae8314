"""Referrals: open one, read it, move it. See states.py for the states and who may do what.

The person's other acts are in person.py, the operator's in operators.py, appointments in
appointments.py; all are methods that end in one transaction.
"""

import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cases import consents
from cases.db import SessionFactory, writing
from cases.errors import CaseNotFound
from cases.keys import Keyring
from cases.lockout import Whence
from cases.models import CaseRow
from referrals import allowance, failpoints, pins, states, told, views
from referrals.contact import Contact, Preferences
from referrals.errors import AccountNeeded, AlreadyOpen, ConsentMissing, IdempotencyConflict
from referrals.models import IdempotencyRow, ReferralRow
from referrals.states import State
from referrals.told import Told
from referrals.views import Opened, Referral
from referrals.writer import Draft, Writer
from settings.config import get_settings

# How the two engines name the indexes that forbid a second open referral.
_SECOND_OPEN = ("uq_referral_open", "referral.case_id, referral.measure", "referral.person_key, referral.measure")

_NEWEST = (
    select(ReferralRow)
    .where(ReferralRow.case_id == bindparam("of_case"))
    .order_by(ReferralRow.created_at.desc(), ReferralRow.attempt.desc(), ReferralRow.id.desc())
    .limit(1)
)


class Referrals:
    """Opens and moves referrals. Every public method is one transaction; ``now`` is aware.

    ``settings``: where to read public address and delays, the process's settings by default.
    """

    def __init__(
        self, session_factory: SessionFactory, keyring: Keyring, settings: Callable[[], Any] = get_settings
    ) -> None:
        self.session_factory = session_factory
        self.keyring = keyring
        self.writer = Writer(keyring, settings)

    def open(
        self,
        case_id: str,
        site_id: str,
        measure: str,
        contact: Contact,
        consent_text: str,
        consent_version: str,
        idempotency_key: str,
        now: datetime,
        preferences: Preferences | None = None,
        contact_after_taking: bool = False,
        ruleset: str | None = None,
        sender_email: str | None = None,
    ) -> Opened:
        """Open a referral: consent, referral, journal row and messages in one transaction.

        ``consent_text``: the text the person agreed to, word for word. The same
        ``idempotency_key`` gives back the same code and PIN, however often and however at once.

        Raises ``CaseNotFound``, ``SiteNotFound``, ``ContactError``, ``ConsentMissing`` (empty
        text), ``AlreadyOpen``, ``IdempotencyConflict`` (same key, other content), ``BudgetSpent``
        and ``AccountNeeded`` (:mod:`referrals.allowance`).
        """
        with self.one_open_only(case_id, measure), writing(self.session_factory) as session:
            opened = self.open_in(
                session,
                case_id,
                site_id,
                measure,
                contact,
                consent_text,
                consent_version,
                idempotency_key,
                now,
                preferences,
                contact_after_taking,
                ruleset,
                sender_email,
            )
            failpoints.hit("open.before_commit")
        failpoints.hit("open.after_commit")
        return opened

    def open_in(
        self,
        session: Session,
        case_id: str,
        site_id: str,
        measure: str,
        contact: Contact,
        consent_text: str,
        consent_version: str,
        idempotency_key: str,
        now: datetime,
        preferences: Preferences | None = None,
        contact_after_taking: bool = False,
        ruleset: str | None = None,
        sender_email: str | None = None,
    ) -> Opened:
        """As :meth:`open`, in the caller's transaction, which stands inside :meth:`one_open_only`."""
        draft = Draft(
            case_id,
            site_id,
            measure,
            contact.checked(),
            preferences or Preferences(),
            contact_after_taking,
            ruleset,
            sender_email,
        )
        request = [case_id, site_id, measure, draft.contact.to_dict(), consent_text, consent_version]
        earlier = self.claim_key_in(session, idempotency_key, request, now)
        if isinstance(earlier, ReferralRow):
            return self.opened_in(session, earlier)
        self.lock_case_in(session, case_id)
        if allowance.needs_account_in(session, case_id):
            raise AccountNeeded(case_id)
        allowance.spend_in(session, self.keyring, case_id, site_id, draft.contact, now)
        self.consent_in(session, case_id, consent_text, consent_version, now)
        return self.opened_in(session, self.writer.create_in(session, draft, now, referral_id=earlier))

    def needs_account(self, case_id: str) -> bool:
        """Whether nobody may open a referral in this conversation (:func:`referrals.allowance.needs_account_in`)."""
        with self.session_factory() as session:
            return allowance.needs_account_in(session, case_id)

    def get(self, code: str) -> Referral:
        """The referral of a code, however typed. Raises ``ReferralNotFound``."""
        with self.session_factory() as session:
            return views.referral_in(session, self.writer.row_in(session, code))

    def told(self, code: str) -> list[Told]:
        """What the person was told, how and when, the newest last. Raises ``ReferralNotFound``."""
        with self.session_factory() as session:
            return told.of_referral_in(session, self.writer.row_in(session, code).id)

    def for_case(self, case_id: str) -> Referral | None:
        """The newest referral of a case, None if it has none."""
        with self.session_factory() as session:
            return self.newest_in(session, case_id)

    @staticmethod
    def newest_in(session: Session, case_id: str) -> Referral | None:
        """As :meth:`for_case`, in the caller's transaction."""
        row = session.scalars(_NEWEST, {"of_case": case_id}).one_or_none()
        return None if row is None else views.referral_in(session, row)

    def all_for_case(self, case_id: str) -> list[Referral]:
        """Every referral of a case, oldest first."""
        query = (
            select(ReferralRow)
            .where(ReferralRow.case_id == case_id)
            .order_by(ReferralRow.created_at, ReferralRow.attempt, ReferralRow.id)
        )
        with self.session_factory() as session:
            return [views.referral_in(session, row) for row in session.scalars(query).all()]

    def pins_of_case(self, case_id: str) -> set[str]:
        """The PINs of a case's referrals, for those who must hide them."""
        with self.session_factory() as session:
            seeds = session.scalars(select(ReferralRow.pin_seed).where(ReferralRow.case_id == case_id))
            return {self.writer.pin(seed) for seed in seeds}

    def check_pin(self, code: str, pin: str, now: datetime | None = None, whence: Whence | None = None) -> bool:
        """Whether ``pin`` opens the referral of ``code``; wrong tries count against ``whence``.

        An unknown code is False too, so that codes cannot be told from PINs. Raises ``PinLocked``
        after too many wrong tries, until some time has passed.
        """
        with writing(self.session_factory) as session:
            return pins.check_in(session, self.keyring, code, pin, now, whence)

    def transition(self, code: str, to: str, actor: str, now: datetime, reason: str | None = None) -> Referral:
        """Move a referral. ``actor``: ``persona``, ``sistema``, ``operatore:<operator id>[:<account id>]``,
        ``sportello:<account id>``.

        ``reason``: one of ``states.REASONS``, or free text (sealed; the journal says ``altro``).
        Raises ``ReferralNotFound``, ``NotAllowed``, ``ReasonRequired``. Moving to the state where
        the referral already is changes nothing: people click twice.
        """
        with writing(self.session_factory) as session:
            return self.transition_in(session, code, to, actor, now, reason)

    def transition_in(
        self, session: Session, code: str, to: str, actor: str, now: datetime, reason: str | None = None
    ) -> Referral:
        """As :meth:`transition`, in the caller's transaction."""
        row = self.writer.row_in(session, code, lock=True)
        if row.state == to:
            self.writer.check_owner(row, actor)
        else:
            self.writer.move_in(session, row, to, actor, now, reason)
        return views.referral_in(session, row)

    def cancel(self, code: str, actor: str, now: datetime, reason: str | None = None) -> Referral:
        """Cancel a referral; staff must give a reason. As :meth:`transition` to ``annullata``."""
        return self.transition(code, State.ANNULLATA, actor, now, reason)

    def lock_case_in(self, session: Session, case_id: str) -> CaseRow:
        """The case's row, locked. Raises ``CaseNotFound``."""
        row = session.get(CaseRow, case_id, with_for_update=True)
        if row is None:
            raise CaseNotFound(case_id)
        return row

    def consent_in(self, session: Session, case_id: str, text: str, version: str, now: datetime) -> None:
        """Record the consent to send. Raises ``ConsentMissing`` when there is no text."""
        if not text.strip():
            raise ConsentMissing(case_id)
        consents.grant_in(session, self.keyring, case_id, "invio", text, version, now)

    def claim_key_in(self, session: Session, key: str, request: list[Any], now: datetime) -> "ReferralRow | str":
        """The referral an idempotency key made before, or the id to give to the one it makes now."""
        secret = self.keyring.secret("idempotency")
        key_hash = hmac.new(secret, key.encode(), hashlib.sha256).hexdigest()
        text = json.dumps(request, sort_keys=True, ensure_ascii=False)
        fingerprint = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
        dialect = pg_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
        new_id = uuid.uuid4().hex
        # On PostgreSQL a second transaction waits here until the first has committed or failed.
        inserted = session.execute(
            dialect(IdempotencyRow)
            .values(key_hash=key_hash, fingerprint=fingerprint, referral_id=new_id, created_at=now)
            .on_conflict_do_nothing(index_elements=["key_hash"])
            .returning(IdempotencyRow.referral_id)
        ).scalar_one_or_none()
        if inserted is not None:
            return inserted
        earlier = session.get_one(IdempotencyRow, key_hash)
        if not hmac.compare_digest(earlier.fingerprint, fingerprint):
            raise IdempotencyConflict("idempotency key")
        return session.get_one(ReferralRow, earlier.referral_id)

    def opened_in(self, session: Session, row: ReferralRow) -> Opened:
        """What the person receives for a referral, PIN included."""
        view = views.referral_in(session, row)
        return Opened(row.code, self.writer.pin(row.pin_seed), row.state, view.operator, view.site)

    @contextmanager
    def one_open_only(self, case_id: str, measure: str) -> Iterator[None]:
        """Turn the database's refusal of a second open referral into ``AlreadyOpen``."""
        try:
            yield
        except IntegrityError as error:
            if not any(name in str(error.orig) for name in _SECOND_OPEN):
                raise
            raise AlreadyOpen(self._open_code(case_id, measure)) from None

    def _open_code(self, case_id: str, measure: str) -> str | None:
        """Code of the case's own open referral; None when it is the same person's in another case."""
        query = select(ReferralRow.code).where(
            ReferralRow.case_id == case_id,
            ReferralRow.measure == measure,
            ReferralRow.state.in_(states.OPEN),
        )
        with self.session_factory() as session:
            return session.scalar(query)
