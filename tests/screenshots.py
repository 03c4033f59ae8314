"""The README's picture, made from the running service: ``python -m tests.screenshots``."""

from __future__ import annotations

import io
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.stack import ROOT, running

STORY = "Ho 52 anni, abito a Lodi e lavoro a Milano a tempo indeterminato. Sono rientrata dopo otto mesi di malattia."
WINDOWS = {"phone": (390, 844), "desktop": (1180, 844)}


def picture(browser: Browser, base_url: str, width: int, height: int) -> Image.Image:
    """The chat after the consent and one message, in a window of the given size."""
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(base_url)
    page.get_by_role("button", name="Sì, sono d'accordo").click()
    page.get_by_role("button", name="Disoccupato").wait_for()
    page.get_by_label("Scriva qui il suo messaggio").fill(STORY)
    page.keyboard.press("Enter")
    page.wait_for_timeout(4000)
    return Image.open(io.BytesIO(page.screenshot()))


def main() -> None:
    """Start the service, take the pictures, put them side by side."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder) / "dati") as stack,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        pictures = [picture(browser, stack.base_url, *size) for size in WINDOWS.values()]
        browser.close()
    gap = 24
    whole = Image.new(
        "RGB", (sum(p.width for p in pictures) + gap * (len(pictures) + 1), pictures[0].height + 2 * gap), "#dfe4ea"
    )
    left = gap
    for one in pictures:
        whole.paste(one, (left, gap))
        left += one.width + gap
    target = ROOT / "docs" / "images" / "chat.png"
    target.parent.mkdir(exist_ok=True)
    whole.quantize(128).save(target, optimize=True)
    print(target)


if __name__ == "__main__":
    main()
