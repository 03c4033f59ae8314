"""The operators' directory: what is in it, and importing the file with a trial first."""

from __future__ import annotations

import base64
import zlib
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Query, Response, UploadFile
from sqlalchemy import func, or_, select
from starlette.requests import Request

from accounts import people
from accounts.account import Account
from cases.db import writing
from referrals.csv_import import OPTIONAL, REQUIRED
from referrals.directory_models import OperatorRow, SiteRow
from settings import clock
from web.account_session import accounts_of
from web.permissions import permitted
from web.portals.administration.frame import PAGE, Field, PageNumber, admin_page, pages_of
from web.security.sealing import SealBroken
from web.services import Here, Services, in_thread

router = APIRouter()
Me = Annotated[Account, Depends(permitted("amministrazione.operatori"))]
#: About 5000 sites: what is read within a request's time. Larger files go through `rientro operators import`.
MAX_FILE_BYTES = 2_000_000
#: Paths whose requests carry the file (whole, then sealed) and how much they may weigh.
BODY_BYTES = {
    "/amministrazione/operatori/importa": MAX_FILE_BYTES + 10_000,
    "/amministrazione/operatori/importa/conferma": 2 * MAX_FILE_BYTES,
}
_SEAL = "operators-file"
_NO_FILE = "Scelga un file CSV."
_TOO_LARGE = f"Il file è troppo grande: qui al massimo {MAX_FILE_BYTES // 1_000_000} MB."
_EXPIRED = "La prova è scaduta. Scelga di nuovo il file."
_NOT_TEXT = "Il file non è in UTF-8: lo salvi come «CSV UTF-8»."


@router.get("/amministrazione/operatori")
async def operators_page(
    request: Request,
    services: Here,
    account: Me,
    cerca: Annotated[str, Query(max_length=120)] = "",
    pagina: PageNumber = 1,
) -> Response:
    """The sites, by name, comune or province."""
    sites, count = await in_thread(_sites, services, cerca.strip(), pagina)
    return admin_page(request, "operatori.html", sites=sites, search=cerca, pages=pages_of(count, pagina))


@router.get("/amministrazione/operatori/importa")
async def import_page(request: Request, account: Me) -> Response:
    """Choose the file."""
    return _form(request)


@router.post("/amministrazione/operatori/importa")
async def try_file(
    request: Request,
    services: Here,
    account: Me,
    file: Annotated[UploadFile | None, File()] = None,
    completo: Field = "",
) -> Response:
    """Read the file and say what would change, without changing anything."""
    content = await file.read(MAX_FILE_BYTES + 1) if file else b""
    if len(content) > MAX_FILE_BYTES:
        return _form(request, 413, error=_TOO_LARGE)
    if not content.strip():
        return _form(request, 422, error=_NO_FILE)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _form(request, 422, error=_NOT_TEXT)
    complete = completo == "si"
    report = await in_thread(_import, services, text, complete, True)
    packed = base64.b85encode(zlib.compress(content, 9)).decode("ascii")
    # The file waits inside the page, sealed: whichever process takes the second step, nothing is left on a disk.
    kept = services.sealer.seal(_SEAL, {"file": packed, "complete": complete, "account": account.id})
    return admin_page(
        request,
        "operatori_prova.html",
        report=report,
        kept=kept,
        complete=complete,
        filename=file.filename if file else "",
    )


@router.post("/amministrazione/operatori/importa/conferma")
async def import_file(request: Request, services: Here, account: Me, prova: Annotated[str, Form()] = "") -> Response:
    """Import the file that was tried."""
    try:
        kept = services.sealer.open(_SEAL, prova, 3600)
    except SealBroken:
        return _form(request, 410, error=_EXPIRED)
    if kept["account"] != account.id:
        return _form(request, 410, error=_EXPIRED)
    text = zlib.decompress(base64.b85decode(kept["file"])).decode("utf-8-sig")
    report = await in_thread(_import, services, text, kept["complete"], False)
    await in_thread(_note, accounts_of(request), account, report)
    return admin_page(request, "operatori_esito.html", report=report)


def _import(services: Services, text: str, complete: bool, dry_run: bool) -> Any:
    return services.directory.import_csv(text + "\n", clock.now(), dry_run=dry_run, complete=complete)


def _note(held: Any, account: Account, report: Any) -> None:
    with writing(held.session_factory) as session:
        people.note_in(
            session,
            held.keyring,
            account.id,
            "operatori_importati",
            account.actor,
            clock.now(),
            created=report.created,
            updated=report.updated,
            deactivated=report.deactivated,
            refused=len(report.errors),
        )


def _sites(services: Services, search: str, page: int) -> tuple[list[Any], int]:
    wanted = []
    if search:
        pattern = "%" + search.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        columns = (OperatorRow.name, SiteRow.name, SiteRow.comune, SiteRow.provincia, SiteRow.id)
        wanted = [or_(*(func.lower(column).like(pattern, escape="\\") for column in columns))]
    join = select(SiteRow, OperatorRow.name.label("operator_name"), OperatorRow.demo).join(
        OperatorRow, OperatorRow.id == SiteRow.operator_id
    )
    with services.cases.session_factory() as session:
        counting = select(func.count()).select_from(SiteRow).join(OperatorRow, OperatorRow.id == SiteRow.operator_id)
        count = session.scalar(counting.where(*wanted)) or 0
        query = join.where(*wanted).order_by(OperatorRow.name, SiteRow.id).limit(PAGE).offset((page - 1) * PAGE)
        return list(session.execute(query)), count


def _form(request: Request, status: int = 200, **values: Any) -> Response:
    return admin_page(
        request,
        "operatori_importa.html",
        status=status,
        required=REQUIRED,
        optional=OPTIONAL,
        megabytes=MAX_FILE_BYTES // 1_000_000,
        **({"error": None} | values),
    )
