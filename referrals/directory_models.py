"""Tables of the operators' directory, shaped after HSDS 3.0 (organization, location, service)."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, Float, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.db import Base

OPERATOR_ID = String(32)
SITE_ID = String(48)


class OperatorRow(Base):
    """An accredited body. The two registers are distinct: labour services, and training A or B."""

    __tablename__ = "operator"
    __table_args__ = (CheckConstraint("albo_formazione_sezione IN ('A', 'B')", name="albo_formazione"),)

    id: Mapped[str] = mapped_column(OPERATOR_ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    albo_lavoro: Mapped[str | None] = mapped_column(String(40))
    albo_formazione_sezione: Mapped[str | None] = mapped_column(String(1))
    website: Mapped[str | None] = mapped_column(String(300))
    demo: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    webhook_url: Mapped[str | None] = mapped_column(String(300))
    webhook_secret_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    capacity_url: Mapped[str | None] = mapped_column(String(300))
    updated_at: Mapped[datetime]

    sites: Mapped[list["SiteRow"]] = relationship(back_populates="operator", order_by="SiteRow.id")


class SiteRow(Base):
    """Where an operator receives people."""

    __tablename__ = "site"
    __table_args__ = (
        Index("ix_site_provincia", "provincia", "active"),
        Index("ix_site_operator", "operator_id"),
        CheckConstraint("capacity IS NULL OR capacity >= 0", name="capacity"),
    )

    id: Mapped[str] = mapped_column(SITE_ID, primary_key=True)
    operator_id: Mapped[str] = mapped_column(ForeignKey("operator.id"))
    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(200))
    cap: Mapped[str | None] = mapped_column(String(5))
    comune: Mapped[str] = mapped_column(String(100))
    provincia: Mapped[str] = mapped_column(String(2))
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    phone: Mapped[str | None] = mapped_column(String(40))
    email: Mapped[str | None] = mapped_column(String(200))
    hours: Mapped[str | None] = mapped_column(String(300))
    languages: Mapped[str] = mapped_column(String(100), default="")
    accessibility: Mapped[str] = mapped_column(String(200), default="")
    service_areas: Mapped[str] = mapped_column(String(300), default="")
    capacity: Mapped[int | None] = mapped_column(Integer)
    verified_on: Mapped[date | None] = mapped_column(Date)
    active: Mapped[bool] = mapped_column(default=True)
    updated_at: Mapped[datetime]

    operator: Mapped[OperatorRow] = relationship(back_populates="sites")
    services: Mapped[list["ServiceRow"]] = relationship(
        back_populates="site", cascade="all, delete-orphan", order_by="ServiceRow.measure"
    )


class ServiceRow(Base):
    """A measure offered at a site under a catalogue, with the dates of its validity."""

    __tablename__ = "site_service"
    __table_args__ = (Index("ix_site_service_measure", "measure"),)

    site_id: Mapped[str] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    measure: Mapped[str] = mapped_column(String(48), primary_key=True)
    catalogue: Mapped[str] = mapped_column(String(60), default="")
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)

    site: Mapped[SiteRow] = relationship(back_populates="services")
