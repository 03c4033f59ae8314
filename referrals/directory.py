"""The operators' directory: import, search near a comune."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from cases.db import SessionFactory, writing
from referrals import comuni
from referrals.csv_import import ImportReport, import_in
from referrals.directory_models import OperatorRow, ServiceRow, SiteRow

#: Sites this much farther than another count as equally near: nobody chooses by a few hundred metres.
SAME_DISTANCE_KM = 3
#: A record not confirmed for longer than this comes after fresher ones at the same distance.
FRESH_DAYS = 180


@dataclass(frozen=True)
class SiteMatch:
    """A site found by a search. ``km`` is None when the distance is not known."""

    site_id: str
    operator_id: str
    operator: str
    name: str
    address: str
    comune: str
    provincia: str
    phone: str | None
    email: str | None
    km: float | None
    demo: bool
    hours: str | None = None
    languages: tuple[str, ...] = ()
    accessibility: str = ""
    capacity: int | None = None
    verified_on: date | None = None
    albo_lavoro: str | None = None
    albo_formazione_sezione: str | None = None


class Directory:
    """Operators and their sites."""

    def __init__(self, session_factory: SessionFactory) -> None:
        self.session_factory = session_factory

    def import_csv(
        self, path_or_text: str | Path, now: datetime, dry_run: bool = False, complete: bool = False
    ) -> ImportReport:
        """Import a file in the format of docs/operators-csv.md.

        Rows with errors are reported and skipped, the others are written in one transaction.
        ``complete``: the file is the whole directory, so sites it does not name are deactivated
        (never deleted). ``dry_run`` reports the same and writes nothing.
        """
        with writing(self.session_factory) as session:
            report = import_in(session, path_or_text, now, complete)
            if dry_run:
                session.rollback()
                report.dry_run = True
        return report

    def nearest(
        self,
        comune: str | None = None,
        provincia: str | None = None,
        measure: str | None = None,
        limit: int = 5,
        on: date | None = None,
        case_id: str | None = None,
        exclude_operators: tuple[str, ...] = (),
    ) -> list[SiteMatch]:
        """Active sites that offer ``measure`` on the day ``on``, the most useful first.

        The order, which pages state: sites that say they are full come last; distance in steps of
        3 km; sites that say they have places before those that do not say; records confirmed in
        the last 180 days; a rotation that changes every day and with each ``case_id``, so that no
        operator is favoured; site id. The same arguments always give the same order. An unknown
        comune falls back to the middle of ``provincia``, whose sites then come first; with neither,
        distance plays no part.

        With a ``case_id`` (somebody is choosing) sites without e-mail are left out: they cannot be
        sent referrals.
        """
        with self.session_factory() as session:
            return self.nearest_in(session, comune, provincia, measure, limit, on, case_id, exclude_operators)

    def nearest_in(
        self,
        session: Session,
        comune: str | None = None,
        provincia: str | None = None,
        measure: str | None = None,
        limit: int = 5,
        on: date | None = None,
        case_id: str | None = None,
        exclude_operators: tuple[str, ...] = (),
    ) -> list[SiteMatch]:
        """As :meth:`nearest`, in the caller's transaction."""
        place = comuni.find(comune, provincia)
        point = (place.latitude, place.longitude) if place else comuni.centre(provincia)
        origin = None
        if point:
            origin = place or comuni.Place("", "", (provincia or "").upper(), *point)
        query = (
            select(*_RANKED)
            .join(OperatorRow, OperatorRow.id == SiteRow.operator_id)
            .where(SiteRow.active, OperatorRow.active)
        )
        if measure:
            query = query.join(ServiceRow, ServiceRow.site_id == SiteRow.id).where(ServiceRow.measure == measure)
            if on:
                query = query.where(
                    or_(ServiceRow.valid_from.is_(None), ServiceRow.valid_from <= on),
                    or_(ServiceRow.valid_to.is_(None), ServiceRow.valid_to >= on),
                )
        if case_id:
            query = query.where(SiteRow.email.is_not(None))
        if exclude_operators:
            query = query.where(SiteRow.operator_id.not_in(exclude_operators))
        ranked = []
        for site in session.execute(query):
            km = None
            if origin and site.latitude is not None and site.longitude is not None:
                km = origin.km_to(site.latitude, site.longitude)
            ranked.append((_rank(site, km, origin, on, case_id), km))
        ranked.sort(key=lambda item: item[0])
        chosen = {str(rank[-1]): km for rank, km in ranked[:limit]}
        loaded = select(SiteRow).options(joinedload(SiteRow.operator)).where(SiteRow.id.in_(chosen))
        found = {site.id: site for site in session.scalars(loaded)}
        return [site_match(found[site_id], km) for site_id, km in chosen.items()]

    def site(self, site_id: str) -> SiteMatch | None:
        """One site, also if inactive; None if there is none."""
        with self.session_factory() as session:
            row = session.get(SiteRow, site_id)
            return None if row is None else site_match(row, None)

    def active_operator(self, operator_id: str) -> str | None:
        """Name of an active operator, None for any other."""
        with self.session_factory() as session:
            row = session.get(OperatorRow, operator_id)
            return row.name if row is not None and row.active else None

    def is_empty(self) -> bool:
        """True before the first import."""
        with self.session_factory() as session:
            return session.scalar(select(SiteRow.id).limit(1)) is None


def demo_operators() -> Path:
    """The fictitious directory that comes with the product."""
    return Path(__file__).with_name("demo") / "operatori.csv"


# What ranking needs: a thousand whole sites would take longer to load than to rank.
_RANKED = (
    SiteRow.id,
    SiteRow.operator_id,
    SiteRow.provincia,
    SiteRow.latitude,
    SiteRow.longitude,
    SiteRow.capacity,
    SiteRow.verified_on,
)


def _rank(
    site: Any, km: float | None, origin: comuni.Place | None, on: date | None, case_id: str | None
) -> tuple[float | int | bool | str, ...]:
    full = site.capacity == 0
    outside = bool(origin and not origin.istat and site.provincia != origin.provincia)
    distance = (km is None, 0 if km is None else int(km // SAME_DISTANCE_KM))
    stale = site.verified_on is None or (on is not None and (on - site.verified_on).days > FRESH_DAYS)
    turn = hashlib.sha256(f"{on}|{case_id or ''}|{site.operator_id}".encode()).hexdigest()
    return (full, outside, *distance, site.capacity is None, stale, turn, site.id)


def site_match(site: SiteRow, km: float | None) -> SiteMatch:
    """What a search shows of a site."""
    return SiteMatch(
        site_id=site.id,
        operator_id=site.operator_id,
        operator=site.operator.name,
        name=site.name,
        address=site.address,
        comune=site.comune,
        provincia=site.provincia,
        phone=site.phone,
        email=site.email,
        km=None if km is None else round(km, 1),
        demo=site.operator.demo,
        hours=site.hours,
        languages=tuple(x for x in site.languages.split(";") if x),
        accessibility=site.accessibility,
        capacity=site.capacity,
        verified_on=site.verified_on,
        albo_lavoro=site.operator.albo_lavoro,
        albo_formazione_sezione=site.operator.albo_formazione_sezione,
    )
