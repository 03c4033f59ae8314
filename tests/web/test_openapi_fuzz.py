"""The published description of the API against the API itself: schemathesis with every check on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.web.conftest import Site, start_chat


def fuzz(site: Site, folder: Path, token: str, *options: str) -> None:
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", f"{site.url}/api/v1/openapi.json",
        "--checks", "all", "--max-examples", "25", "--seed", "1", "--generation-database", "none",
        "--header", f"Authorization: Bearer {token}", "--continue-on-failure", "--no-color",
        "--request-timeout", "20", *options,
    ]  # fmt: skip
    finished = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=500, check=False)
    assert finished.returncode == 0, finished.stdout[-12000:]


@pytest.mark.long
def test_the_api_is_what_it_says(site: Site, tmp_path: Path) -> None:
    with site.client() as client:
        chat = start_chat(client)
    # A stream of events never ends, so there is no answer to compare.
    fuzz(site, tmp_path, chat.token, "--exclude-path-regex", "/events$")


@pytest.mark.long
def test_the_routes_of_an_open_conversation_are_what_they_say(site: Site, tmp_path: Path) -> None:
    with site.client() as client:
        chat = start_chat(client)
    (tmp_path / "schemathesis.toml").write_text(f'[parameters]\n"path.session" = "{chat.session}"\n')
    options = ("--include-path-regex", "/sessions/.session.", "--exclude-path-regex", "/events$", "--exclude-method")
    # A payload of the right form may still name a fact or a value that no button offers: no schema can say that.
    fuzz(site, tmp_path, chat.token, *options, "DELETE", "--exclude-checks", "positive_data_acceptance")
    with site.client() as client:
        chat.client = client
        assert len(chat.read()["messages"]) > 10, "the messages did not get through"


def test_the_document_names_every_route_of_the_contract(client: httpx.Client) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    assert set(paths) >= {
        "/api/v1/eligibility/assess", "/api/v1/measures", "/api/v1/measures/{id}", "/api/v1/facts", "/api/v1/operators",
        "/api/v1/chat/sessions", "/api/v1/chat/sessions/{session}", "/api/v1/chat/sessions/{session}/messages",
        "/api/v1/chat/sessions/{session}/export", "/api/v1/referrals", "/api/v1/referrals/{code}",
        "/api/v1/referrals/{code}/cancel", "/health/live", "/health/ready",
    }  # fmt: skip
    assert "/metrics" not in paths
