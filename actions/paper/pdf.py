"""Typeset the paper with Typst, which writes tagged PDF (PDF/UA-1)."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING

import typst

from actions.paper.content import content

if TYPE_CHECKING:
    from actions.services import Services
    from cases.record import CaseRecord

_TEMPLATE = Path(__file__).with_name("result.typ")


def make(record: CaseRecord, services: Services, now: dt.datetime, today: dt.date) -> bytes:
    """The PDF of a case's result as the rules see it on ``today``; no name and no contact datum stands on it."""
    data = content(record, services, now, today)
    return typst.compile(
        str(_TEMPLATE),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
        timestamp=int(now.timestamp()),
    )
