"""axe-core on every page and state, on a telephone and on a computer, and how pages fit small screens."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.web.browser.conftest import DESKTOP, PHONE, ChatPage, axe, no_sideways_scroll

pytestmark = [pytest.mark.stack, pytest.mark.browser]

PAGES = [
    "/requisiti", "/misure", "/misure/dote_ritorno_al_lavoro", "/misure/collocamento_mirato", "/operatori",
    "/operatori?comune=Lodi", "/operatori?comune=Atlantide", "/segnalazione", "/privacy", "/accessibilita", "/posta",
    "/pagina-che-non-esiste",
]  # fmt: skip
SCREENS = pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])


def submit(page: Page, button: str) -> None:
    """Send a form and wait for the page that answers."""
    with page.expect_navigation():
        page.get_by_role("button", name=button).click()


@SCREENS
def test_pages(open_context: Callable[..., BrowserContext], screen: dict) -> None:
    page = open_context(viewport=screen).new_page()
    for address in PAGES:
        page.goto(address)
        axe(page)
        assert page.locator("h1").count() == 1, address


@pytest.mark.parametrize(
    "screen", [{"width": 320, "height": 640}, {"width": 640, "height": 400}], ids=["320px", "zoom-200"]
)
def test_pages_fit_small_screens(open_context: Callable[..., BrowserContext], screen: dict) -> None:
    page = open_context(viewport=screen).new_page()
    for address in ["/", *PAGES]:
        page.goto(address)
        page.wait_for_load_state("networkidle") if address != "/" else expect(
            page.locator("#transcript li").first
        ).to_be_visible()
        no_sideways_scroll(page)


@SCREENS
def test_every_state_of_the_chat(open_context: Callable[..., BrowserContext], screen: dict) -> None:
    page = open_context(viewport=screen).new_page()
    chat = ChatPage(page)
    axe(page)
    page.fill("#message", "x" * 4100)
    axe(page)
    page.fill("#message", "")
    page.locator("#delete").click()
    axe(page)
    page.locator("#delete-no").click()
    page.context.set_offline(True)
    page.fill("#message", "ciao")
    page.press("#message", "Enter")
    expect(page.locator("#notice")).not_to_be_empty()
    axe(page)
    page.context.set_offline(False)
    chat.settle()
    chat.to_the_verdict()
    for details in page.locator(".verdict summary").all():
        details.click()
    axe(page)
    no_sideways_scroll(page)
    chat.to_the_confirmation()
    axe(page)
    chat.choose("Conferma e invia")
    axe(page)
    no_sideways_scroll(page)


@SCREENS
def test_the_check_of_requirements_without_scripts(open_context: Callable[..., BrowserContext], screen: dict) -> None:
    page = open_context(viewport=screen, java_script_enabled=False).new_page()
    page.goto("/requisiti")
    submit(page, "Sono d'accordo, iniziamo")
    for _ in range(30):
        if page.locator("h1", has_text="Il risultato").count():
            break
        if page.locator("#v-1").count():
            page.get_by_label("No", exact=True).or_(page.get_by_label("Non lo so")).first.check()
            submit(page, "Avanti")
        else:
            submit(page, "Non lo so")
        assert page.url.endswith("/requisiti")
    expect(page.locator("h1")).to_have_text("Il risultato")
    expect(page.locator(".verdict")).to_have_count(6)
    no_sideways = page.locator("body").bounding_box()
    assert no_sideways and no_sideways["width"] <= screen["width"]


@SCREENS
def test_the_steps_of_the_check(open_context: Callable[..., BrowserContext], screen: dict) -> None:
    page = open_context(viewport=screen).new_page()
    page.goto("/requisiti")
    submit(page, "Sono d'accordo, iniziamo")
    axe(page)
    submit(page, "Avanti")
    expect(page.locator(".error-words")).to_be_visible()
    axe(page)
    for _ in range(30):
        if page.locator("h1", has_text="Il risultato").count():
            break
        if page.locator("#valore").count():
            axe(page)
            submit(page, "Non lo so")
        else:
            page.get_by_label("Non lo so").check()
            submit(page, "Avanti")
    axe(page)
    no_sideways_scroll(page)


def test_the_page_of_the_api_works_under_the_same_policy(desktop: Page) -> None:
    desktop.goto("/api/docs")
    expect(desktop.locator("#swagger")).to_contain_text("/api/v1/eligibility/assess")


def test_without_scripts_the_chat_says_what_to_do(open_context: Callable[..., BrowserContext]) -> None:
    page = open_context(java_script_enabled=False).new_page()
    page.goto("/")
    expect(page.locator("noscript a", has_text="modulo dei requisiti")).to_be_visible()
    expect(page.locator("#composer")).to_be_hidden()
