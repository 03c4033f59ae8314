"""Asking an operator whether there is room, without saying for whom.

An operator may publish an address (column ``capienza_url``): we ask ``GET <address>?sede=..&misura=..``
(every hour without a measure, and when somebody is about to choose) and it answers ``{"posti": <number>}``. What it says replaces the capacity of the directory.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from cases.db import SessionFactory, writing
from referrals.directory_models import SiteRow
from settings.clock import ROME

if TYPE_CHECKING:
    import httpx

TIMEOUT_SECONDS = 2.0
_MOST = 9999


def ask(
    session_factory: SessionFactory,
    site_id: str,
    measure: str | None,
    now: datetime,
    client: httpx.Client | None = None,
) -> int | None:
    """Free places at a site just now; what the directory says if the operator does not answer in time.

    None: nobody knows. A silent operator is never a reason to stop a referral.
    """
    with session_factory() as session:
        site = session.get(SiteRow, site_id)
        if site is None:
            return None
        known, url = site.capacity, site.operator.capacity_url
    if not url:
        return known
    places = _fetch(url, site_id, measure, client)
    if places is None:
        return known
    with writing(session_factory) as session:
        _store_in(session, site_id, places, now)
    return places


def _fetch(url: str, site_id: str, measure: str | None, client: httpx.Client | None) -> int | None:
    import httpx  # few operators publish their places: only where one is asked

    used = client or httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False)
    try:
        answer = used.get(url, params={"sede": site_id, **({"misura": measure} if measure else {})})
        places = answer.raise_for_status().json()["posti"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return None
    finally:
        if client is None:
            used.close()
    return places if type(places) is int and 0 <= places <= _MOST else None


def _store_in(session: Session, site_id: str, places: int, now: datetime) -> None:
    site = session.get(SiteRow, site_id, with_for_update=True)
    if site is not None:
        site.capacity = places
        site.verified_on = now.astimezone(ROME).date()
        site.updated_at = now
