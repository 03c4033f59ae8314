"""A site with the demo people, and browsers that enter as them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import httpx
import pytest

from accounts import demo
from settings import clock
from tests.web.conftest import Site

PAGES = {"accept": "text/html", "user-agent": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"}


class Browser:
    """A browser-like client: cookies, forms with their token, no redirects followed."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, headers=PAGES, timeout=60)

    def get(self, path: str) -> httpx.Response:
        return self.http.get(path)

    def token(self, path: str = "/accesso/invito") -> str:
        """The token of a form on some page."""
        return re.search(r'name="gettone" value="([^"]+)"', self.get(path).text).group(1)

    def post(self, path: str, page: str = "/accesso/invito", files: dict | None = None, **fields) -> httpx.Response:
        """Send a form, as found on ``page``."""
        return self.http.post(path, data=fields | {"gettone": self.token(page)}, files=files)

    def enter(self, email: str, password: str = demo.PASSWORD) -> httpx.Response:
        """First step of the log-in."""
        return self.post("/accesso", email=email, password=password)


@pytest.fixture
def visit(site: Site) -> Iterator[Callable[..., Browser]]:
    """Browsers; with a role, already inside as its demo person."""
    services = site.services
    demo.create(services.cases.session_factory, services.cases.keyring, clock.now())
    opened: list[Browser] = []

    def make(role: str | None = None) -> Browser:
        browser = Browser(site.url)
        opened.append(browser)
        if role:
            email = next(person.email for person in demo.PEOPLE if person.role == role)
            assert browser.enter(email).status_code == 303
        return browser

    yield make
    for browser in opened:
        browser.http.close()
