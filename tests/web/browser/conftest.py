"""A real Chromium on the whole running service."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.stack import Stack

AXE = Path(__file__).resolve().parents[3] / "web" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"width": 375, "height": 812}
DESKTOP = {"width": 1280, "height": 900}
TURN_MS = 20_000


@pytest.fixture
def open_context(browser: Browser, stack: Stack) -> Iterator[Callable[..., BrowserContext]]:
    """Make browser profiles; at the end none may have asked for anything elsewhere nor complained in its console."""
    opened: list[BrowserContext] = []
    strangers: list[str] = []
    complaints: list[str] = []

    def heard(kind: str, words: str) -> None:
        # Refusals of the server and lost connections are part of some tests; scripts and policies must never fail.
        if kind == "error" and "Failed to load resource" not in words and "ERR_" not in words:
            complaints.append(words)

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(**{"viewport": PHONE, "locale": "it-IT", "base_url": stack.base_url, **options})
        context.set_default_timeout(TURN_MS)
        context.route(
            "https://it.wikipedia.org/**", lambda route: route.fulfill(body="<title>Wikipedia</title>altrove")
        )
        context.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((stack.base_url, "https://it.wikipedia.org/", "data:"))
                else strangers.append(request.url)
            ),
        )
        context.on("console", lambda message: heard(message.type, message.text))
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()
    assert strangers == []
    assert complaints == []


@pytest.fixture
def page(open_context: Callable[..., BrowserContext]) -> Page:
    """A telephone."""
    return open_context().new_page()


@pytest.fixture
def desktop(open_context: Callable[..., BrowserContext]) -> Page:
    """A computer."""
    return open_context(viewport=DESKTOP).new_page()


def axe(page: Page) -> None:
    """No accessibility fault that axe-core can find."""
    page.wait_for_load_state("load")
    page.evaluate("scrollTo(0, 0)")  # what the sticky bar half covers would count as too small to touch
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        """async () => (await window.axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa",
        "best-practice"]})).violations.map(v => `${v.id}: ${v.help}: ${v.nodes.map(n => n.html.slice(0, 160) + " " + n.failureSummary).join(" | ")}`)"""
    )
    assert found == []


def no_sideways_scroll(page: Page) -> None:
    """Nothing sticks out of the screen."""
    width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1], f"{page.url}: {width[0]} pixels on a screen of {width[1]}"


class ChatPage:
    """The chat as a person uses it."""

    def __init__(self, page: Page, address: str = "/") -> None:
        self.page = page
        page.goto(address)
        expect(self.choices.first).to_be_visible()

    @property
    def messages(self) -> Locator:
        return self.page.locator("#transcript > li")

    @property
    def choices(self) -> Locator:
        """Choices that can be taken now."""
        return self.page.locator("#transcript button[data-payload]:not([aria-disabled])")

    @property
    def last_words(self) -> str:
        return self.page.locator("#transcript > li.from-bot .msg-bubble").last.inner_text()

    def settle(self) -> None:
        """Wait until everything said has its answer."""
        expect(self.page.locator(".is-waiting")).to_have_count(0)
        expect(self.page.locator("#transcript > li").last).not_to_have_class(re.compile("from-persona"))

    def say(self, words: str) -> None:
        self.page.fill("#message", words)
        self.page.press("#message", "Enter")
        self.settle()

    def titles(self) -> list[str]:
        return [choice.inner_text() for choice in self.choices.all()]

    def choose(self, title: str) -> None:
        self.choices.get_by_text(title, exact=True).last.click()
        self.settle()

    def to_the_verdict(self) -> None:
        """Answer whatever is asked, with buttons where there are some, until the result is shown."""
        self.choices.first.click()  # what happened
        self.settle()
        self.say(
            "ho il 75% di invalidità civile, vivo a Lodi e lavoro a Lodi, sono dipendente a tempo indeterminato, "
            "ho 50 anni, sono rientrata al lavoro dopo le cure oncologiche, assente 7 mesi di seguito"
        )
        for _ in range(20):
            titles = self.titles()
            if "Vorrei un operatore" in titles:
                return
            for wanted in ("Sì, è giusto", "Lodi", "No", "Non lo so"):
                if wanted in titles:
                    self.choose(wanted)
                    break
            else:
                raise AssertionError(f"no way on from: {self.last_words!r} {titles}")
        raise AssertionError("the questions never end")

    def to_the_confirmation(self) -> None:
        """From the verdict to the last button of a referral."""
        self.choose("Vorrei un operatore")
        self.page.locator(".site-list button:not([aria-disabled])").first.click()
        self.settle()
        self.say("Zenobia Quattrocchi")
        self.say("333 1234567")
        self.choose("Sì, sono d'accordo")
        expect(self.choices.get_by_text("Conferma e invia")).to_be_visible()
