"""Group projects of Azioni di Rete: partners, referred persons, and the rules' check, live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import RedirectResponse
from starlette.requests import Request

import eligibility
from eligibility.errors import EligibilityError
from eligibility.network import ProjectResult, check_project
from eligibility.network_rules import find_project
from referrals import codes
from referrals.errors import NotAllowed, ReferralNotFound
from referrals.projects import MEASURE, Content, Project, ProjectChanged, ProjectNotFound, Projects
from referrals.screening import facts_for
from settings import clock
from web.portals import forms as form_fields
from web.portals.operators.pages import operator_page
from web.portals.operators.plan import FRAGMENT
from web.portals.operators.visitor import Visitor, here
from web.problems import Problem
from web.services import Here, Services, in_thread

router = APIRouter()
Visit = Annotated[Visitor, Depends(here("operatore.progetti"))]
Id = Annotated[str, Path(max_length=40)]
_PAGE = 25
_MOST_PARTNERS = 30
_SPARE_ROWS = 2
_DONE = {
    "creato": "Il progetto è pronto. Ora aggiunga i soggetti della rete e le persone.",
    "salvato": "Il progetto è salvato.",
    "aggiunta": "La persona è nel progetto.",
    "tolta": "La persona non è più nel progetto.",
    "servizi": "I servizi della persona sono salvati.",
}
_CHANGED = "Qualcun altro ha salvato il progetto prima di lei. Qui vede la sua versione: ripeta le sue modifiche."
_CANNOT_JOIN = (
    "Questa segnalazione non può entrare nel progetto. "
    "Deve riguardare Azioni di Rete, essere in carico a lei e non stare in un altro progetto. "
    "Un progetto può avere al massimo 100 persone."
)


@router.get("/operatore/progetti")
async def projects(
    request: Request, services: Here, visitor: Visit, pagina: Annotated[int, Query(ge=1, le=10_000)] = 1
) -> Response:
    """The operator's projects."""
    visitor.needs_all()
    skip = (pagina - 1) * _PAGE
    lines, total = await in_thread(Projects(services.referrals).page, visitor.operator_id, skip, _PAGE)
    return operator_page(
        request, visitor, "operatore/progetti.html", lines=lines, total=total, number=pagina, last=-(-total // _PAGE)
    )


@router.post("/operatore/progetti")
async def create(request: Request, services: Here, visitor: Visit) -> Response:
    """A new project with a name; its operator is the first partner and the lead."""
    visitor.needs_all()
    title = form_fields.text_of(await request.form(), "titolo") or f"Progetto del {clock.today():%d/%m/%Y}"
    first = {"name": visitor.operator, "kind": "operatore_accreditato_lavoro", "lead": True}
    content = Content(title=title, partners=[first])
    project_id = await in_thread(Projects(services.referrals).create, visitor.operator_id, content, clock.now())
    return RedirectResponse(f"/operatore/progetti/{project_id}?fatto=creato", status_code=303)


@router.get("/operatore/progetti/{id}")
async def project_page(
    request: Request,
    services: Here,
    visitor: Visit,
    id: Id,
    fatto: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """One project with its check."""
    project = await _own(services, visitor, id)
    return await _show(request, services, visitor, project, project.content, done=_DONE.get(fatto, ""))


@router.post("/operatore/progetti/{id}")
async def save(request: Request, services: Here, visitor: Visit, id: Id) -> Response:
    """Check what is written, and save it unless only the check was asked for."""
    project = await _own(services, visitor, id)
    form = await request.form()
    try:
        content = content_of(form)
    except ValueError as wrong:
        if request.headers.get(FRAGMENT):
            return operator_page(
                request, visitor, "operatore/progetto_controllo.html", result=None, check_error=str(wrong)
            )
        return await _show(request, services, visitor, project, project.content, error=str(wrong), status=422)
    if request.headers.get(FRAGMENT):
        result, error = await in_thread(check, services, project, content)
        return operator_page(request, visitor, "operatore/progetto_controllo.html", result=result, check_error=error)
    version = form_fields.text_of(form, "versione", 12)
    try:
        await in_thread(
            Projects(services.referrals).save,
            visitor.operator_id,
            project.id,
            content,
            int(version) if version.isdigit() else 0,
            clock.now(),
        )
    except ProjectChanged:
        fresh = await _own(services, visitor, id)
        return await _show(request, services, visitor, fresh, fresh.content, error=_CHANGED, status=409)
    return RedirectResponse(f"/operatore/progetti/{project.id}?fatto=salvato", status_code=303)


@router.post("/operatore/progetti/{id}/persone")
async def add_person(request: Request, services: Here, visitor: Visit, id: Id) -> Response:
    """Put a referred person into the project."""
    project = await _own(services, visitor, id)
    typed = form_fields.text_of(await request.form(), "codice", 40)
    try:
        await in_thread(
            Projects(services.referrals).add,
            visitor.operator_id,
            project.id,
            codes.normalise(typed) or "",
            clock.now(),
            visitor.actor,
        )
    except (NotAllowed, ReferralNotFound):
        return await _show(request, services, visitor, project, project.content, error=_CANNOT_JOIN, status=422)
    return RedirectResponse(f"/operatore/progetti/{project.id}?fatto=aggiunta", status_code=303)


@router.get("/operatore/progetti/{id}/persone/{code}")
async def person_page(
    request: Request, services: Here, visitor: Visit, id: Id, code: Annotated[str, Path(max_length=40)]
) -> Response:
    """The services planned for one person."""
    project = await _own(services, visitor, id)
    recipient = next((r for r in project.people if r.code == code), None)
    if recipient is None:
        raise Problem("non-trovato")
    return operator_page(
        request,
        visitor,
        "operatore/progetto_persona.html",
        project=project,
        recipient=recipient,
        services_list=_measure()["services"],
    )


@router.post("/operatore/progetti/{id}/persone/{code}")
async def change_person(
    request: Request, services: Here, visitor: Visit, id: Id, code: Annotated[str, Path(max_length=40)]
) -> Response:
    """Save one person's services, or take the person out."""
    project = await _own(services, visitor, id)
    form = await request.form()
    side = Projects(services.referrals)
    try:
        if form_fields.text_of(form, "azione") == "togli":
            await in_thread(side.remove, visitor.operator_id, project.id, code, clock.now())
            done = "tolta"
        else:
            chosen = services_of(form)
            await in_thread(side.plan, visitor.operator_id, project.id, code, chosen, clock.now())
            done = "servizi"
    except (NotAllowed, ReferralNotFound):
        raise Problem("non-trovato") from None
    return RedirectResponse(f"/operatore/progetti/{project.id}?fatto={done}", status_code=303)


@router.post("/operatore/progetti/{id}/elimina")
async def delete(request: Request, services: Here, visitor: Visit, id: Id) -> Response:
    """Ask once more, then remove the project; referrals stay as they are."""
    project = await _own(services, visitor, id)
    if form_fields.text_of(await request.form(), "conferma") != "si":
        return operator_page(request, visitor, "operatore/progetto_elimina.html", project=project)
    await in_thread(Projects(services.referrals).delete, visitor.operator_id, project.id)
    return RedirectResponse("/operatore/progetti", status_code=303)


def content_of(form: Mapping[str, Any]) -> Content:
    """What the form says of the project.

    :raises ValueError: in Italian, for something that is not a number.
    """
    kinds = {kind["id"] for kind in _rules().partners["kinds"]}
    lead = form_fields.text_of(form, "capofila", 4)
    partners = []
    for row in range(_MOST_PARTNERS):
        name, kind = form_fields.text_of(form, f"nome{row}"), form_fields.text_of(form, f"tipo{row}", 60)
        if name or kind:
            partner: dict[str, Any] = {"name": name, "lead": lead == str(row)}
            if kind in kinds:
                partner["kind"] = kind
            partners.append(partner)
    planned = form_fields.number_of(form, "previste")
    if planned is not None and not (isinstance(planned, int) and planned >= 0):
        raise ValueError("Le persone previste devono essere un numero intero.")
    return Content(
        title=form_fields.text_of(form, "titolo") or "Progetto senza nome",
        partners=partners,
        months=_not_negative(form_fields.number_of(form, "mesi"), "I mesi"),
        requested=_not_negative(form_fields.number_of(form, "richiesto"), "Il contributo"),
        planned=planned,
        services_for_all=services_of(form),
    )


def services_of(form: Mapping[str, Any]) -> list[str]:
    """The services ticked, among those the measure has."""
    return [service["id"] for service in _measure()["services"] if f"servizio:{service['id']}" in form]


def check(services: Services, project: Project, content: Content) -> tuple[ProjectResult | None, str]:
    """What the rules say of the project as written; or why they cannot. Reads the database."""
    draft = Projects(services.referrals).draft(project, content, lambda facts: facts_for(MEASURE, facts, clock.today()))
    try:
        return check_project(MEASURE, draft, clock.today()), ""
    except EligibilityError as wrong:
        return None, str(wrong)


async def _show(
    request: Request,
    services: Services,
    visitor: Visitor,
    project: Project,
    content: Content,
    done: str = "",
    error: str = "",
    status: int = 200,
) -> Response:
    result, check_error = await in_thread(check, services, project, content)
    candidates = await in_thread(Projects(services.referrals).candidates, visitor.operator_id)
    measure, rules = _measure(), _rules()
    rows = min(len(content.partners) + _SPARE_ROWS, _MOST_PARTNERS)
    return operator_page(
        request,
        visitor,
        "operatore/progetto.html",
        status=status,
        project=project,
        content=content,
        partners=[*content.partners, *([{}] * (rows - len(content.partners)))],
        kinds=rules.partners["kinds"],
        services_list=measure["services"],
        gaps=measure["gaps"],
        candidates=candidates,
        result=result,
        check_error=check_error,
        done=done,
        error=error,
    )


async def _own(services: Services, visitor: Visitor, project_id: str) -> Project:
    """:raises Problem: ``non-trovato``, for another operator's too."""
    visitor.needs_all()
    try:
        return await in_thread(Projects(services.referrals).get, visitor.operator_id, project_id)
    except ProjectNotFound:
        raise Problem("non-trovato") from None


def _measure() -> dict[str, Any]:
    return eligibility.describe(MEASURE, clock.today(), "sportello")


def _rules() -> Any:
    return find_project(eligibility.load(), MEASURE, clock.today())


def _not_negative(value: float | None, what: str) -> float | None:
    if value is not None and not 0 <= value < 1e9:
        raise ValueError(f"{what}: serve un numero da zero in su.")
    return value
