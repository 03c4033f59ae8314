"""«Esci subito»: afterwards neither this browser nor a copy of its cookies opens anything."""

from __future__ import annotations

from tests.web.conftest import Site


def test_leaving_ends_the_conversation_of_this_browser_and_of_nobody_else(site: Site) -> None:
    with site.client() as here, site.client() as elsewhere:
        opened = here.post("/api/v1/chat/sessions", json={"role": "cittadino"}).json()
        other = elsewhere.post("/api/v1/chat/sessions", json={"role": "cittadino"}).json()
        cookies = dict(here.cookies)
        path = f"/api/v1/chat/sessions/{opened['session']}"
        assert here.get(path).status_code == 200
        left = here.post("/esci")
        assert left.status_code == 200
        assert '"storage"' in left.headers["clear-site-data"] and '"cookies"' in left.headers["clear-site-data"]
        assert left.headers["refresh"].endswith("wikipedia.org/") and left.headers["cache-control"] == "no-store"
        assert "rientro" not in left.text.casefold()
        assert not [name for name in here.cookies if name.startswith("rientro")]
        # Who copied the cookies before gets nothing either: the token is dead, not only forgotten by the browser.
        assert here.get(path, cookies=cookies).status_code == 401
        assert here.get(path, headers={"Authorization": f"Bearer {opened['token']}"}).status_code == 401
        assert elsewhere.get(f"/api/v1/chat/sessions/{other['session']}").status_code == 200
    # The person may still come back by other ways: nothing was erased.
    assert site.services.cases.get(opened["session"])


def test_another_site_cannot_make_anybody_leave(site: Site) -> None:
    with site.client() as client:
        opened = client.post("/api/v1/chat/sessions", json={"role": "cittadino"}).json()
        refused = client.post("/esci", headers={"Sec-Fetch-Site": "cross-site"})
        assert refused.status_code == 403
        assert client.get(f"/api/v1/chat/sessions/{opened['session']}").status_code == 200


def test_leaving_without_having_come_is_no_error(site: Site) -> None:
    with site.client() as client:
        assert client.post("/esci").status_code == 200
