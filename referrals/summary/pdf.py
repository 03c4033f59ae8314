"""Typeset the summary with Typst: it writes tagged PDF by itself, which fpdf2 does not."""

import io
import json
from datetime import datetime
from pathlib import Path

import segno
import typst

from referrals import links, words
from referrals.views import Referral
from settings.clock import ROME

_TEMPLATE = Path(__file__).with_name("summary.typ")


def make(referral: Referral, public_url: str, now: datetime, measure_title: str | None = None) -> bytes:
    """The PDF: code, state, operator, steps, QR of the status page, edition of the rules; no name, no health datum.

    ``measure_title``: the measure's title in Italian; absent, the summary does not name the measure.
    """
    texts = words.load()["riepilogo_pdf"]
    states = words.load()["stati"]
    url = links.status_url(public_url, referral.code)
    picture = io.BytesIO()
    segno.make(url, error="m").save(picture, kind="svg", border=2, scale=4, xmldecl=False)
    site = referral.site
    data = {
        "texts": texts,
        "code": referral.code,
        "url": url,
        "qr": picture.getvalue().decode(),
        "rows": [
            [texts["stato"], states[referral.state]],
            *([[texts["misura"], measure_title]] if measure_title else []),
            [texts["operatore"], site.operator],
            [texts["sede"], f"{site.name}, {site.address}, {site.comune} ({site.provincia})"],
            *([[texts["telefono"], site.phone]] if site.phone else []),
            *([[texts["orari"], site.hours]] if site.hours else []),
        ],
        "steps": [[_day(step.at), states[step.state], step.reason or ""] for step in referral.steps],
        "footer": texts["piede"].format(day=_day(now), ruleset=referral.ruleset or "-"),
        "demo": texts["dimostrativo"] if site.demo else "",
    }
    return typst.compile(
        str(_TEMPLATE),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
        timestamp=int(now.timestamp()),
    )


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(ROME):%d/%m/%Y}"
