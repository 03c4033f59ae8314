"""publiccode.yml follows the standard's rules, so that the catalogue's crawler accepts it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TEXT = {"type": "string", "minLength": 1}
DESCRIPTION = {
    "type": "object",
    "required": ["shortDescription", "longDescription", "features"],
    "properties": {
        "genericName": {**TEXT, "maxLength": 35},
        "shortDescription": {**TEXT, "maxLength": 150},
        "longDescription": {"type": "string", "minLength": 150, "maxLength": 10000},
        "features": {"type": "array", "minItems": 1, "items": {**TEXT, "maxLength": 100}},
    },
    "additionalProperties": False,
}
DEPENDENCY = {"type": "object", "required": ["name"], "propertyNames": {"enum": ["name", "versionMin", "versionMax", "version", "optional"]}}  # fmt: skip
# The mandatory keys, the closed vocabularies and the lengths of version 0.4 that concern this file.
SCHEMA = {
    "type": "object",
    "required": [
        "publiccodeYmlVersion", "name", "url", "platforms", "developmentStatus", "softwareType", "description", "legal",
        "maintenance", "localisation",
    ],
    "properties": {
        "publiccodeYmlVersion": {"const": "0.4"},
        "name": TEXT,
        "url": {"type": "string", "pattern": "^https?://.+"},
        "softwareVersion": TEXT,
        "releaseDate": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
        "platforms": {"type": "array", "minItems": 1, "items": TEXT},
        "developmentStatus": {"enum": ["concept", "development", "beta", "stable", "obsolete"]},
        "softwareType": {
            "enum": [
                "standalone/mobile", "standalone/iot", "standalone/desktop", "standalone/web", "standalone/backend",
                "standalone/other", "addon", "library", "configurationFiles",
            ]
        },
        "categories": {"type": "array", "items": {"enum": ["digital-citizenship", "customer-service-and-support", "help-desk"]}},
        "description": {"type": "object", "minProperties": 1, "additionalProperties": DESCRIPTION},
        "legal": {"type": "object", "required": ["license"]},
        "maintenance": {
            "type": "object",
            "required": ["type"],
            "properties": {"type": {"enum": ["internal", "contract", "community", "none"]}},
            "if": {"properties": {"type": {"enum": ["internal", "community"]}}},
            "then": {"required": ["contacts"], "properties": {"contacts": {"minItems": 1, "items": {"required": ["name"]}}}},
        },
        "localisation": {
            "type": "object",
            "required": ["localisationReady", "availableLanguages"],
            "properties": {"localisationReady": {"type": "boolean"}, "availableLanguages": {"minItems": 1}},
        },
        "dependsOn": {"type": "object", "additionalProperties": {"type": "array", "items": DEPENDENCY}},
    },
}  # fmt: skip


@pytest.fixture
def declared() -> dict:
    return yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))


def test_it_follows_the_standard(declared: dict) -> None:
    jsonschema.validate(declared, SCHEMA)


def test_it_says_what_the_project_says(declared: dict) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert declared["softwareVersion"] == project["version"]
    assert declared["legal"]["license"] == project["license"]
    rasa = next(entry for entry in declared["dependsOn"]["open"] if entry["name"] == "Rasa Open Source")
    assert f'"rasa=={rasa["version"]}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
