"""The directory as HSDS 3.0 (Human Services Data Specification, docs.openreferral.org)."""

import uuid
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from referrals.directory_models import OperatorRow, ServiceRow, SiteRow
from settings.clock import ROME

_NAMESPACE = uuid.UUID("5f0c2f1e-6d5e-4a5c-9a3a-7f3b7d1c2e10")
_DISPOSITIONS = {True: "active", False: "inactive"}


def export_in(session: Session, titles: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """Every organization with its locations and services, in the nested form of HSDS 3.0.

    ``titles``: Italian titles of the measures by id. Identifiers are UUIDs derived from ours, so
    that two exports agree. Demonstration operators say so in their description.
    """
    query = (
        select(OperatorRow)
        .options(selectinload(OperatorRow.sites).selectinload(SiteRow.services))
        .order_by(OperatorRow.id)
    )
    return [_organization(row, titles or {}) for row in session.scalars(query)]


def _organization(row: OperatorRow, titles: dict[str, str]) -> dict[str, Any]:
    registers = []
    if row.albo_lavoro:
        registers.append({"scheme": "Albo regionale servizi al lavoro", "identifier": row.albo_lavoro})
    if row.albo_formazione_sezione:
        section = f"sezione {row.albo_formazione_sezione}"
        registers.append({"scheme": "Albo regionale formazione", "identifier": section})
    return _clean(
        {
            "id": _id("organization", row.id),
            "name": row.name,
            "description": "Operatore dimostrativo, non reale." if row.demo else row.name,
            "website": row.website,
            "organization_identifiers": [
                {
                    "id": _id("identifier", row.id, r["scheme"]),
                    "identifier_type": r["scheme"],
                    "identifier_scheme": r["scheme"],
                    "identifier": r["identifier"],
                }
                for r in registers
            ],
            "locations": [_location(site) for site in row.sites],
            "services": [_service(row, site, service, titles) for site in row.sites for service in site.services],
            "metadata": [_metadata("organization", row.id, row.updated_at.astimezone(ROME).date())],
        }
    )


def _location(site: SiteRow) -> dict[str, Any]:
    return _clean(
        {
            "id": _id("location", site.id),
            "location_type": "physical",
            "name": site.name,
            "latitude": site.latitude,
            "longitude": site.longitude,
            "addresses": [
                _clean(
                    {
                        "id": _id("address", site.id),
                        "address_1": site.address,
                        "city": site.comune,
                        "region": site.provincia,
                        "state_province": "Lombardia",
                        "postal_code": site.cap or "",
                        "country": "IT",
                        "address_type": "physical",
                    }
                )
            ],
            "phones": [{"id": _id("phone", site.id), "number": site.phone}] if site.phone else [],
            "languages": [
                {"id": _id("language", site.id, code), "code": code} for code in site.languages.split(";") if code
            ],
            "accessibility": [{"id": _id("accessibility", site.id), "description": site.accessibility}]
            if site.accessibility
            else [],
        }
    )


def _service(row: OperatorRow, site: SiteRow, service: ServiceRow, titles: dict[str, str]) -> dict[str, Any]:
    active = row.active and site.active
    return _clean(
        {
            "id": _id("service", site.id, service.measure),
            "name": titles.get(service.measure, service.measure),
            "alternate_name": service.measure,
            "status": _DISPOSITIONS[active],
            "email": site.email,
            "assured_date": site.verified_on and site.verified_on.isoformat(),
            "service_at_locations": [
                {
                    "id": _id("service_at_location", site.id, service.measure),
                    "location": {"id": _id("location", site.id), "location_type": "physical", "name": site.name},
                }
            ],
            "service_areas": [
                {"id": _id("area", site.id, service.measure, area), "name": area}
                for area in site.service_areas.replace("|", ";").split(";")
                if area.strip()
            ],
            "schedules": [
                _clean(
                    {
                        "id": _id("schedule", site.id, service.measure),
                        "description": site.hours or "",
                        "valid_from": service.valid_from and service.valid_from.isoformat(),
                        "valid_to": service.valid_to and service.valid_to.isoformat(),
                    }
                )
            ]
            if site.hours or service.valid_from or service.valid_to
            else [],
            # HSDS 3.0 has no field for free places (3.1 will): an attribute carries them.
            "attributes": [
                {
                    "id": _id("capacity", site.id, service.measure),
                    "link_id": _id("service", site.id, service.measure),
                    "link_entity": "service",
                    "link_type": "posti_disponibili",
                    "value": str(site.capacity),
                }
            ]
            if site.capacity is not None
            else [],
            "program": {
                "id": _id("program", service.catalogue),
                "name": service.catalogue,
                "description": service.catalogue,
            }
            if service.catalogue
            else None,
        }
    )


def _metadata(kind: str, key: str, day: date) -> dict[str, Any]:
    return {
        "id": _id("metadata", kind, key),
        "resource_id": _id(kind, key),
        "resource_type": kind,
        "last_action_date": day.isoformat(),
        "last_action_type": "update",
        "field_name": "",
        "previous_value": "",
        "replacement_value": "",
        "updated_by": "rientro",
    }


def _clean(value: dict[str, Any]) -> dict[str, Any]:
    """Without the keys that have nothing to say."""
    return {name: item for name, item in value.items() if item not in (None, [], "")}


def _id(*parts: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join(parts)))
