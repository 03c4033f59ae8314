"""What an operator sees and does: its inbox, a referral's card, the plan, the outcome, its own export.

An operator is ``operatore:<operator id>[:<account id>]`` and reaches only its own referrals. Opening a card is
journalled. Contact data are shown at once, or only after taking charge if the person asked so.
"""

import base64
import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from cases.db import writing
from cases.errors import CaseNotFound
from referrals import encrypted_parts, links, outbox, views, words
from referrals.contact import Contact, Preferences
from referrals.directory_models import OperatorRow, SiteRow
from referrals.errors import NotAllowed
from referrals.models import WAITING, OutboxRow, ReferralCountRow, ReferralRow
from referrals.service import Referrals
from referrals.states import OPEN, Actor, State, targets
from referrals.views import Referral
from texts import typed

OUTCOMES = ("rientro_al_lavoro", "nuovo_lavoro", "servizi_completati", "interrotto")
PAGE = 25
_MOST_LINKS = 10
NEWEST, EXPIRING = "recenti", "scadenza"
_SEES_CONTACT_IN = (State.PRESA_IN_CARICO, State.APPUNTAMENTO_FISSATO, State.PIP_SOTTOSCRITTO)


@dataclass(frozen=True)
class Item:
    """One line of the inbox: nothing about the person."""

    code: str
    state: str
    measure: str
    site: str
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True)
class Page:
    """A page of the inbox. ``counts``: by state, filters apart; ``after``: where the next page starts."""

    items: tuple[Item, ...]
    counts: dict[str, int]
    after: str | None


@dataclass(frozen=True)
class Card:
    """A referral as its operator sees it. ``contact`` is None while hidden or once erased."""

    referral: Referral
    contact: Contact | None
    preferences: Preferences | None
    contact_hidden: bool
    may: tuple[str, ...]
    plan: dict[str, Any] | None
    note: str | None


