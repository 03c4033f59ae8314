"""The region's pages in a real Chromium: axe, phone, 200% zoom, the keyboard alone, charts that really draw."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts import demo
from eligibility.ruleset import HOME
from tests.web.browser.conftest import DESKTOP, PHONE, axe, no_sideways_scroll
from tests.web.monitoring.conftest import SUPERVISOR, Region

pytestmark = pytest.mark.browser
#: 200% zoom of a 1280 pixel screen.
ZOOMED = {"width": 640, "height": 450}
SMALLEST = {"width": 320, "height": 640}
#: Where to keep pictures of the pages, to look at; none unless asked for.
PICTURES = os.environ.get("RIENTRO_TEST_PICTURES")
DOTE = HOME / "measures" / "dote_ritorno_al_lavoro" / "2019.yaml"


@pytest.fixture
def page(browser: Browser, region: Region) -> Iterator[Page]:
    """The supervisor's computer; nothing may be asked elsewhere and nothing may complain."""
    context = browser.new_context(viewport=DESKTOP, locale="it-IT", base_url=region.site.url)
    heard: list[str] = []
    context.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
    context.on(
        "request", lambda request: None if request.url.startswith(region.site.url) else heard.append(request.url)
    )
    page = context.new_page()
    page.goto("/accesso?dopo=/monitoraggio")
    page.fill("#email", SUPERVISOR)
    page.fill("#password", demo.PASSWORD)
    page.get_by_role("button", name="Entra", exact=True).click()
    page.wait_for_url("**/monitoraggio")
    yield page
    context.close()
    assert [words for words in heard if "422" not in words] == []


def look(page: Page, name: str) -> None:
    """axe without faults, nothing wider than the screen; a picture if wanted."""
    axe(page)
    no_sideways_scroll(page)
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/monitoraggio-{name}.png", full_page=True)


def test_every_page_on_every_screen(page: Page, region: Region) -> None:
    look(page, "vuoto")
    region.fill(3)
    for size, name in ((DESKTOP, "grande"), (PHONE, "telefono"), (ZOOMED, "zoom"), (SMALLEST, "piccolo")):
        page.set_viewport_size(size)
        for address, kind in (
            ("/monitoraggio", "dati"),
            ("/monitoraggio?periodo=boh", "errore"),
            ("/monitoraggio/regole", "regole"),
            ("/monitoraggio/regole/dote_lavoro_ammortizzatori/2010_integrazione", "edizione"),
            ("/monitoraggio/bozza", "bozza"),
        ):
            page.goto(address)
            look(page, f"{kind}-{name}")


def test_charts_draw_and_fit_the_screen(page: Page, region: Region) -> None:
    region.fill(2)
    for size, narrow in ((DESKTOP, False), (PHONE, True)):
        page.set_viewport_size(size)
        page.goto("/monitoraggio")
        chart = page.locator("section:has(#verdetti) img.chart")
        chart.scroll_into_view_if_needed()
        page.wait_for_function("i => i.complete && i.naturalWidth > 0", arg=chart.element_handle())
        assert ("stretto=true" in chart.evaluate("i => i.currentSrc")) is narrow
        assert chart.bounding_box()["width"] <= size["width"]


def test_a_period_and_a_measure_are_chosen_with_the_keyboard_alone(page: Page, region: Region) -> None:
    region.fill(5)
    page.reload()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "periodo":
            break
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**periodo=20*")
    chosen = page.locator("#periodo").evaluate("s => s.selectedOptions[0].textContent")
    expect(page.locator(".lead")).to_contain_text(chosen)
    page.locator("#misura-verdetti-province").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**misura=azioni_di_rete*")
    expect(page.locator(".lead")).to_contain_text(chosen)  # the period stays
    with page.expect_download() as file:
        page.locator("section:has(#verdetti-province)").get_by_role("link", name="CSV").press("Enter")
    assert file.value.suggested_filename.startswith("rientro-verdetti-province-")
    page.locator("section:has(#verdetti-province) .table-wrap").focus()  # a wide table scrolls with the arrows
    assert page.evaluate("document.activeElement.getAttribute('role')") == "region"


def test_a_draft_is_tried_before_it_is_published(page: Page) -> None:
    page.get_by_role("link", name="Prova una bozza").click()
    spoilt = DOTE.read_text(encoding="utf-8").replace("fact: invalidita_percento", "fact: invalidita_percentuale")
    for text, heading in (
        (spoilt, "Prova una bozza"),
        (DOTE.read_text(encoding="utf-8").replace("at_least: 70", "at_least: 60"), "Che cosa cambierebbe"),
    ):
        page.set_input_files("#file", {"name": "bozza.yaml", "mimeType": "text/yaml", "buffer": text.encode()})
        page.fill("#data", "2020-06-01")
        page.get_by_role("button", name="Prova la bozza").click()
        expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
        if heading == "Prova una bozza":
            expect(page.get_by_role("alert")).to_contain_text("invalidita_percentuale")
            look(page, "bozza-sbagliata")
    expect(page.get_by_role("status")).to_contain_text("Cambia il verdetto")
    look(page, "bozza-esito")
    page.set_viewport_size(PHONE)
    look(page, "bozza-esito-telefono")
