"""The result of a check on paper, opened with the link of an e-mail.

The link's secret comes in the address' fragment, which browsers do not send; the page puts it into a form. It is used
only when somebody presses the button, because mail scanners open the addresses they find.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response
from starlette.requests import Request

from cases.db import writing
from cases.errors import CaseNotFound
from cases.record import CaseRecord
from papers import result
from referrals import links
from referrals.errors import LinkInvalid
from settings import clock
from web.pages.rendering import form_page
from web.security.csrf import check_form
from web.services import Here, Services, in_thread

router = APIRouter()
Field = Annotated[str, Form(max_length=400)]
FILE_NAME = "il-suo-risultato.pdf"
_NOT_VALID = "Questo link non vale più, o non è completo. Può chiederne un altro nella chat."


@router.get("/foglio")
async def door(request: Request) -> Response:
    """The page that the e-mail's link opens."""
    return form_page(request, "foglio.html", error=None)


@router.post("/foglio")
async def open_sheet(request: Request, services: Here, link: Field = "", gettone: Field = "") -> Response:
    """The PDF. The whole address may be pasted, or only what follows the #."""
    check_form(request, gettone, services.sealer)
    await services.limits.before("link", request)
    try:
        record = await in_thread(_record_of, services, link.strip().rpartition("#")[2])
    except (LinkInvalid, CaseNotFound):
        await services.limits.failed("link", request)
        return form_page(request, "foglio.html", status=403, error=_NOT_VALID)
    return await sheet(services, record)


async def sheet(services: Services, record: CaseRecord) -> Response:
    """The PDF of a case as an answer that no cache keeps."""
    settings = services.settings
    help = result.Help(settings.help_phone, settings.help_hours, f"{settings.public_url}/")
    content = await in_thread(result.make, record, services.directory, help, clock.now(), clock.today())
    headers = {"Content-Disposition": f'inline; filename="{FILE_NAME}"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/pdf", headers=headers)


def _record_of(services: Services, token: str) -> CaseRecord:
    with writing(services.cases.session_factory) as session:
        link = links.redeem_in(session, token, (links.RESULT,), clock.now())
    if link.case_id is None:
        raise LinkInvalid("link")
    return services.cases.get(link.case_id)
