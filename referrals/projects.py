"""Network projects in preparation: an operator gathers partners and referred persons, and has the rules checked.

A project holds no personal datum. Its persons are links to referrals in the operator's charge; the services planned
for one of them are sealed with the rest of the referral. Erasing a person's data takes them out of the project.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from cases.db import writing
from cases.models import CaseRow, ConsentRow
from referrals import encrypted_parts
from referrals.errors import NotAllowed, ReferralError
from referrals.models import ReferralRow
from referrals.project_models import ProjectPersonRow, ProjectRow
from referrals.service import Referrals
from referrals.states import Actor, State

MEASURE = "azioni_di_rete"
#: Kind of the sealed part of a referral that says what is planned for the person in a project.
SERVICES = "project"
IN_CHARGE = (State.PRESA_IN_CARICO, State.APPUNTAMENTO_FISSATO, State.PIP_SOTTOSCRITTO)
MOST_PEOPLE = 100
_SHOWN = 50


class ProjectNotFound(ReferralError, LookupError):
    """This operator has no such project."""


class ProjectChanged(ReferralError):
    """Somebody else saved the project meanwhile."""


@dataclass(frozen=True)
class Content:
    """What the operator writes of a project.

    ``partners``: ``[{"name", "kind", "lead"}]``; ``planned``: persons foreseen, used while none is gathered;
    ``requested``: euro; ``services_for_all``: ids of the services that everybody has.
    """

    title: str
    partners: list[dict[str, Any]] = field(default_factory=list)
    months: float | None = None
    requested: float | None = None
    planned: int | None = None
    services_for_all: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Recipient:
    """A referred person in the project, by code. ``services``: those planned for this person alone."""

    code: str
    state: str
    services: tuple[str, ...]


@dataclass(frozen=True)
class Project:
    """A project as its operator sees it. ``version`` goes back to :meth:`Projects.save`."""

    id: str
    operator_id: str
    measure: str
    content: Content
    version: int
    updated_at: datetime
    people: tuple[Recipient, ...] = ()


@dataclass(frozen=True)
class Line:
    """A project in the list."""

    id: str
    title: str
    people: int
    updated_at: datetime


class Projects:
    """The projects of operators. Every method is one transaction."""

    def __init__(self, referrals: Referrals) -> None:
        self._referrals = referrals
        self._factory = referrals.session_factory
        self._keyring = referrals.keyring

    def create(self, operator_id: str, content: Content, now: datetime) -> str:
        """A new project; its id."""
        with writing(self._factory) as session:
            row = ProjectRow(
                id=uuid.uuid4().hex,
                operator_id=operator_id,
                measure=MEASURE,
                title=content.title,
                content=_stored(content),
                created_at=now,
                updated_at=now,
            )
            session.add(row)
            return row.id

    def page(self, operator_id: str, skip: int = 0, limit: int = 25) -> tuple[list[Line], int]:
        """A page of the operator's projects, the last changed first, and how many there are. Two queries."""
        people = func.count(ProjectPersonRow.referral_id)
        query = (
            select(ProjectRow.id, ProjectRow.title, people, ProjectRow.updated_at)
            .outerjoin(ProjectPersonRow, ProjectPersonRow.project_id == ProjectRow.id)
            .where(ProjectRow.operator_id == operator_id)
            .group_by(ProjectRow.id, ProjectRow.title, ProjectRow.updated_at)
            .order_by(ProjectRow.updated_at.desc(), ProjectRow.id)
            .offset(skip)
            .limit(limit)
        )
        counting = select(func.count()).select_from(ProjectRow).where(ProjectRow.operator_id == operator_id)
        with self._factory() as session:
            return [Line(*row) for row in session.execute(query)], session.scalar(counting) or 0

    def get(self, operator_id: str, project_id: str) -> Project:
        """A project with its people. Raises ``ProjectNotFound``, for another operator's too."""
        with self._factory() as session:
            row = self._row_in(session, operator_id, project_id)
            rows = self._people_in(session, project_id)
            planned = encrypted_parts.read_many_in(session, self._keyring, rows, SERVICES)
            people = tuple(Recipient(r.code, r.state, tuple(planned.get(r.id, {}).get("services", ()))) for r in rows)
            content = Content(title=row.title, **row.content)
            return Project(row.id, row.operator_id, row.measure, content, row.version, row.updated_at, people)

    def save(self, operator_id: str, project_id: str, content: Content, version: int, now: datetime) -> None:
        """Replace what is written. Raises ``ProjectChanged`` when ``version`` is no longer the last."""
        try:
            with writing(self._factory) as session:
                row = self._row_in(session, operator_id, project_id)
                if row.version != version:
                    raise ProjectChanged(project_id)
                row.title = content.title
                row.content = _stored(content)
                row.updated_at = now
        except StaleDataError:
            raise ProjectChanged(project_id) from None

    def delete(self, operator_id: str, project_id: str) -> None:
        """Remove a project; the referrals stay as they are."""
        with writing(self._factory) as session:
            row = self._row_in(session, operator_id, project_id)
            for referral in self._people_in(session, project_id):
                encrypted_parts.write_in(session, self._keyring, referral, SERVICES, {}, row.updated_at)
            session.execute(delete(ProjectPersonRow).where(ProjectPersonRow.project_id == project_id))
            session.delete(row)

    def add(self, operator_id: str, project_id: str, code: str, now: datetime, actor: str | None = None) -> None:
        """Put a referred person into the project; doing it again changes nothing. ``actor``: who is journalled.

        Raises ``NotAllowed`` unless the referral is this operator's, for this measure, in its charge, in no other
        project, and the project has room; ``ReferralNotFound``.
        """
        with writing(self._factory) as session:
            project = self._row_in(session, operator_id, project_id)
            row = self._referrals.writer.row_in(session, code, lock=True)
            there = session.get(ProjectPersonRow, row.id)
            if there is not None and there.project_id == project_id:
                return
            fits = row.operator_id == operator_id and row.measure == project.measure and row.state in IN_CHARGE
            room = len(self._people_in(session, project_id)) < MOST_PEOPLE
            if there is not None or not fits or not room or row.case_id is None:
                raise NotAllowed("this referral cannot join the project")
            session.add(ProjectPersonRow(referral_id=row.id, project_id=project_id, case_id=row.case_id, added_at=now))
            self._referrals.writer.note_in(
                session, row, "in_progetto", actor or f"{Actor.OPERATORE}:{operator_id}", now
            )
            project.updated_at = now

    def remove(self, operator_id: str, project_id: str, code: str, now: datetime) -> None:
        """Take a person out of the project, with what was planned for them."""

        def act(session: Session, row: ReferralRow) -> None:
            session.execute(delete(ProjectPersonRow).where(ProjectPersonRow.referral_id == row.id))
            encrypted_parts.write_in(session, self._keyring, row, SERVICES, {}, now)

        self._with_person(operator_id, project_id, code, act)

    def plan(self, operator_id: str, project_id: str, code: str, services: list[str], now: datetime) -> None:
        """Say which services one person has besides those of everybody."""

        def act(session: Session, row: ReferralRow) -> None:
            value = {"project": project_id, "services": services}
            encrypted_parts.write_in(session, self._keyring, row, SERVICES, value, now)

        self._with_person(operator_id, project_id, code, act)

    def candidates(self, operator_id: str, measure: str = MEASURE) -> list[tuple[str, datetime]]:
        """Code and day of referrals that may join a project, the oldest first (the first ``_SHOWN``)."""
        query = (
            select(ReferralRow.code, ReferralRow.created_at)
            .outerjoin(ProjectPersonRow, ProjectPersonRow.referral_id == ReferralRow.id)
            .where(
                ReferralRow.operator_id == operator_id,
                ReferralRow.measure == measure,
                ReferralRow.state.in_(IN_CHARGE),
                ReferralRow.case_id.is_not(None),
                ProjectPersonRow.referral_id.is_(None),
            )
            .order_by(ReferralRow.created_at, ReferralRow.id)
            .limit(_SHOWN)
        )
        with self._factory() as session:
            return [(code, created) for code, created in session.execute(query)]

    def draft(
        self, project: Project, content: Content, wanted: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> dict[str, Any]:
        """The project as the eligibility module reads it, with ``content`` in place of what is saved.

        ``wanted`` keeps, of a person's facts, only those the check may read; the facts of who withdrew the consent
        to sending are not read at all. Constant number of queries.
        """
        people = [
            {"facts": wanted(facts), "services": list(recipient.services) or None}
            for recipient, facts in zip(project.people, self._facts(project), strict=True)
        ]
        recipients: dict[str, Any] = {"services_for_all": content.services_for_all or None}
        if people:
            recipients["people"] = people
        else:
            recipients["count"] = content.planned
        return {
            "partners": content.partners or None,
            "recipients": recipients,
            "months": content.months,
            "requested": content.requested,
        }

    def _facts(self, project: Project) -> list[dict[str, Any]]:
        with self._factory() as session:
            rows = {row.code: row for row in self._people_in(session, project.id)}
            case_ids = [row.case_id for row in rows.values()]
            agreed = set(
                session.scalars(
                    select(ConsentRow.case_id).where(
                        ConsentRow.case_id.in_(case_ids),
                        ConsentRow.purpose == "invio",
                        ConsentRow.withdrawn_at.is_(None),
                    )
                )
            )
            ciphers = self._keyring.ciphers(agreed)
            facts = {
                case.id: ciphers[case.id].open("case_record", "facts", case.id, case.facts_sealed)
                for case in session.scalars(select(CaseRow).where(CaseRow.id.in_(sorted(ciphers))))
            }
        cases = {code: row.case_id for code, row in rows.items()}
        return [facts.get(cases.get(person.code) or "", {}) for person in project.people]

    def _with_person(
        self, operator_id: str, project_id: str, code: str, act: Callable[[Session, ReferralRow], None]
    ) -> None:
        with writing(self._factory) as session:
            self._row_in(session, operator_id, project_id)
            row = self._referrals.writer.row_in(session, code, lock=True)
            there = session.get(ProjectPersonRow, row.id)
            if there is None or there.project_id != project_id:
                raise NotAllowed("this referral is not in the project")
            act(session, row)

    @staticmethod
    def _row_in(session: Session, operator_id: str, project_id: str) -> ProjectRow:
        row = session.get(ProjectRow, project_id)
        if row is None or row.operator_id != operator_id:
            raise ProjectNotFound(project_id)
        return row

    @staticmethod
    def _people_in(session: Session, project_id: str) -> list[ReferralRow]:
        query = (
            select(ReferralRow)
            .join(ProjectPersonRow, ProjectPersonRow.referral_id == ReferralRow.id)
            .where(ProjectPersonRow.project_id == project_id, ReferralRow.state.in_(IN_CHARGE))
            .order_by(ProjectPersonRow.added_at, ReferralRow.id)
        )
        return [row for row in session.scalars(query)]


def _stored(content: Content) -> dict[str, Any]:
    return {
        "partners": content.partners,
        "months": content.months,
        "requested": content.requested,
        "planned": content.planned,
        "services_for_all": content.services_for_all,
    }
