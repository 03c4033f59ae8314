"""The privacy page says what art. 13 of the GDPR asks for, and the papers agree with the settings."""

from __future__ import annotations

import re

from settings.config import Settings
from tests.evidence import ROOT

PAGE = (ROOT / "web" / "templates" / "privacy.html").read_text(encoding="utf-8")


def test_every_point_of_article_13_is_on_the_page() -> None:
    table = (ROOT / "docs" / "privacy" / "informativa.md").read_text(encoding="utf-8")
    places = re.findall(r"^\| [^|]+ \| (.+) \|$", table, re.M)[1:]
    headings = re.findall(r"<h2>([^<]+)</h2>", PAGE)
    assert len(places) >= 9
    for place in places:
        for title in re.findall("«([^»]+)»", place):
            assert title in headings, title


def test_the_time_of_retention_in_the_papers_is_the_default_of_the_product() -> None:
    days = Settings.model_fields["retention_days"].default
    for paper in ("dpia.md", "registro-trattamenti.md"):
        text = (ROOT / "docs" / "privacy" / paper).read_text(encoding="utf-8")
        assert f"{days} giorni" in text and "RIENTRO_RETENTION_DAYS" in text, paper
    assert "settings.retention_days" in PAGE


def test_nobody_is_named_as_controller_unless_the_settings_do() -> None:
    for name in ("controller_name", "controller_contact", "dpo_contact"):
        assert Settings.model_fields[name].default is None
        assert f"settings.{name}" in PAGE
