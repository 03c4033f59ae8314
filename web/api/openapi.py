"""The OpenAPI document, completed with what the framework cannot know."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from web.api.models import Problem

_ABOUT = (
    "Assistente per le misure regionali sul lavoro. Gli errori seguono la RFC 9457: il campo `type` è stabile. "
    "Le conversazioni si aprono con il gettone (Authorization: Bearer) o, nel browser, con un cookie HttpOnly."
)


def describe(app: FastAPI) -> None:
    """Make ``app.openapi()`` tell the whole truth: problem documents instead of the framework's errors."""
    original = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema:
            return app.openapi_schema
        document = original()
        document["info"]["description"] = _ABOUT
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = Problem.model_json_schema()
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        document["components"]["securitySchemes"] = {
            "gettone": {"type": "http", "scheme": "bearer"},
            "chiave_operatore": {"type": "http", "scheme": "bearer"},
            "cookie": {"type": "apiKey", "in": "cookie", "name": "rientro_sessione"},
        }
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                responses = operation.get("responses", {})
                for status, response in responses.items():
                    # A route of ours always says problem+json; the framework adds its own JSON beside it.
                    if (
                        status.isdigit()
                        and int(status) >= 400
                        and "application/problem+json" in response.get("content", {})
                    ):
                        response["content"].pop("application/json", None)
                if "/sessions/{session}" in path:
                    operation["security"] = [{"gettone": []}, {"cookie": []}]
                elif path.startswith("/api/v1/operator/"):
                    operation["security"] = [{"chiave_operatore": []}]
                elif path.startswith("/api/v1/fhir/"):
                    # Who sent the person reads without a key, with the referral's PIN (a parameter).
                    operation["security"] = [{"chiave_operatore": []}, *([{}] if method == "get" else [])]
        app.openapi_schema = document
        return document

    app.openapi = openapi  # type: ignore[method-assign]
