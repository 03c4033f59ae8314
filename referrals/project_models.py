"""Tables of the network projects that operators prepare. Who takes part is a link to a referral, never a name."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from cases.db import Base
from cases.models import ID


class ProjectRow(Base):
    """A draft project of one operator. ``content``: partners, months, money, shared services; nobody's data."""

    __tablename__ = "network_project"
    __table_args__ = (Index("ix_network_project_operator", "operator_id", "updated_at", "id"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    operator_id: Mapped[str] = mapped_column(ForeignKey("operator.id"))
    measure: Mapped[str] = mapped_column(String(48))
    title: Mapped[str] = mapped_column(String(200))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  (two desks saving at once: one is told)


class ProjectPersonRow(Base):
    """A referred person in a project; at most one project for each referral. Goes with the person's case."""

    __tablename__ = "network_project_person"
    __table_args__ = (
        Index("ix_network_project_person_project", "project_id", "added_at"),
        Index("ix_network_project_person_case", "case_id"),
    )

    referral_id: Mapped[str] = mapped_column(ForeignKey("referral.id", ondelete="CASCADE"), primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("network_project.id", ondelete="CASCADE"))
    case_id: Mapped[str] = mapped_column(ForeignKey("case_record.id", ondelete="CASCADE"))
    added_at: Mapped[datetime]
