"""The public directory: map, declared order, HSDS export."""

from __future__ import annotations

import re

import pytest

from settings import clock
from tests.web.conftest import DEMO_OPERATORS, Site


@pytest.fixture
def site(own_site: Site) -> Site:
    """A site of its own: other tests put operators of the shared one out of service."""
    assert own_site.services.directory.import_csv(DEMO_OPERATORS, clock.now()).ok
    return own_site


def test_the_map_counts_the_sites_of_each_province(site: Site) -> None:
    with site.client(headers={"Accept": "text/html"}) as client:
        page = client.get("/operatori").text
        tiles = re.findall(r'<a href="/operatori\?provincia=([A-Z]{2})"[^>]*aria-label="[A-Z]{2} (\d+) sed', page)
        assert len(tiles) == 12 and all(int(count) > 0 for _, count in tiles)
        milan = client.get("/operatori?provincia=MI").text
        in_the_file = DEMO_OPERATORS.read_text("utf-8").count(",MI,000 ")
        assert {id_: int(n) for id_, n in tiles}["MI"] == in_the_file > 0
        assert 'aria-current="true"' in milan
        filtered = client.get("/operatori?provincia=MI&misura=dote_lavoro_disabilita").text
        assert "&amp;misura=dote_lavoro_disabilita" in filtered
        assert "turno che cambia ogni giorno" in page


def test_the_hsds_export_is_stable_and_says_what_is_fictitious(site: Site) -> None:
    with site.client() as client:
        first, second = (client.get("/api/v1/operators/hsds").json() for _ in range(2))
    assert first == second and len(first) == 14
    assert all("dimostrativo" in organization["description"] for organization in first)
    assert sum(len(organization["locations"]) for organization in first) == 41
