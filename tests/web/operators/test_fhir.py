"""FHIR R4 export and status import over HTTP, validated with the FHIR library."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.operationoutcome import OperationOutcome
from fhir.resources.R4B.servicerequest import ServiceRequest
from fhir.resources.R4B.task import Task

from referrals.connections import Connections
from settings import clock
from tests.web.operators.conftest import OURS, Desk


@pytest.fixture
def system(desk: Desk) -> Iterator[httpx.Client]:
    """The operator's own system."""
    side = Connections(desk.services.referrals)
    for old in side.keys(OURS, clock.now()):
        side.revoke_key(OURS, old.id, clock.now())
    headers = {"Authorization": f"Bearer {side.new_key(OURS, clock.now())}"}
    with httpx.Client(base_url=f"{desk.site.url}/api/v1/fhir", timeout=30, headers=headers) as client:
        yield client


def test_the_export_is_valid_and_says_nothing_personal(desk: Desk, system: httpx.Client) -> None:
    code = desk.referral("presa_in_carico").code
    answers = {kind: system.get(f"/{kind}/{code}") for kind in ("Bundle", "ServiceRequest", "Task")}
    for kind, model in (("Bundle", Bundle), ("ServiceRequest", ServiceRequest), ("Task", Task)):
        assert answers[kind].headers["content-type"] == "application/fhir+json"
        model.model_validate(answers[kind].json())
        assert "Ada" not in answers[kind].text and "1234567" not in answers[kind].text
    assert answers["Task"].json()["status"] == "accepted"
    assert answers["ServiceRequest"].json()["status"] == "active"


def test_who_sent_the_person_reads_with_the_pin(desk: Desk) -> None:
    opened = desk.referral()
    with desk.site.client() as hospital:
        address = f"/api/v1/fhir/Task/{opened.code}"
        assert hospital.get(address, headers={"X-PIN": opened.pin}).json()["status"] == "requested"
        assert hospital.get(address, headers={"X-PIN": "000000"}).status_code == 404
        assert hospital.get(address).status_code == 401
        task = hospital.get(address, headers={"X-PIN": opened.pin}).json() | {"status": "accepted"}
        assert hospital.put(address, json=task, headers={"X-PIN": opened.pin}).status_code == 401


def test_importing_a_status(desk: Desk, system: httpx.Client) -> None:
    code = desk.referral().code
    task = system.get(f"/Task/{code}").json()
    taken = system.put(f"/Task/{code}", json=task | {"status": "accepted"})
    assert taken.status_code == 200 and taken.json()["businessStatus"]["coding"][0]["code"] == "presa_in_carico"
    assert system.put(f"/Task/{code}", json=task | {"status": "accepted"}).status_code == 200
    cancelled = system.put(f"/Task/{code}", json=task | {"status": "cancelled"})
    assert cancelled.status_code == 422
    OperationOutcome.model_validate(cancelled.json())
    reason = {"statusReason": {"text": "La persona non risponde."}}
    assert system.put(f"/Task/{code}", json=task | {"status": "cancelled"} | reason).status_code == 200
    assert desk.services.referrals.get(code).reason == "Altro motivo"


def test_what_is_not_fhir_or_not_ours_is_refused(desk: Desk, system: httpx.Client) -> None:
    code, other = desk.referral().code, desk.referral(site_id="OPD02-01").code
    task = system.get(f"/Task/{code}").json()
    assert system.get(f"/Task/{other}").status_code == 404
    assert system.put(f"/Task/{other}", json=task | {"status": "accepted"}).status_code == 404
    for wrong in (
        task | {"status": "volato"},
        task | {"status": "completed"},
        task | {"intent": None},
        task | {"identifier": []},
        task | {"resourceType": "Patient"},
        task | {"identifier": [{"system": "urn:rientro:codice-segnalazione", "value": other}]},
    ):
        answer = system.put(f"/Task/{code}", json=wrong)
        assert answer.status_code == 422, answer.text
        OperationOutcome.model_validate(answer.json())
    assert desk.state(code) == desk.state(other) == "inviata"


def test_a_change_based_on_an_old_version_is_refused(desk: Desk, system: httpx.Client) -> None:
    code = desk.referral().code
    read = system.get(f"/Task/{code}")
    version, task = read.headers["etag"], read.json()
    assert task["id"] == code, "a resource is found at its id"
    assert system.get(f"/Task/{code}", headers={"If-None-Match": version}).status_code == 304
    stale = system.put(f"/Task/{code}", json=task | {"status": "accepted"}, headers={"If-Match": 'W/"another"'})
    assert stale.status_code == 412
    OperationOutcome.model_validate(stale.json())
    assert system.get(f"/Task/{code}").headers["etag"] == version
    taken = system.put(f"/Task/{code}", json=task | {"status": "accepted"}, headers={"If-Match": version})
    assert taken.status_code == 200 and taken.headers["etag"] != version
    assert system.put(f"/Task/{code}", json=task, headers={"If-Match": version}).status_code == 412


def test_head_answers_where_get_does(desk: Desk, system: httpx.Client) -> None:
    code = desk.referral().code
    asked, got = system.head(f"/Task/{code}"), system.get(f"/Task/{code}")
    assert (asked.status_code, asked.headers["etag"], asked.content) == (200, got.headers["etag"], b"")
    with desk.site.client() as client:
        for path in ("/", "/misure", "/health/live", "/api/v1/operators", "/robots.txt"):
            assert client.head(path).status_code == client.get(path).status_code, path
        assert client.head("/nowhere").status_code == 404
