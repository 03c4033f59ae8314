"""The summary of a referral on paper: code, state, operator, steps, the QR code of its page; no name, no health datum."""

from datetime import datetime

from papers.typesetting import qr_svg, typeset
from referrals import links, words
from referrals.views import Referral
from settings.clock import ROME


def make(referral: Referral, public_url: str, now: datetime, measure_title: str | None = None) -> bytes:
    """The PDF: code, state, operator, steps, QR of the status page, edition of the rules; no name, no health datum.

    ``measure_title``: the measure's title in Italian; absent, the summary does not name the measure.
    """
    texts = words.load()["riepilogo_pdf"]
    states = words.load()["stati"]
    url = links.status_url(public_url, referral.code)
    site = referral.site
    data = {
        "texts": texts,
        "code": referral.code,
        "url": url,
        "qr": qr_svg(url),
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
    return typeset("summary", data, now)


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(ROME):%d/%m/%Y}"
