"""How many sites each province has, for the map of the directory."""

from datetime import date

from sqlalchemy import func, or_, select

from cases.db import SessionFactory
from referrals.directory_models import OperatorRow, ServiceRow, SiteRow


def sites_by_province(factory: SessionFactory, measure: str | None, on: date) -> dict[str, int]:
    """Active sites by province code, of those that offer ``measure`` on the day ``on`` if one is given. One query."""
    query = (
        select(SiteRow.provincia, func.count(func.distinct(SiteRow.id)))
        .join(OperatorRow, OperatorRow.id == SiteRow.operator_id)
        .where(SiteRow.active, OperatorRow.active)
        .group_by(SiteRow.provincia)
        .order_by(SiteRow.provincia)
    )
    if measure:
        query = query.join(ServiceRow, ServiceRow.site_id == SiteRow.id).where(
            ServiceRow.measure == measure,
            or_(ServiceRow.valid_from.is_(None), ServiceRow.valid_from <= on),
            or_(ServiceRow.valid_to.is_(None), ServiceRow.valid_to >= on),
        )
    with factory() as session:
        return {province: count for province, count in session.execute(query)}
