"""What the person does from the page. Each act answers with the page as it is then."""

from __future__ import annotations

from fastapi import APIRouter, Response
from starlette.requests import Request

import texts
from cases.budgets import BudgetSpent
from cases.errors import CaseNotFound
from papers import summary
from referrals.appointments import Appointments
from referrals.errors import NotAllowed, ReferralError, SiteNotFound
from referrals.person import PersonSide
from referrals.views import Referral
from settings import clock
from web.api.referrals import invio_text
from web.pages.rendering import form_page
from web.portals.forms import text_of
from web.portals.opened_referral import Open, seal
from web.portals.referral_status.page import show, title_of
from web.problems import Problem
from web.services import Here, Services, in_thread

router = APIRouter()


@router.post("/segnalazione/stato")
async def refresh(request: Request, services: Here, referral: Open) -> Response:
    """The page again, as it is now."""
    return await show(request, services, referral)


@router.post("/segnalazione/riepilogo")
async def download_summary(services: Here, referral: Open) -> Response:
    """The summary as a PDF to keep or show."""
    public_url = services.settings.public_url or ""
    content = await in_thread(summary.make, referral, public_url, clock.now(), title_of(referral))
    return _file(content, "application/pdf", f"richiesta-{referral.code}.pdf")


@router.post("/segnalazione/calendario")
async def download_meeting(request: Request, services: Here, referral: Open) -> Response:
    """A meeting for the telephone's calendar."""
    meeting = text_of(await request.form(), "appuntamento", 40)
    try:
        content = await in_thread(Appointments(services.referrals).calendar, referral.code, meeting, clock.now())
    except NotAllowed:
        raise Problem("non-trovato") from None
    return _file(content, "text/calendar; charset=utf-8", f"appuntamento-{referral.code}.ics")


@router.post("/segnalazione/appuntamento")
async def answer_meeting(request: Request, services: Here, referral: Open) -> Response:
    """Yes or no to a time; yes to one means no to the others."""
    form = await request.form()
    yes = text_of(form, "risposta") == "si"
    try:
        await in_thread(
            Appointments(services.referrals).answer,
            referral.code,
            text_of(form, "appuntamento", 40),
            yes,
            clock.now(),
        )
    except NotAllowed:
        return await show(request, services, referral, error="stato", status=409)
    _tell(services, referral)
    fresh = await in_thread(services.referrals.get, referral.code)
    return await show(request, services, fresh, done="appuntamento_si" if yes else "appuntamento_no")


@router.post("/segnalazione/chiamata")
async def did_they_call(request: Request, services: Here, referral: Open) -> Response:
    """The answer to "did anyone call you?"."""
    called = text_of(await request.form(), "risposta") == "si"
    try:
        await in_thread(PersonSide(services.referrals).follow_up, referral.code, called, clock.now())
    except (NotAllowed, CaseNotFound):
        return await show(request, services, referral, error="stato", status=409)
    return await show(request, services, referral, done="chiamata_si" if called else "chiamata_no")


@router.post("/segnalazione/altro-operatore")
async def try_another(request: Request, services: Here, referral: Open) -> Response:
    """Choose the next operator, read the consent in its name, send."""
    form = await request.form()
    site_id, confirmed = text_of(form, "sede", 60), text_of(form, "conferma") == "si"
    offered = await in_thread(PersonSide(services.referrals).proposals, referral.code, clock.now())
    site = next((s for s in offered if s.site_id == site_id), None)
    if site is None or referral.case_id is None:
        return await show(request, services, referral, error="sede", status=422)
    try:
        # Who reads here is the person, also when a doctor or the desk opened the case.
        text = await in_thread(invio_text, services, site_id, "cittadino")
        if not confirmed:
            return form_page(
                request,
                "segnalazione/altro.html",
                referral=referral,
                site=site,
                consent=text,
                opened=seal(services, referral),
            )
        new = await in_thread(
            PersonSide(services.referrals).reassign,
            referral.code,
            site_id,
            text,
            texts.say("consensi.versione"),
            # One new attempt for each ended one, however often the button is pressed.
            f"{referral.id}:riassegna:{site_id}",
            clock.now(),
        )
    except BudgetSpent:
        raise Problem("troppe-segnalazioni") from None
    except SiteNotFound:
        return await show(request, services, referral, error="sede", status=409)
    except (ReferralError, CaseNotFound):
        fresh = await in_thread(services.referrals.get, referral.code)
        return await show(request, services, fresh, error="stato", status=409)
    fresh = await in_thread(services.referrals.get, new.code)
    _tell(services, fresh)
    return await show(request, services, fresh, done="altro_operatore")


def _tell(services: Services, referral: Referral) -> None:
    """Let an open chat of the same person show the change."""
    if referral.case_id:
        services.news.announce(referral.case_id)


def _file(content: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)
