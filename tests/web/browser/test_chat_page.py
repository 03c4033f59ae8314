"""The chat page with the real assistant behind it."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.stack import Stack
from tests.web.browser.conftest import ChatPage

pytestmark = [pytest.mark.stack, pytest.mark.browser]

# One of the answers to the first question.
LOST_WORK = "Ho perso il lavoro"


def test_who_speaks_and_who_else_can_be_reached(page: Page) -> None:
    ChatPage(page)
    expect(page.locator(".chat-who")).to_contain_text("assistente automatico")
    expect(page.locator(".help-bar-phone")).to_have_attribute("href", re.compile(r"^tel:\d+"))
    expect(page.locator("#transcript")).to_contain_text("non una persona")
    page.mouse.wheel(0, 5000)
    expect(page.locator(".help-bar-phone")).to_be_in_viewport()
    expect(page.locator("#exit")).to_be_in_viewport()


def test_from_the_first_word_to_the_e_mail_of_the_operator(page: Page, stack: Stack) -> None:
    chat = ChatPage(page)
    chat.to_the_verdict()
    card = page.locator(".verdict", has_text="Dote Ritorno al Lavoro")
    expect(card).to_contain_text("Chiusa il 31/12/2020")
    card.locator("summary", has_text="Fonti").click()
    expect(card.locator(".sources a").first).to_have_attribute("href", re.compile("^https://"))
    chat.to_the_confirmation()
    chat.choices.get_by_text("Conferma e invia").dblclick()
    chat.settle()
    code = page.locator(".receipt dd").first.inner_text()
    pin = page.locator(".receipt dd").nth(1).inner_text()
    assert re.fullmatch(r"RT-(\w{4}-){3}\w", code) and re.fullmatch(r"\d{6}", pin)
    assert page.locator(".receipt").count() == 1

    page.goto("/segnalazione")
    page.fill("#codice", code.lower())
    page.fill("#pin", pin)
    page.get_by_role("button", name="Vedi a che punto è").click()
    for _ in range(30):
        if page.locator("h2", has_text=re.compile("^Inviata$")).count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    expect(page.locator("h2").first).to_have_text("Inviata")
    page.goto("/posta")
    expect(page.locator(".panel", has_text=code).first).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("Zenobia")
    expect(page.locator("main")).not_to_contain_text("75%")


def test_by_keyboard_alone(desktop: Page) -> None:
    chat = ChatPage(desktop)
    desktop.locator("body").focus()
    reached = []
    for _ in range(40):
        desktop.keyboard.press("Tab")
        reached.append(desktop.evaluate("document.activeElement.textContent.trim()"))
        if reached[-1] == LOST_WORK:
            break
    assert any("Vai al contenuto" in name for name in reached)
    assert any("Esci subito" in name for name in reached)
    assert reached[-1] == LOST_WORK
    desktop.keyboard.press("Enter")
    chat.settle()
    for _ in range(60):
        desktop.keyboard.press("Tab")
        if desktop.evaluate("document.activeElement.id") == "message":
            break
    desktop.keyboard.type("quanto vale la dote?")
    desktop.keyboard.press("Enter")
    chat.settle()
    expect(desktop.locator("#message")).to_be_focused()
    expect(desktop.locator("#message")).to_have_value("")
    assert "quanto vale la dote?" in desktop.locator("#transcript").inner_text()


def test_focus_stays_where_it_is_and_old_choices_stay_readable(page: Page) -> None:
    chat = ChatPage(page)
    choice = page.locator("#transcript button[data-payload]", has_text=LOST_WORK)
    choice.focus()
    page.keyboard.press("Space")
    chat.settle()
    expect(choice).to_be_focused()
    expect(choice).to_have_attribute("aria-disabled", "true")
    expect(choice).to_have_attribute("aria-pressed", "true")
    assert not choice.is_disabled() or choice.get_attribute("disabled") is None
    before = chat.messages.count()
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
    assert chat.messages.count() == before


def test_screen_readers_hear_only_what_is_new_and_only_once(page: Page) -> None:
    chat = ChatPage(page)
    expect(page.locator("#live")).to_be_empty()
    page.evaluate(
        """() => { window.heard = []; new MutationObserver(changes => changes.forEach(change =>
        change.addedNodes.forEach(node => window.heard.push(node.textContent)))).observe(
        document.getElementById("live"), {childList: true}); }"""
    )
    chat.say("che cos'è la dote ritorno al lavoro?")
    heard = page.evaluate("window.heard")
    shown = page.locator("#transcript > li.from-bot").count()
    assert 1 <= len(heard) < shown
    assert all(words.startswith("Assistente automatico:") for words in heard)
    page.wait_for_timeout(1300)
    expect(page.locator("#live")).to_be_empty()


def test_the_transcript_is_read_with_the_arrows(page: Page) -> None:
    chat = ChatPage(page)
    chat.say("buongiorno")
    page.locator("#transcript").focus()
    page.keyboard.press("ArrowUp")
    expect(chat.messages.last).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(chat.messages.nth(chat.messages.count() - 2)).to_be_focused()
    page.keyboard.press("Home")
    expect(chat.messages.first).to_be_focused()
    page.keyboard.press("End")
    expect(chat.messages.last).to_be_focused()


def test_an_answer_is_readable_together_with_its_question(page: Page) -> None:
    chat = ChatPage(page)
    chat.choose(LOST_WORK)
    answer = page.locator("#transcript > li.from-persona").first
    assert "In risposta a:" in answer.text_content()
    assert "Che cosa le è successo?" in answer.text_content()


def test_reload_back_and_second_tab_keep_the_conversation(open_context: Callable[..., BrowserContext]) -> None:
    context = open_context()
    first = ChatPage(context.new_page())
    first.choose(LOST_WORK)
    words = first.page.locator("#transcript").inner_text()
    first.page.reload()
    expect(first.choices.first).to_be_visible()
    assert first.page.locator("#transcript").inner_text() == words
    first.page.goto("/misure")
    first.page.go_back()
    expect(first.choices.first).to_be_visible()
    assert first.page.locator("#transcript").inner_text() == words

    second = ChatPage(context.new_page())
    assert second.page.locator("#transcript").inner_text() == words
    second.say("vivo a Lodi")
    first.page.bring_to_front()
    expect(first.page.locator("#transcript")).to_contain_text("vivo a Lodi")
    expect(first.messages).to_have_count(second.messages.count())


def test_unsent_words_survive_a_reload(page: Page) -> None:
    ChatPage(page)
    page.fill("#message", "ho cominciato a scrivere")
    page.reload()
    expect(page.locator("#message")).to_have_value("ho cominciato a scrivere")


def test_without_network_nothing_is_lost_and_nothing_is_said_twice(page: Page) -> None:
    chat = ChatPage(page)
    page.context.set_offline(True)
    page.fill("#message", "abito a Lodi")
    page.press("#message", "Enter")
    expect(page.locator("#notice")).to_contain_text("Non c'è collegamento")
    expect(page.locator(".is-waiting")).to_contain_text("abito a Lodi")
    page.context.set_offline(False)
    chat.settle()
    assert page.locator("#transcript > li.from-persona", has_text="abito a Lodi").count() == 1
    page.reload()
    expect(page.locator("#transcript > li.from-persona", has_text="abito a Lodi")).to_have_count(1)


def test_an_answer_lost_on_the_way_is_asked_for_again_with_the_same_key(page: Page) -> None:
    chat = ChatPage(page)
    keys: list[str] = []

    def lose_first_answer(route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        response = route.fetch()
        if len(keys) == 1:
            route.abort()
        else:
            route.fulfill(response=response)

    page.route("**/messages", lose_first_answer)
    chat.say("abito a Lodi")
    assert len(keys) >= 2 and len(set(keys)) == 1
    page.reload()
    expect(page.locator("#transcript > li.from-persona", has_text="abito a Lodi")).to_have_count(1)


def test_a_message_that_is_too_long_stays_in_the_field(page: Page) -> None:
    chat = ChatPage(page)
    before = chat.messages.count()
    words = "una storia molto lunga " * 450
    page.fill("#message", words)
    expect(page.locator("#message-error")).to_contain_text("4000")
    page.press("#message", "Enter")
    expect(page.locator("#message")).to_have_value(words)
    expect(page.locator("#message")).to_have_attribute("aria-invalid", "true")
    assert chat.messages.count() == before
    page.fill("#message", "   ")
    page.press("#message", "Enter")
    expect(page.locator("#message-error")).to_be_visible()


def test_html_is_shown_as_it_was_written(page: Page) -> None:
    chat = ChatPage(page)
    chat.say("<img src=x onerror=alert(1)><b>ciao</b>")
    expect(page.locator("#transcript")).to_contain_text("<img src=x onerror=alert(1)><b>ciao</b>")
    assert page.locator("#transcript img, #transcript b").count() == 0


def test_when_the_assistant_dies_there_is_a_number_and_then_it_goes_on(page: Page, stack: Stack) -> None:
    chat = ChatPage(page)
    chat.choose(LOST_WORK)
    stack.kill("bot")
    chat.say("vivo a Lodi")
    apology = page.locator("#transcript > li.is-apology").last
    expect(apology).to_contain_text("800 318 318")
    expect(apology).to_contain_text("è salvo")
    stack.wait_ready(120)
    chat.choose("Riprova")
    expect(page.locator("#transcript > li").last).not_to_have_class(re.compile("is-apology"))
    state = page.evaluate(
        "async () => (await (await fetch('/api/v1/chat/sessions/' + (await (await fetch('/chat/corrente')).json()).session))"
        ".json()).state"
    )
    assert state["facts"]["comune"] == "Lodi" and state["waiting"] == 0


def test_when_the_actions_die_there_is_a_number_and_then_it_goes_on(page: Page, stack: Stack) -> None:
    chat = ChatPage(page)
    stack.kill("actions")
    chat.say("sì")
    if page.locator("#transcript > li.is-apology").count():
        stack.wait_ready(120)
        chat.choose("Riprova")
    stack.wait_ready(120)
    page.reload()
    expect(page.locator("#transcript > li.from-persona")).to_have_count(1)
    chat.say("vivo a Lodi")
    expect(page.locator("#transcript > li").last).not_to_have_class(re.compile("is-apology"))


def test_leaving_at_once_leaves_nothing_behind(open_context: Callable[..., BrowserContext]) -> None:
    page = open_context().new_page()
    chat = ChatPage(page)
    chat.say("una cosa privata")
    page.fill("#message", "un'altra cosa privata")
    other = page.context.new_page()
    other.goto("/")
    expect(other.locator("#transcript")).to_contain_text("una cosa privata")
    page.locator("#exit").click()
    for tab in (page, other):
        tab.wait_for_url("https://it.wikipedia.org/**")
    for _ in range(50):  # the request outlives the page
        if not [cookie for cookie in page.context.cookies() if cookie["name"].startswith("rientro")]:
            break
        page.wait_for_timeout(200)
    else:
        raise AssertionError("the browser still has a cookie of ours")
    page.goto("/")
    if page.locator("#curtain-open").is_visible():
        page.locator("#curtain-open").click()
    expect(page.locator("#message")).to_be_enabled()
    expect(page.locator("body")).not_to_contain_text("una cosa privata")
    expect(page.locator("#message")).to_have_value("")


def test_erasing_from_the_page(page: Page, stack: Stack) -> None:
    chat = ChatPage(page)
    chat.say("una cosa da dimenticare")
    session = page.evaluate("async () => (await (await fetch('/chat/corrente')).json()).session")
    page.locator("#delete").click()
    expect(page.locator("#delete-dialog")).to_be_visible()
    page.locator("#delete-no").click()
    expect(page.locator("#transcript")).to_contain_text("una cosa da dimenticare")
    page.locator("#delete").click()
    page.locator("#delete-yes").click()
    expect(page.locator("#notice")).to_contain_text("Ho cancellato")
    expect(page.locator("#transcript")).not_to_contain_text("una cosa da dimenticare")
    assert httpx.get(f"{stack.base_url}/api/v1/chat/sessions/{session}").status_code == 404


def test_erasing_in_one_tab_empties_the_other(open_context: Callable[..., BrowserContext]) -> None:
    context = open_context()
    first, second = ChatPage(context.new_page()), ChatPage(context.new_page())
    first.say("una cosa da dimenticare")
    second.page.bring_to_front()
    expect(second.page.locator("#transcript")).to_contain_text("una cosa da dimenticare")
    first.page.bring_to_front()
    first.page.locator("#delete").click()
    first.page.locator("#delete-yes").click()
    expect(first.page.locator("#notice")).to_contain_text("Ho cancellato")
    second.page.bring_to_front()
    expect(second.page.locator("#transcript")).not_to_contain_text("una cosa da dimenticare")
    first.say("ricomincio")
    expect(second.page.locator("#transcript")).to_contain_text("ricomincio")


def test_the_export_holds_what_was_said(page: Page) -> None:
    chat = ChatPage(page)
    chat.say("vivo a Lodi")
    with page.expect_download() as download:
        page.locator("#export").click()
    assert "vivo a Lodi" in download.value.path().read_text(encoding="utf-8")
    assert download.value.suggested_filename == "i-miei-dati.json"


def test_nothing_moves_for_those_who_asked_so(open_context: Callable[..., BrowserContext]) -> None:
    page = open_context(reduced_motion="reduce").new_page()
    ChatPage(page)
    moving = page.evaluate("getComputedStyle(document.querySelector('.typing-dots i')).animationName")
    assert moving == "none"


@pytest.mark.parametrize("role", ["medico", "sportello"])
def test_professionals_have_a_conversation_of_their_own(page: Page, role: str) -> None:
    ChatPage(page).say("una parola del cittadino")
    professional = ChatPage(page, f"/?ruolo={role}")
    expect(page.locator("#transcript")).not_to_contain_text("una parola del cittadino")
    professional.say("buongiorno")
    page.goto("/")
    expect(page.locator("#transcript")).to_contain_text("una parola del cittadino")
