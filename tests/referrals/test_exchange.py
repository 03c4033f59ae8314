"""What leaves in standard forms: FHIR, HSDS, PDF; what comes in: a Task's status, a capacity."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import httpx
import pytest
from fhir.resources.R4B.bundle import Bundle

from papers import summary
from referrals import capacity, fhir, hsds
from referrals.directory import demo_operators
from referrals.errors import NotAllowed, ReasonRequired, ReferralNotFound
from referrals.states import REASONS, State

pytestmark = pytest.mark.any_database


@pytest.fixture(autouse=True)
def operators(world):
    world.with_operators()


# --- FHIR


def task(code, status, **more):
    identifier = [{"system": fhir.CODE_SYSTEM, "value": code}]
    return {"resourceType": "Task", "status": status, "intent": "order", "identifier": identifier, **more}


@pytest.mark.parametrize("state", State)
def test_a_referral_in_any_state_is_a_valid_bundle_without_personal_data(world, state):
    opened = world.at_state(state)
    exported = fhir.export(world.referrals.get(opened.code))
    bundle = Bundle.model_validate(exported)
    request, work = (entry.resource for entry in bundle.entry)
    assert work.focus.reference == bundle.entry[0].fullUrl
    assert request.identifier[0].value == work.identifier[0].value == opened.code
    assert work.businessStatus.coding[0].code == state
    assert request.status in ("draft", "active", "completed", "revoked")
    printed = json.dumps(exported)
    assert not [word for word in ("Ada", "Prova", "3331234567", "ada@") if word in printed.replace("Via Prova", "")]


def test_a_refusal_s_reason_travels_as_a_code(world):
    opened = world.at_state("rifiutata")
    work = Bundle.model_validate(fhir.export(world.referrals.get(opened.code))).entry[1].resource
    assert (work.status, work.statusReason.coding[0].code) == ("rejected", "nessun_posto")


def test_an_operator_s_task_moves_its_referral(world):
    opened = world.sent()
    moved = fhir.import_status(world.referrals, task(opened.code, "accepted"), "ALFA", world.now)
    assert moved.state == "presa_in_carico"


def test_a_rejection_needs_its_reason_and_keeps_it(world):
    opened = world.sent()
    with pytest.raises(ReasonRequired):
        fhir.import_status(world.referrals, task(opened.code, "rejected"), "ALFA", world.now)
    reason = {"coding": [{"system": fhir.REASON_SYSTEM, "code": "fuori_zona"}]}
    moved = fhir.import_status(world.referrals, task(opened.code, "rejected", statusReason=reason), "ALFA", world.now)
    assert (moved.state, moved.reason) == ("rifiutata", REASONS["fuori_zona"])


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"status": "boh"}, fhir.FhirError),
        ({"status": "completed"}, fhir.FhirError),
        ({"identifier": []}, fhir.FhirError),
        ({"identifier": [{"system": fhir.CODE_SYSTEM, "value": "RT-1"}]}, fhir.FhirError),
        (
            {"identifier": [{"system": fhir.CODE_SYSTEM, "value": "RT-0000-0000-0000-7"}]},
            (ReferralNotFound, fhir.FhirError),
        ),
        ({"intent": None}, fhir.FhirError),
        ({"resourceType": "Patient"}, fhir.FhirError),
        ({"extra": 1}, fhir.FhirError),
    ],
)
def test_a_wrong_task_is_refused_and_changes_nothing(world, change, error):
    opened = world.sent()
    with pytest.raises(error):
        fhir.import_status(world.referrals, {**task(opened.code, "accepted"), **change}, "ALFA", world.now)
    assert world.referrals.get(opened.code).state == "inviata"


def test_another_operator_s_task_is_refused(world):
    opened = world.sent()
    with pytest.raises(NotAllowed):
        fhir.import_status(world.referrals, task(opened.code, "accepted"), "BETA", world.now)


# --- HSDS


def test_the_hsds_export_has_unique_uuids_that_point_to_each_other(world):
    assert world.directory.import_csv(demo_operators(), world.now).ok
    with world.factory() as session:
        exported = hsds.export_in(session, {"tirocinio": "Tirocinio"})
        assert hsds.export_in(session, {"tirocinio": "Tirocinio"}) == exported
    assert len(exported) == 17
    locations = [location for o in exported for location in o["locations"]]
    services = [service for o in exported for service in o["services"]]
    for items in (exported, locations, services):
        ids = [UUID(item["id"]) for item in items]
        assert len(ids) == len(set(ids))
    known = {location["id"] for location in locations}
    assert all(place["location"]["id"] in known for s in services for place in s["service_at_locations"])
    assert {s["status"] for s in services} == {"active"}
    assert {s["name"] for s in services if s["alternate_name"] == "tirocinio"} == {"Tirocinio"}
    assert all(o["name"] and o["description"] for o in exported)
    assert all("dimostrativo" in o["description"] for o in exported)


def test_a_deactivated_site_is_exported_as_inactive(world):
    first = world.directory.nearest(limit=1)[0]
    csv = (
        "operatore_id,operatore,sede_id,sede,indirizzo,comune,provincia,misure,attivo\n"
        f"{first.operator_id},{first.operator},{first.site_id},Sede,Via 1,{first.comune},{first.provincia},tirocinio,no\n"
    )
    assert world.directory.import_csv(csv, world.now).ok
    with world.factory() as session:
        organization = next(o for o in hsds.export_in(session) if o["name"] == first.operator)
    assert {s["status"] for s in organization["services"]} == {"inactive"}


# --- the summary


@pytest.mark.parametrize("state", State)
def test_the_summary_is_a_tagged_pdf_without_personal_data(world, state):
    opened = world.at_state(state, ruleset="1+abc")
    pdf = summary.make(world.referrals.get(opened.code), "https://rientro.example.org", world.now, "Dote #evil[x] *b*")
    assert pdf.startswith(b"%PDF-")
    for mark in (b"/StructTreeRoot", b"/MarkInfo", b"pdfuaid", b"/Lang"):
        assert mark in pdf
    assert opened.pin.encode() not in pdf
    assert len(pdf) < 200_000


# --- capacity


class Operator(ThreadingHTTPServer):
    """An operator that says how many places it has."""

    def __init__(self, answer):
        self.asked = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                server.asked.append(self.path)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


def publish(world, port):
    csv = (
        "operatore_id,operatore,sede_id,sede,indirizzo,comune,provincia,misure,posti,capienza_url\n"
        "ALFA,Operatore dimostrativo Alfa,ALFA-1,Alfa Milano,Via Prova 1,Milano,MI,tirocinio,3,"
        f"http://127.0.0.1:{port}/posti\n"
    )
    assert world.directory.import_csv(csv, world.now).ok


def test_capacity_is_asked_without_identity_and_kept(world):
    with Operator(b'{"posti": 0}') as operator:
        publish(world, operator.server_address[1])
        assert capacity.ask(world.factory, "ALFA-1", "tirocinio", world.now) == 0
        assert operator.asked == ["/posti?sede=ALFA-1&misura=tirocinio"]
    assert world.directory.site("ALFA-1").capacity == 0
    assert world.directory.site("ALFA-1").verified_on == world.today


@pytest.mark.parametrize(
    "answer", [b"", b"boh", b'{"posti": -1}', b'{"posti": "3"}', b'{"posti": true}', b"[1]", b"{}"]
)
def test_a_senseless_answer_leaves_what_the_directory_says(world, answer):
    with Operator(answer) as operator:
        publish(world, operator.server_address[1])
        assert capacity.ask(world.factory, "ALFA-1", "tirocinio", world.now) == 3


def test_a_silent_operator_does_not_stop_anybody(world):
    publish(world, 9)
    with httpx.Client(timeout=0.3) as client:
        assert capacity.ask(world.factory, "ALFA-1", "tirocinio", world.now, client) == 3
    assert capacity.ask(world.factory, "BETA-1", "tirocinio", world.now) == 2
    assert capacity.ask(world.factory, "NESSUNA", "tirocinio", world.now) is None
