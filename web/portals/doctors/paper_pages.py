"""The letter for the patient, to print: from the check, or from what the page of a referral carries sealed."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Response
from starlette.requests import Request

import eligibility
from accounts.account import Account
from eligibility.ranking import best_first
from papers.letter import Letter, make_letter
from settings import clock
from web.portals.doctors.checking import check_of
from web.portals.doctors.shared import AUDIENCE, Checker, pdf
from web.problems import Problem
from web.security.sealing import SealBroken
from web.services import Here, Services, in_thread
from web.words import italian_date
from web.words import words as common_words

router = APIRouter()
_SEAL = "doctor-letter"


def seal_letter(services: Services, account: Account, letter: Letter) -> str:
    """A letter as the page carries it: the PIN and the patient's link are shown once and kept nowhere."""
    content = asdict(letter) | {"until": letter.until.isoformat() if letter.until else None}
    return services.sealer.seal(_SEAL, {"account": account.id, "letter": content})


@router.post("/medici/lettera")
async def print_letter(request: Request, account: Checker, services: Here) -> Response:
    """The letter as a PDF."""
    form = await request.form()
    sealed = form.get("foglio")
    if isinstance(sealed, str) and sealed:
        content = _unseal(services, account, sealed[:16000])
    else:
        check = check_of(services, account, form)
        result = await in_thread(eligibility.assess, check.facts, clock.today(), check.measures, AUDIENCE)
        content = _after_check(services, account, result.to_dict())
    made = await in_thread(make_letter, content, services.settings, clock.now(), clock.today())
    return pdf(made, "lettera-per-il-paziente.pdf")


def _unseal(services: Services, account: Account, sealed: str) -> Letter:
    try:
        content = services.sealer.open(_SEAL, sealed)
        if content["account"] != account.id:
            raise SealBroken
    except (SealBroken, KeyError, TypeError):
        raise Problem("modulo-scaduto") from None
    values: dict[str, Any] = content["letter"]
    until = dt.date.fromisoformat(values["until"]) if values["until"] else None
    return Letter(**(values | {"until": until}))


def _after_check(services: Services, account: Account, result: dict[str, Any]) -> Letter:
    assessments = best_first(result["assessments"])
    wanted: dict[str, None] = {}
    for item in assessments:
        if item["verdict"] != "non_ammissibile" and item["status"] != "chiusa":
            wanted |= {document["text"]: None for document in item["documents"]}
    return Letter(
        kind="check",
        url=f"{services.settings.public_url}/",
        doctor=account.name,
        ruleset=result["ruleset"],
        measures=tuple((item["title"], _outcome(item)) for item in assessments),
        documents=tuple(wanted),
    )


def _outcome(assessment: dict[str, Any]) -> str:
    """Verdict and status in one line: «I requisiti ci sono. Chiusa il 31/12/2020.»"""
    w, window = common_words(), assessment["window"]
    status = w["status"][assessment["status"]]["title"]
    if assessment["status"] == "chiusa" and window["to"]:
        status = w["closed_on"].format(date=italian_date(window["to"]))
    return f"{w['verdict'][assessment['verdict']]['title']}. {status}."
