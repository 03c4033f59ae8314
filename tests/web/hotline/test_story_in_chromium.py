"""The whole service in a real Chromium: a citizen asks for a person, the hotline answers, refers, hands back."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from accounts import demo
from tests.stack import Stack
from tests.web.browser.conftest import (  # noqa: F401  (fixtures)
    DESKTOP,
    PHONE,
    ChatPage,
    axe,
    no_sideways_scroll,
    open_context,
)
from tests.web.hotline.conftest import SANDRO, SILVIA, SUPERVISOR

pytestmark = [pytest.mark.browser, pytest.mark.stack]
#: 200% zoom of a 1280 pixel screen.
ZOOMED = {"width": 640, "height": 450}
SMALLEST = {"width": 320, "height": 640}
#: Where to keep pictures of the pages, to look at; none unless asked for.
PICTURES = os.environ.get("RIENTRO_TEST_PICTURES")
Contexts = Callable[..., BrowserContext]


def look(page: Page, name: str) -> None:
    """axe without faults, nothing wider than the screen; a picture if wanted."""
    axe(page)
    no_sideways_scroll(page)
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/sportello-{name}.png", full_page=True)


def enter(open_context: Contexts, email: str, **options: object) -> Page:  # noqa: F811
    """A colleague who has logged in and sees the queue."""
    page = open_context(**{"viewport": DESKTOP, **options}).new_page()
    page.goto("/accesso?dopo=/sportello")
    page.fill("#email", email)
    page.fill("#password", demo.PASSWORD)
    page.get_by_role("button", name="Entra", exact=True).click()
    page.wait_for_url("**/sportello")
    return page


def in_queue(page: Page, session: str):
    """The row of a conversation in the queue."""
    return page.locator(f'[data-caso="{session}"]')


def session_of(citizen: Page) -> str:
    return citizen.evaluate("fetch('/chat/corrente').then(a => a.json()).then(a => a.session)")


def asked_now(page: Page) -> str:
    """All the words around the open question."""
    return page.locator(".ask").text_content() or ""


def settled(page: Page, before: str) -> None:
    """Wait for the next question (or the end of the questions)."""
    expect(page.locator(".ask")).not_to_have_text(before)


def test_a_citizen_asks_for_a_person_who_answers_refers_and_hands_back(open_context: Contexts) -> None:  # noqa: F811
    citizen = ChatPage(open_context(viewport=PHONE).new_page())
    session = session_of(citizen.page)
    sandro = enter(open_context, SANDRO)
    look(sandro, "coda-vuota")

    # The citizen asks; the queue shows it by itself.
    citizen.page.click("#ask-person")
    citizen.settle()
    expect(in_queue(sandro, session)).to_be_visible()
    expect(sandro.locator("#avviso")).to_contain_text("aspetta")
    look(sandro, "coda")

    # Sandro takes it; Silvia, on her telephone, comes second.
    silvia = enter(open_context, SILVIA, viewport=PHONE)
    expect(in_queue(silvia, session)).to_be_visible()
    expect(silvia.get_by_text("Sandro Sportello").first).to_be_visible()
    silvia.evaluate("document.querySelectorAll('script')")  # the form is taken as it stands now
    in_queue(sandro, session).get_by_role("button", name=re.compile("Prendi")).click()
    sandro.wait_for_url(f"**/casi/{session}*")
    expect(sandro.locator("#stato")).to_contain_text("Parla lei")
    expect(citizen.page.locator("#transcript > li").last).to_contain_text("Ora le risponde una persona: Sandro")
    silvia.goto(f"/sportello/casi/{session}")
    expect(silvia.locator("#stato")).to_contain_text("In mano a Sandro")
    expect(silvia.get_by_role("button", name=re.compile("Prendi la chat"))).to_have_count(0)
    look(silvia, "caso-di-un-altro-telefono")

    # Both write; neither page is reloaded.
    sandro.fill("#testo", "Buongiorno, sono Sandro. Posso usare i suoi dati di salute?")
    sandro.press("#testo", "Control+Enter")
    expect(citizen.page.locator(".from-operatore").last).to_contain_text("sono Sandro")
    expect(sandro.locator("#testo")).to_have_value("")
    sandro.get_by_role("button", name="Manda il testo nella chat").click()
    expect(citizen.page.locator(".from-operatore .card-box")).to_be_visible()
    citizen.page.locator("#transcript > li").last.get_by_role("button", name="Sì, sono d'accordo").click()
    expect(sandro.locator("#dialogo .from-persona").last).to_contain_text("Sì, sono d'accordo")
    expect(citizen.page.locator(".from-bot")).to_have_count(citizen.page.locator(".from-bot").count())
    look(sandro, "caso-chat")
    look(citizen.page, "cittadino")

    # Facts: the consent by key, several in one line, the rest by keys.
    before = asked_now(sandro)
    sandro.locator("#domanda").focus()
    sandro.keyboard.press("1")
    settled(sandro, before)
    sandro.keyboard.press("/")
    expect(sandro.locator("#riga")).to_be_focused()
    sandro.keyboard.type("vive a Lodi, ha 50 anni, è disoccupata, ha il 75% di invalidità civile")
    before = asked_now(sandro)
    sandro.keyboard.press("Enter")
    expect(sandro.locator("#avvisi")).to_contain_text("Ho capito")
    expect(sandro.locator("#noti + .answers")).to_contain_text("75%")
    expect(sandro.locator("#noti + .answers")).to_contain_text("disoccupat", ignore_case=True)
    for _ in range(12):
        if sandro.locator(".ask .read-aloud").count() == 0:
            break
        before = asked_now(sandro)
        sandro.locator("#domanda").focus()
        sandro.keyboard.press("0")  # does not know
        settled(sandro, before)
    look(sandro, "caso-dati")

    # The referral on the person's behalf.
    sandro.get_by_role("link", name="Apri la richiesta").click()
    look(sandro, "richiesta-1")
    sandro.get_by_role("button", name="Cerca gli operatori").click()
    sandro.locator("input[name=sede]").first.check()
    sandro.get_by_role("button", name="Scegli questo operatore").click()
    sandro.fill("#nome", "Zenobia Quattrocchi")
    sandro.fill("#telefono", "333 1234567")
    sandro.check("#letto")
    look(sandro, "richiesta-2")
    sandro.get_by_role("button", name=re.compile("Invia la richiesta")).click()
    code = sandro.locator(".dictate dd").first.inner_text()
    look(sandro, "richiesta-fatta")
    expect(citizen.page.locator(".from-operatore .receipt")).to_contain_text(code)

    # Back to the assistant.
    sandro.get_by_role("link", name="Torna al caso").click()
    sandro.select_option("#esito", "richiesta_inviata")
    sandro.get_by_role("button", name="Restituisci all'assistente").click()
    sandro.wait_for_url("**/sportello?avviso=restituita")
    expect(citizen.page.locator("#transcript")).to_contain_text("Sandro ha finito")
    expect(citizen.page.locator("#transcript")).to_contain_text("Sono di nuovo l'assistente automatico")
    expect(citizen.page.locator("#transcript > li").last).to_have_class(re.compile("from-bot"))
    citizen.say("a che punto è la mia richiesta?")
    expect(citizen.page.locator("#transcript > li.from-bot").last).to_be_visible()
    expect(citizen.page.locator("#transcript")).to_contain_text(code)

    # Who calls again is found by name, number, code.
    for words in ("quattrocchi", "3331234567", code):
        sandro.goto("/sportello/cerca")
        sandro.fill("#testo", words)
        sandro.keyboard.press("Enter")
        expect(sandro.locator(".case-row").first).to_contain_text("Zenobia Quattrocchi")
    look(sandro, "cerca")


def test_a_call_back_asked_in_the_chat_is_made(open_context: Contexts) -> None:  # noqa: F811
    citizen = ChatPage(open_context(viewport=PHONE).new_page())
    citizen.choices.first.click()
    citizen.settle()
    citizen.page.click("#ask-person")
    citizen.settle()
    if "Preferisco una telefonata" in citizen.titles():  # the hotline is open and somebody is there
        citizen.choose("Preferisco una telefonata")
    citizen.choices.get_by_text(re.compile(r" alle \d")).last.click()
    citizen.settle()
    expect(citizen.page.locator("#transcript")).to_contain_text("A quale numero la chiamiamo?")
    citizen.say("mi chiami allo 02 7700 1234")
    expect(citizen.page.locator("#transcript")).to_contain_text("Fatto. La chiamiamo")
    look(citizen.page, "richiamo-cittadino")

    silvia = enter(open_context, SILVIA)
    silvia.get_by_role("link", name="Richiami", exact=True).click()
    row = silvia.locator(".case-row", has_text="02 7700 1234")
    look(silvia, "richiami")
    row.get_by_role("button", name=re.compile("Chiama e apri")).click()
    silvia.wait_for_url("**/casi/**")
    expect(silvia.locator("#stato")).to_contain_text("Al telefono con lei")
    silvia.select_option("#esito", "informazioni")
    silvia.get_by_role("button", name="Chiudi la telefonata").click()
    silvia.wait_for_url("**/sportello?avviso=chiusa")
    silvia.goto("/sportello/richiami")
    expect(silvia.locator(".case-row", has_text="02 7700 1234")).to_have_count(0)


def test_a_guided_call_with_the_keyboard_alone(open_context: Contexts) -> None:  # noqa: F811
    page = enter(open_context, SILVIA)
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").strip() == "Nuova telefonata":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/casi/**")
    expect(page.locator(".ask")).to_contain_text("Ho letto questo testo alla persona")
    look(page, "telefonata-consenso")
    before = asked_now(page)
    page.keyboard.press("1")
    settled(page, before)
    asked = []
    for _ in range(40):
        question = page.locator(".ask .read-aloud")
        if question.count() == 0:
            break
        asked.append(question.inner_text())
        before = asked_now(page)
        field = page.locator("[data-fuoco]")
        if field.count():
            expect(field).to_be_focused()  # no key needed to get there
            number = "Lodi" if "comune" in asked[-1] else "50"
            page.keyboard.type(number)
            page.keyboard.press("Enter")
        else:
            expect(page.locator("#domanda")).to_be_focused()
            yes_or_no = page.locator('[data-tasto="3"]').count() == 0
            page.keyboard.press("2" if yes_or_no else "1")
        settled(page, before)
    assert len(asked) == len(set(asked)) > 3
    expect(page.locator("#domanda")).to_contain_text("Non ci sono altre domande")
    look(page, "telefonata")

    # The quick keys can be switched off: then a digit is only a digit.
    page.locator("#tasti").focus()
    page.keyboard.press("Space")
    page.locator(".answers .link-button").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".ask .read-aloud")).to_be_visible()
    before = asked_now(page)
    page.locator("#domanda").focus()
    page.keyboard.press("1")
    page.wait_for_timeout(800)
    assert asked_now(page) == before

    # A half-written note survives an answer.
    page.fill("#nota", "preferisce il mattino")
    page.locator(".ask .key-button, .ask input[data-fuoco]").last.focus()
    page.locator('[data-tasto="0"]').click()
    settled(page, before)
    expect(page.locator("#nota")).to_have_value("preferisce il mattino")

    page.select_option("#esito", "informazioni")
    page.get_by_role("button", name="Chiudi la telefonata").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/sportello?avviso=chiusa")


def test_the_pages_on_small_screens_and_zoomed(open_context: Contexts) -> None:  # noqa: F811
    page = enter(open_context, SANDRO)
    page.get_by_role("button", name="Nuova telefonata").click()
    page.wait_for_url("**/casi/**")
    case = page.url.partition("?")[0]
    page.keyboard.press("1")
    expect(page.locator("#avvisi")).to_contain_text("Consenso registrato")
    sara = enter(open_context, SUPERVISOR)
    for size, name in ((PHONE, "telefono"), (ZOOMED, "zoom"), (SMALLEST, "piccolo")):
        page.set_viewport_size(size)
        for address, kind in (
            (case, "caso"),
            (f"{case}/richiesta", "richiesta"),
            ("/sportello", "coda"),
            ("/sportello/richiami", "richiami"),
            ("/sportello/cerca", "cerca"),
            ("/sportello/recenti", "recenti"),
        ):
            page.goto(address)
            look(page, f"{kind}-{name}")
        sara.set_viewport_size(size)
        sara.goto("/sportello/orari")
        look(sara, f"orari-{name}")


def test_the_queue_survives_a_restart_of_the_server(open_context: Contexts, stack: Stack) -> None:  # noqa: F811
    sandro = enter(open_context, SANDRO)
    expect(sandro.locator("#suono")).to_have_attribute("aria-pressed", "false")  # silent unless asked
    stack.kill("web")
    expect(sandro.locator("#collegamento")).to_be_visible()
    stack.wait_ready()
    expect(sandro.locator("#collegamento")).to_be_hidden(timeout=30_000)
    citizen = ChatPage(open_context(viewport=PHONE).new_page())
    citizen.page.click("#ask-person")
    citizen.settle()
    expect(in_queue(sandro, session_of(citizen.page))).to_be_visible()
