"""What a sender (a doctor) sees of the referrals it sent: only its own, with the patient's name and where they stand."""

import base64
import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from cases.db import writing
from referrals import encrypted_parts, views
from referrals.consent_models import Asked, ConsentRequestRow
from referrals.directory_models import OperatorRow, SiteRow
from referrals.errors import ReferralNotFound
from referrals.models import ReferralRow
from referrals.on_behalf import Sender
from referrals.service import Referrals
from referrals.views import Referral

PAGE = 25


@dataclass(frozen=True)
class Sent:
    """One line of the list. ``name`` is None once the person's data were erased."""

    code: str
    name: str | None
    state: str
    measure: str
    operator: str
    site: str
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True)
class Waiting:
    """A request for consent; name, measure and operator are None once it has ended."""

    id: str
    state: str
    name: str | None
    measure: str | None
    operator: str | None
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class SentPage:
    """A page of referrals. ``counts``: by state, filters apart; ``after``: where the next page starts."""

    items: tuple[Sent, ...]
    counts: dict[str, int]
    after: str | None


@dataclass(frozen=True)
class WaitingPage:
    """A page of requests for consent; ``after`` as in :class:`SentPage`."""

    items: tuple[Waiting, ...]
    after: str | None


class SenderSide:
    """The senders' side of referrals."""

    def __init__(self, referrals: Referrals) -> None:
        self._referrals = referrals
        self._writer = referrals.writer
        self._keyring = referrals.keyring

    def page(
        self,
        sender: Sender,
        state: str | None = None,
        measure: str | None = None,
        after: str | None = None,
        limit: int = PAGE,
    ) -> SentPage:
        """Newest first, with filters. Raises ``ValueError`` if ``after`` is not a place in the list."""
        mine = ReferralRow.sender_key == self._writer.sender_key(sender.email)
        query = (
            select(ReferralRow, SiteRow, OperatorRow.name)
            .join(SiteRow, SiteRow.id == ReferralRow.site_id)
            .join(OperatorRow, OperatorRow.id == ReferralRow.operator_id)
            .where(mine)
            .order_by(ReferralRow.created_at.desc(), ReferralRow.id.desc())
            .limit(limit + 1)
        )
        if state:
            query = query.where(ReferralRow.state == state)
        if measure:
            query = query.where(ReferralRow.measure == measure)
        if after:
            query = query.where(_before(after, ReferralRow.created_at, ReferralRow.id))
        counting = select(ReferralRow.state, func.count()).where(mine).group_by(ReferralRow.state)
        with self._referrals.session_factory() as session:
            found = session.execute(query).all()
            counts = {state: count for state, count in session.execute(counting)}
            rows = [row for row, _, _ in found[:limit]]
            contacts = encrypted_parts.read_many_in(session, self._keyring, rows, encrypted_parts.CONTACT)
        items = tuple(
            Sent(
                code=row.code,
                name=(contacts.get(row.id) or {}).get("nome"),
                state=row.state,
                measure=row.measure,
                operator=operator,
                site=f"{site.comune} ({site.provincia})",
                created_at=row.created_at,
                updated_at=row.updated_at,
                expires_at=row.expires_at,
            )
            for row, site, operator in found[:limit]
        )
        more = _place(rows[-1].created_at, rows[-1].id) if len(found) > limit else None
        return SentPage(items, counts, more)

    def card(self, code: str, sender: Sender, now: datetime) -> tuple[Referral, str | None]:
        """One referral and the patient's name, journalled as seen. Raises ``ReferralNotFound`` also for another's."""
        with writing(self._referrals.session_factory) as session:
            row = self._writer.row_in(session, code)
            if row.sender_key is None or row.sender_key != self._writer.sender_key(sender.email):
                raise ReferralNotFound("not this sender's")
            contact = encrypted_parts.read_in(session, self._keyring, row, encrypted_parts.CONTACT) or {}
            self._writer.note_in(session, row, "scheda_letta", sender.actor, now, {"contact": bool(contact)})
            return views.referral_in(session, row), contact.get("nome")

    def waiting_count(self, sender: Sender) -> int:
        """How many requests wait for a patient's consent."""
        mine = ConsentRequestRow.sender_key == self._writer.sender_key(sender.email)
        query = select(func.count()).where(mine, ConsentRequestRow.state == Asked.IN_ATTESA)
        with self._referrals.session_factory() as session:
            return session.scalar(query) or 0

    def waiting(self, sender: Sender, after: str | None = None, limit: int = PAGE) -> WaitingPage:
        """Requests for consent, newest first: those that wait, and for a while how the others ended."""
        query = (
            select(ConsentRequestRow)
            .where(ConsentRequestRow.sender_key == self._writer.sender_key(sender.email))
            .order_by(ConsentRequestRow.created_at.desc(), ConsentRequestRow.id.desc())
            .limit(limit + 1)
        )
        if after:
            query = query.where(_before(after, ConsentRequestRow.created_at, ConsentRequestRow.id))
        with self._referrals.session_factory() as session:
            rows = list(session.scalars(query))
            open_rows = [row for row in rows[:limit] if row.case_id]
            ciphers = self._keyring.ciphers({str(row.case_id) for row in open_rows})
            contents = {
                row.id: ciphers[row.case_id].open("consent_request", "sealed", row.id, row.sealed)
                for row in open_rows
                if row.sealed and row.case_id in ciphers
            }
            sites = {content["site_id"] for content in contents.values()}
            named = select(SiteRow.id, OperatorRow.name).join(OperatorRow, OperatorRow.id == SiteRow.operator_id)
            operators = {site_id: name for site_id, name in session.execute(named.where(SiteRow.id.in_(sites)))}
        items = []
        for row in rows[:limit]:
            content = contents.get(row.id)
            items.append(
                Waiting(
                    id=row.id,
                    state=row.state,
                    name=content["contact"]["nome"] if content else None,
                    measure=content["measure"] if content else None,
                    operator=operators.get(content["site_id"]) if content else None,
                    created_at=row.created_at,
                    expires_at=row.expires_at,
                    ended_at=row.ended_at,
                )
            )
        more = _place(rows[limit - 1].created_at, rows[limit - 1].id) if len(rows) > limit else None
        return WaitingPage(tuple(items), more)


def _place(moment: datetime, row_id: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([moment.isoformat(), row_id]).encode()).decode()


def _before(
    place: str, created_at: InstrumentedAttribute[datetime], row_id: InstrumentedAttribute[str]
) -> ColumnElement[bool]:
    try:
        moment, last_id = json.loads(base64.urlsafe_b64decode(place.encode()))
        last = datetime.fromisoformat(moment)
    except (ValueError, TypeError):
        raise ValueError("La pagina richiesta non esiste.") from None
    if last.tzinfo is None:
        raise ValueError("La pagina richiesta non esiste.")
    return (created_at <= last) & or_(created_at < last, row_id < str(last_id))
