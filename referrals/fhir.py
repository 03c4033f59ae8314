"""Exchange with hospitals: FHIR ServiceRequest and Task, out and (status only) in.

Resources are written to the R4 shape and validated with fhir.resources, whose nearest module is R4B
(4.3.0); ServiceRequest and Task did not change between R4 (4.0.1) and R4B, so the same JSON is valid
in both. No Patient content leaves: ``subject`` and ``for`` are logical references by referral code.
"""

import json
import uuid
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from referrals import codes
from referrals.service import Referrals
from referrals.states import REASONS, State
from referrals.views import Referral

CODE_SYSTEM = "urn:rientro:codice-segnalazione"
OPERATOR_SYSTEM = "urn:rientro:operatore"
MEASURE_SYSTEM = "urn:rientro:misura"
STATE_SYSTEM = "urn:rientro:stato"
REASON_SYSTEM = "urn:rientro:motivo"

#: Task.status of each state, after the SDOH Clinical Care guide.
TASK_STATUS = {
    State.APERTA: "draft",
    State.INVIATA: "requested",
    State.PRESA_IN_CARICO: "accepted",
    State.APPUNTAMENTO_FISSATO: "in-progress",
    State.PIP_SOTTOSCRITTO: "in-progress",
    State.CONCLUSA: "completed",
    State.RIFIUTATA: "rejected",
    State.SCADUTA: "failed",
    State.ANNULLATA: "cancelled",
    State.RIASSEGNATA: "failed",
}
REQUEST_STATUS = {
    State.APERTA: "draft",
    State.CONCLUSA: "completed",
    State.RIFIUTATA: "revoked",
    State.SCADUTA: "revoked",
    State.ANNULLATA: "revoked",
    State.RIASSEGNATA: "revoked",
}
#: States an operator's system may ask for through Task.status.
IMPORTABLE = {
    "accepted": State.PRESA_IN_CARICO,
    "rejected": State.RIFIUTATA,
    "cancelled": State.ANNULLATA,
}


class FhirError(ValueError):
    """The resource is not valid FHIR, or asks for what we cannot do; the message is in Italian."""


def export(referral: Referral) -> dict[str, Any]:
    """A collection Bundle with the ServiceRequest and its Task, already validated."""
    request = _service_request(referral)
    task = _task(referral)
    from fhir.resources.R4B.bundle import Bundle  # half a second: loaded by who asks for FHIR

    bundle = Bundle.model_validate(
        {
            "resourceType": "Bundle",
            "id": referral.code,
            "type": "collection",
            "timestamp": referral.updated_at.isoformat(),
            "entry": [
                {"fullUrl": f"urn:uuid:{_uuid(referral.id)}", "resource": request},
                {"fullUrl": f"urn:uuid:{_uuid(referral.id, 'task')}", "resource": task},
            ],
        }
    )
    return _plain(bundle)


def import_status(referrals: Referrals, resource: dict[str, Any], operator_id: str, now: datetime) -> Referral:
    """Apply the status of an operator's Task to the referral it names.

    Raises ``FhirError`` for an invalid Task or a status that cannot be imported, and whatever
    ``Referrals.transition`` raises.
    """
    from fhir.resources.R4B.task import Task

    try:
        task = Task.model_validate(resource)
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(str(p) for p in e["loc"]) for e in error.errors()}))
        raise FhirError(f"La risorsa Task non è valida: {fields[:200]}.") from None
    code = next((i.value for i in task.identifier or [] if i.system == CODE_SYSTEM), None)
    if code is None or codes.normalise(code) is None:
        raise FhirError("Manca il codice della segnalazione.")
    state = IMPORTABLE.get(str(task.status))
    if state is None:
        raise FhirError(f"Lo stato «{task.status}» non si può importare.")
    return referrals.transition(code, state, f"operatore:{operator_id}", now, _reason(task))


def _service_request(referral: Referral) -> dict[str, Any]:
    from fhir.resources.R4B.servicerequest import ServiceRequest

    request = ServiceRequest.model_validate(
        {
            "resourceType": "ServiceRequest",
            "id": referral.code,
            "identifier": [{"system": CODE_SYSTEM, "value": referral.code}],
            "status": REQUEST_STATUS.get(State(referral.state), "active"),
            "intent": "order",
            "code": {"coding": [{"system": MEASURE_SYSTEM, "code": referral.measure}]},
            "subject": {"identifier": {"system": CODE_SYSTEM, "value": referral.code}},
            "authoredOn": referral.created_at.isoformat(),
            "performer": [_operator(referral)],
        }
    )
    return _plain(request)


def _task(referral: Referral) -> dict[str, Any]:
    content: dict[str, Any] = {
        "resourceType": "Task",
        "id": referral.code,  # a resource is found at its id
        "identifier": [{"system": CODE_SYSTEM, "value": referral.code}],
        "status": TASK_STATUS[State(referral.state)],
        "businessStatus": {"coding": [{"system": STATE_SYSTEM, "code": referral.state}]},
        "intent": "order",
        "focus": {"reference": f"urn:uuid:{_uuid(referral.id)}"},
        "for": {"identifier": {"system": CODE_SYSTEM, "value": referral.code}},
        "authoredOn": referral.created_at.isoformat(),
        "lastModified": referral.updated_at.isoformat(),
        "owner": _operator(referral),
    }
    if referral.expires_at:
        content["restriction"] = {"period": {"end": referral.expires_at.isoformat()}}
    if referral.reason:
        code = next((c for c, label in REASONS.items() if label == referral.reason), "altro")
        content["statusReason"] = {
            "coding": [{"system": REASON_SYSTEM, "code": code}],
            "text": referral.reason,
        }
    from fhir.resources.R4B.task import Task

    return _plain(Task.model_validate(content))


def _reason(task: Any) -> str | None:
    if task.statusReason is None:
        return None
    for coding in task.statusReason.coding or []:
        if coding.system == REASON_SYSTEM and coding.code in REASONS:
            return coding.code
    return task.statusReason.text


def _operator(referral: Referral) -> dict[str, Any]:
    return {
        "identifier": {"system": OPERATOR_SYSTEM, "value": referral.operator_id},
        "display": referral.operator,
    }


def _plain(resource: Any) -> dict[str, Any]:
    return json.loads(resource.model_dump_json(exclude_none=True, by_alias=True))


def _uuid(referral_id: str, part: str = "") -> str:
    base = uuid.UUID(hex=referral_id)
    return str(uuid.uuid5(base, part) if part else base)
