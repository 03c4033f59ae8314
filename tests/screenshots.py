"""All the pictures of the README and of the guides, made from the running service: ``python -m tests.screenshots``.

A citizen reaches a verdict and sends a request; an operator reads requests; another citizen asks for a person and the
hotline answers; the administration and the region look on; a doctor checks a patient. Everybody in the pictures is made up. ``python -m tests.screenshots monitoraggio medici`` makes only those whose names begin so.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from accounts import demo
from cases.db import make_engine, make_session_factory, writing
from cases.keys import Keyring
from cases.models import StatisticRow
from cases.service import Cases
from referrals.contact import Contact
from referrals.service import Referrals
from settings import clock
from settings.config import Settings
from tests.cases.world import CONSENT, MEASURE
from tests.stack import ROOT, Stack, running
from tests.web.browser.conftest import ChatPage
from tests.web.doctors import pictures as doctors
from tests.web.monitoring.conftest import plausible

IMAGES = ROOT / "docs" / "images"
STORY = "Ho 52 anni, abito a Lodi e lavoro a Milano a tempo indeterminato. Sono rientrata dopo otto mesi di malattia."
PHONE, DESKTOP = (390, 844), (1180, 844)
MOST_BYTES = 150_000
#: Of the demonstration's operator.
SITE = "OPD01-01"
_GAP = 24
#: No picture of an apology because the machine is busy.
_PATIENT = {"RIENTRO_BOT_TIMEOUT_SECONDS": "25"}


class Album:
    """Takes the pictures that are wanted, small enough for a page of documentation."""

    def __init__(self, browser: Browser, stack: Stack, wanted: list[str]) -> None:
        self.browser = browser
        self.stack = stack
        self.wanted = wanted

    def wants(self, *names: str) -> bool:
        """Whether any of the pictures is wanted."""
        return not self.wanted or any(name.startswith(start) for name in names for start in self.wanted)

    @contextmanager
    def window(self, size: tuple[int, int], email: str | None = None, address: str = "/") -> Iterator[Page]:
        """A browser of its own, in which the demo person of ``email`` has entered."""
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale="it-IT", base_url=self.stack.base_url
        )
        context.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)
        page = context.new_page()
        if email:
            page.goto(f"/accesso?dopo={address}")
            page.fill("#email", email)
            page.fill("#password", demo.PASSWORD)
            page.get_by_role("button", name="Entra", exact=True).click()
            page.wait_for_url(f"**{address}")
        yield page
        context.close()

    def take(self, page: Page, name: str) -> None:
        """A picture of the window as it is now."""
        if self.wants(name):
            page.wait_for_timeout(500)
            save(shot(page), name)


def shot(page: Page) -> Image.Image:
    """What the window shows."""
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def save(picture: Image.Image, name: str) -> None:
    """Write a picture with as many colours as fit in :data:`MOST_BYTES`. Raises ``ValueError`` when none do."""
    target = IMAGES / f"{name}.png"
    target.parent.mkdir(exist_ok=True)
    for colours in (128, 64, 32):
        picture.quantize(colours).save(target, optimize=True)
        if target.stat().st_size < MOST_BYTES:
            print(target.relative_to(ROOT), target.stat().st_size // 1000, "kB")
            return
    raise ValueError(f"{name} is too large")


def side_by_side(pictures: list[Image.Image]) -> Image.Image:
    """Pictures of the same height on one ground."""
    width = sum(picture.width for picture in pictures) + _GAP * (len(pictures) + 1)
    whole = Image.new("RGB", (width, pictures[0].height + 2 * _GAP), "#dfe4ea")
    left = _GAP
    for picture in pictures:
        whole.paste(picture, (left, _GAP))
        left += picture.width + _GAP
    return whole


def told(page: Page) -> Image.Image:
    """The chat after the consent and one message."""
    chat = ChatPage(page)
    chat.choices.first.press("Enter")
    chat.settle()
    chat.say(STORY)
    page.wait_for_timeout(1000)
    return shot(page)


def citizen(album: Album) -> None:
    """The chat on both screens; then a verdict and a request, on a telephone."""
    if album.wants("chat"):
        pictures = []
        for size in (PHONE, DESKTOP):
            with album.window(size) as page:
                pictures.append(told(page))
        save(side_by_side(pictures), "chat")
        save(pictures[0], "chat-telefono")
    with album.window(PHONE) as page:
        chat = ChatPage(page)
        chat.to_the_verdict()
        card = page.locator("#transcript .verdict").first
        card.evaluate("card => card.scrollIntoView({block: 'center'})")
        album.take(page, "chat-esito")
        chat.to_the_confirmation()
        chat.choose("Conferma e invia")
        page.locator(".receipt").last.scroll_into_view_if_needed()
        album.take(page, "chat-ricevuta")


def operator(album: Album) -> None:
    """The inbox with two requests, and a card."""
    settings = Settings(data_dir=album.stack.data_dir)
    sessions, keyring = make_session_factory(make_engine(str(settings.database_url))), Keyring.open(settings.keys_dir)
    cases, referrals = Cases(sessions, keyring), Referrals(sessions, keyring, lambda: settings)
    for name, phone in (("Zenobia Quattrocchi", "333 1234567"), ("Ada Prova", "333 7654321")):
        case = cases.open("cittadino", clock.now())
        cases.update(case.id, clock.now(), "persona", facts={"provincia": "MI", "invalidita_percento": 80})
        referrals.open(case.id, SITE, MEASURE, Contact(name, phone), CONSENT, "1", f"immagini {phone}", clock.now())
    with album.window(DESKTOP, "operatore@example.org", "/operatore") as page:
        for _ in range(60):  # until the worker has delivered both
            page.goto("/operatore")
            cards = page.locator("main a[href^='/operatore/segnalazioni/']")
            if cards.count() >= 2:
                break
            page.wait_for_timeout(1000)
        album.take(page, "operatore-arrivi")
        cards.first.click()
        page.wait_for_url("**/operatore/segnalazioni/**")
        album.take(page, "operatore-scheda")


def hotline(album: Album) -> None:
    """The queue with somebody in it, and the conversation once taken."""
    with album.window(PHONE) as phone, album.window(DESKTOP, "sportello@example.org", "/sportello") as desk:
        chat = ChatPage(phone)
        chat.choices.first.press("Enter")
        chat.settle()
        chat.say(STORY)
        phone.click("#ask-person")
        chat.settle()
        row = desk.locator("[data-caso]").first
        row.wait_for()
        album.take(desk, "sportello-coda")
        row.get_by_role("button", name=re.compile("Prendi")).click()
        desk.wait_for_url("**/casi/**")
        desk.locator("#stato").get_by_text("Parla lei").wait_for()
        album.take(desk, "sportello-conversazione")


def administration(album: Album) -> None:
    """The first page of the administration."""
    with album.window(DESKTOP, "amministratore@example.org", "/amministrazione") as page:
        album.take(page, "amministrazione")


def region(album: Album) -> None:
    """The figures (of made-up counts), and what a draft would change."""
    settings = Settings(data_dir=album.stack.data_dir)
    with writing(make_session_factory(make_engine(str(settings.database_url)))) as session:
        session.query(StatisticRow).delete()
        session.add_all(plausible(14))
    with album.window(DESKTOP, "supervisore@example.org", "/monitoraggio") as page:
        page.locator("#verdetti").scroll_into_view_if_needed()
        page.evaluate("document.querySelector('#verdetti').scrollIntoView()")
        chart = page.locator("section:has(#verdetti) img.chart")
        page.wait_for_function("i => i.complete && i.naturalWidth > 0", arg=chart.element_handle())
        album.take(page, "monitoraggio-dati")
        page.goto("/monitoraggio/regole")
        album.take(page, "monitoraggio-regole")
        rule = (ROOT / "eligibility/measures/dote_ritorno_al_lavoro/2019.yaml").read_text(encoding="utf-8")
        draft = rule.replace("at_least: 70", "at_least: 60").encode()
        page.goto("/monitoraggio/bozza")
        page.set_input_files("#file", {"name": "bozza.yaml", "mimeType": "text/yaml", "buffer": draft})
        page.fill("#data", "2020-06-01")
        page.get_by_role("button", name="Prova la bozza").click()
        page.get_by_role("heading", name="Che cosa cambierebbe", level=1).wait_for()
        album.take(page, "monitoraggio-bozza")


def doctor(_album: Album) -> None:
    """The doctors' pictures come from their own story, which fills the forms with the keyboard."""
    with tempfile.TemporaryDirectory() as folder:
        story = [sys.executable, "-m", "pytest", "-q", "tests/web/doctors/test_story_in_chromium.py"]
        subprocess.run(story, cwd=ROOT, env=os.environ | {"RIENTRO_TEST_PICTURES": folder}, check=True)
        doctors.main(Path(folder))


#: Chapter -> the names of its pictures begin with one of these.
CHAPTERS = {
    citizen: ("chat",),
    operator: ("operatore",),
    hotline: ("sportello",),
    administration: ("amministrazione",),
    region: ("monitoraggio",),
    doctor: ("medici",),
}


def main(wanted: list[str]) -> None:
    """Start the service and take the pictures whose names begin as wanted; all when none is named."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder) / "dati", _PATIENT) as stack,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        album = Album(browser, stack, wanted)
        for chapter, names in CHAPTERS.items():
            if not wanted or any(
                name.startswith(start) or start.startswith(name) for name in names for start in wanted
            ):
                chapter(album)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