class OperatorSide:
    """The operators' side of referrals."""

    def __init__(self, referrals: Referrals) -> None:
        self._referrals = referrals
        self._writer = referrals.writer
        self._keyring = referrals.keyring

    def inbox(
        self,
        operator_id: str,
        state: str | None = None,
        measure: str | None = None,
        site_id: str | None = None,
        after: str | None = None,
        limit: int = PAGE,
        order: str = NEWEST,
    ) -> Page:
        """A page, with filters. Two queries, whatever the number of referrals.

        ``order``: ``NEWEST`` first, or ``EXPIRING`` first, which shows only what waits for an answer.
        ``after``: the ``after`` of the page before, in the same order; raises ``ValueError`` if it is not one.
        """
        key = ReferralRow.expires_at if order == EXPIRING else ReferralRow.created_at
        query = (
            select(ReferralRow, SiteRow.name)
            .join(SiteRow, SiteRow.id == ReferralRow.site_id)
            .where(ReferralRow.operator_id == operator_id)
            .limit(limit + 1)
        )
        if order == EXPIRING:
            query = query.where(WAITING, key.is_not(None)).order_by(key, ReferralRow.id)
        else:
            query = query.order_by(key.desc(), ReferralRow.id.desc())
        for column, value in (
            (ReferralRow.state, state),
            (ReferralRow.measure, measure),
            (ReferralRow.site_id, site_id),
        ):
            if value:
                query = query.where(column == value)
        if after:
            moment, last_id = _read_cursor(after)
            if order == EXPIRING:
                query = query.where(key >= moment, or_(key > moment, ReferralRow.id > last_id))
            else:
                query = query.where(key <= moment, or_(key < moment, ReferralRow.id < last_id))
        many = func.sum(ReferralCountRow.n)
        counting = (
            select(ReferralCountRow.state, many)
            .where(ReferralCountRow.operator_id == operator_id)
            .group_by(ReferralCountRow.state)
            .having(many > 0)
            .order_by(ReferralCountRow.state)
        )
        with self._referrals.session_factory() as session:
            found = session.execute(query).all()
            counts = {state: int(count) for state, count in session.execute(counting)}
        items = tuple(
            Item(r.code, r.state, r.measure, site, r.created_at, r.updated_at, r.expires_at)
            for r, site in found[:limit]
        )
        more = _cursor(found[limit - 1][0], order) if len(found) > limit else None
        return Page(items, counts, more)

    def card(self, code: str, actor: str, now: datetime) -> Card:
        """One referral in full, journalled as seen. Raises ``NotAllowed`` for another's."""
        with writing(self._referrals.session_factory) as session:
            row = self._writer.row_in(session, code)
            self._writer.check_owner(row, actor)
            contact, hidden = None, not self._shows_contact(row)
            if not hidden:
                contact = encrypted_parts.read_in(session, self._keyring, row, encrypted_parts.CONTACT)
            preferences = encrypted_parts.read_in(session, self._keyring, row, encrypted_parts.PREFERENCES)
            if preferences and hidden:
                preferences = {**preferences, "helper": ""}
            plan = encrypted_parts.read_in(session, self._keyring, row, encrypted_parts.PLAN)
            note = encrypted_parts.read_in(session, self._keyring, row, encrypted_parts.note_kind(row.journal_id))
            self._writer.note_in(session, row, "scheda_letta", actor, now, {"contact": contact is not None})
            return Card(
                referral=views.referral_in(session, row),
                contact=Contact(**contact) if contact else None,
                preferences=Preferences(**preferences) if preferences else None,
                contact_hidden=hidden,
                may=tuple(targets(row.state, actor)),
                plan=plan,
                note=note,
            )

    def take(self, code: str, actor: str, now: datetime) -> Referral:
        """Take charge."""
        return self._referrals.transition(code, State.PRESA_IN_CARICO, actor, now)

    def refuse(self, code: str, actor: str, now: datetime, reason: str) -> Referral:
        """Say no, with a reason; the person is invited to choose another operator."""
        return self._referrals.transition(code, State.RIFIUTATA, actor, now, reason)

    def sign_plan(self, code: str, actor: str, plan: dict[str, Any], now: datetime) -> Referral:
        """Record the signed personal plan (PIP), as built by the eligibility module."""
        with writing(self._referrals.session_factory) as session:
            row = self._writer.row_in(session, code, lock=True)
            if row.case_id is None:
                raise CaseNotFound("the person's data were erased")
            self._writer.check_owner(row, actor)
            if row.state != State.PIP_SOTTOSCRITTO:
                self._writer.move_in(session, row, State.PIP_SOTTOSCRITTO, actor, now)
            encrypted_parts.write_in(session, self._keyring, row, encrypted_parts.PLAN, plan, now)
            return views.referral_in(session, row)

    def conclude(self, code: str, actor: str, outcome: str, now: datetime) -> Referral:
        """Close with an outcome of ``OUTCOMES``; it goes into the anonymous statistics too."""
        if outcome not in OUTCOMES:
            raise ValueError("Scelga un esito dall'elenco.")
        with writing(self._referrals.session_factory) as session:
            row = self._writer.row_in(session, code, lock=True)
            if row.state != State.CONCLUSA:
                self._writer.move_in(session, row, State.CONCLUSA, actor, now, detail={"outcome": outcome})
            return views.referral_in(session, row)

    def export_csv(self, operator_id: str, now: datetime, actor: str | None = None) -> str:
        """The operator's referrals as CSV, with contact data of those in its charge. Journalled under ``actor``."""
        header = words.load()["esportazione"]
        output = io.StringIO()
        writer = csv.writer(output, delimiter=";")
        writer.writerow(header)
        query = (
            select(ReferralRow)
            .where(ReferralRow.operator_id == operator_id)
            .order_by(ReferralRow.created_at, ReferralRow.id)
        )
        with writing(self._referrals.session_factory) as session:
            sites = dict(
                session.execute(select(SiteRow.id, SiteRow.name).where(SiteRow.operator_id == operator_id)).all()
            )
            for rows in session.scalars(query).partitions(500):
                shown = [row for row in rows if self._shows_contact(row) and row.case_id]
                contacts = encrypted_parts.read_many_in(session, self._keyring, shown, encrypted_parts.CONTACT)
                for row in rows:
                    contact = contacts.get(row.id, {})
                    cells = [row.code, row.state, row.measure, sites[row.site_id]]
                    cells += [f"{row.created_at:%Y-%m-%d}", f"{row.updated_at:%Y-%m-%d}"]
                    cells += [contact.get(name) or "" for name in ("nome", "telefono", "email")]
                    writer.writerow([typed.cell(cell) for cell in cells])
                for row in shown:
                    self._writer.note_in(session, row, "esportata", actor or f"{Actor.OPERATORE}:{operator_id}", now)
        return output.getvalue()

    def send_links(self, email: str, has_account: Callable[[str], bool], now: datetime) -> bool:
        """Write to an operator's address how to enter; False (tell nobody) if no site has it.

        Where somebody of the operator has an account the e-mail names the log-in; else it brings a link for each
        referral that the site has in hand, each opening that one.

        :param has_account: whether somebody of an operator (by id) can log in.
        """
        with self._referrals.session_factory() as session:
            site = session.scalars(
                select(SiteRow)
                .where(func.lower(SiteRow.email) == email.strip().lower(), SiteRow.active)
                .order_by(SiteRow.id)
                .limit(1)
            ).first()
        if site is None:
            return False
        by_account = has_account(site.operator_id)
        public_url = self._writer.settings().public_url
        with writing(self._referrals.session_factory) as session:
            # At most one in ten minutes for each address, whoever asks.
            dedupe = f"operatore_accesso:{site.id}:{now:%Y%m%d%H%M}"[:-1]
            if session.scalar(select(OutboxRow.id).where(OutboxRow.dedupe == dedupe)) is not None:
                return True
            if by_account:
                subject, text = words.mail("operatore_accesso", link=f"{public_url}/accesso?dopo=/operatore")
            else:
                lines = [self._link_line_in(session, row, public_url, now) for row in self._in_hand_in(session, site)]
                kind = "operatore_link" if lines else "operatore_nessun_link"
                subject, text = words.mail(kind, links="\n".join(lines))
            outbox.enqueue_in(
                session,
                self._keyring,
                dedupe=dedupe,
                kind="operatore_accesso",
                channel="email",
                payload={"to": site.email, "subject": subject, "text": text},
                now=now,
            )
        return True

    @staticmethod
    def _in_hand_in(session: Session, site: SiteRow) -> Sequence[ReferralRow]:
        query = select(ReferralRow).where(ReferralRow.site_id == site.id, ReferralRow.state.in_(OPEN))
        return session.scalars(query.order_by(ReferralRow.created_at.desc(), ReferralRow.id).limit(_MOST_LINKS)).all()

    @staticmethod
    def _link_line_in(session: Session, row: ReferralRow, public_url: str, now: datetime) -> str:
        token = links.create_in(session, links.OPERATOR_REFERRAL, now, row.operator_id, row.id, row.case_id)
        return f"{row.code}\n{links.operator_url(public_url, token)}"

    def enter(self, token: str, now: datetime) -> tuple[str, str]:
        """Use a magic link: the operator's id and the code of the one referral it opens.

        Raises ``LinkInvalid``, ``NotAllowed``.
        """
        with writing(self._referrals.session_factory) as session:
            link = links.redeem_in(session, token, (links.OPERATOR_REFERRAL,), now)
            code = session.scalar(select(ReferralRow.code).where(ReferralRow.id == link.referral_id))
            active = session.scalar(select(OperatorRow.active).where(OperatorRow.id == link.operator_id))
            if not active or link.operator_id is None or code is None:
                raise NotAllowed("this operator is not active")
            return link.operator_id, code

    def api_key(self, operator_id: str, now: datetime) -> str:
        """A bearer token for the operator's own system, valid for a year; shown once, kept as a hash."""
        with writing(self._referrals.session_factory) as session:
            session.get_one(OperatorRow, operator_id)
            return links.create_in(session, links.OPERATOR_API, now, operator_id=operator_id)

    def operator_for_key(self, token: str, now: datetime) -> str:
        """Operator id of a bearer token. Raises ``LinkInvalid``."""
        with writing(self._referrals.session_factory) as session:
            return str(links.redeem_in(session, token, (links.OPERATOR_API,), now).operator_id)

    @staticmethod
    def _shows_contact(row: ReferralRow) -> bool:
        if row.state in _SEES_CONTACT_IN:
            return True
        return row.state in (State.APERTA, State.INVIATA) and not row.contact_after_taking


def _cursor(row: ReferralRow, order: str) -> str:
    moment = row.expires_at if order == EXPIRING else row.created_at
    text = json.dumps([moment.isoformat() if moment else "", row.id])
    return base64.urlsafe_b64encode(text.encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    try:
        moment, last_id = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        return datetime.fromisoformat(moment), str(last_id)
    except (ValueError, TypeError):
        raise ValueError("La pagina richiesta non esiste.") from None
