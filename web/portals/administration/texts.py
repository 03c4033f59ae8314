"""The words of the product with their readability, as people will read them."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from markupsafe import Markup, escape
from starlette.requests import Request

import texts
from accounts import mail as access_mail
from accounts.account import Account
from referrals import words as referral_words
from texts.readability import gulpease, longest_sentence
from texts.readability import words as words_of
from web.permissions import permitted
from web.portals.administration.frame import admin_page

router = APIRouter()
Me = Annotated[Account, Depends(permitted("amministrazione.testi"))]
EASY = 60
LONG_SENTENCE = 25
# Below this the index says nothing: "Sì" would be impossible to read.
_MEASURABLE_WORDS = 6
_PLACE = re.compile(r"\{([^{}]*)\}")
_AUDIENCES = {"cittadino": "Cittadino", "medico": "Medico", "sportello": "Sportello", "": "Tutti"}


@dataclass(frozen=True)
class Shown:
    """A text as the page shows it; ``index`` is None for one too short to be measured."""

    topic: str
    key: str
    audience: str
    text: str
    index: int | None
    longest: int

    @property
    def hard(self) -> bool:
        """Whether somebody tired may stumble."""
        return (self.index is not None and self.index < EASY) or self.longest > LONG_SENTENCE

    @property
    def preview(self) -> Markup:
        """The text with its places marked."""
        parts = _PLACE.split(self.text)
        return Markup().join(
            Markup("<mark>{}</mark>").format(part) if number % 2 else escape(part) for number, part in enumerate(parts)
        )


@router.get("/amministrazione/testi")
async def texts_page(
    request: Request,
    account: Me,
    argomento: Annotated[str, Query(max_length=60)] = "",
    cerca: Annotated[str, Query(max_length=120)] = "",
    difficili: bool = False,
) -> Response:
    """The texts of a topic, those with some words in them, or only the hard ones."""
    every = all_texts()
    topics = sorted({shown.topic for shown in every})
    topic = argomento if argomento in topics else ("" if cerca or difficili else topics[0])
    found = [
        shown
        for shown in every
        if (not topic or shown.topic == topic)
        and cerca.strip().casefold() in f"{shown.key} {shown.text}".casefold()
        and (shown.hard or not difficili)
    ]
    return admin_page(
        request,
        "testi.html",
        entries=found[:300],
        count=len(found),
        topics=topics,
        topic=topic,
        search=cerca,
        only_hard=difficili,
        audiences=_AUDIENCES,
        easy=EASY,
        total=len(every),
        hard=sum(shown.hard for shown in every),
    )


@functools.cache
def all_texts() -> tuple[Shown, ...]:
    """Every text: chat, e-mails of referrals and of access."""
    found = [_shown(key.partition(".")[0], key, audience, text) for key, audience, _variant, text in texts.entries()]
    for topic, mails in (("e-mail (segnalazioni)", referral_words.load()), ("e-mail (accesso)", access_mail.words())):
        for key, value in mails.items():
            if isinstance(value, dict) and {"subject", "text"} <= value.keys():
                found += [_shown(topic, f"{key}.{part}", "", value[part]) for part in ("subject", "text")]
    return tuple(found)


def _shown(topic: str, key: str, audience: str, text: str) -> Shown:
    measurable = len(words_of(text)) >= _MEASURABLE_WORDS
    return Shown(topic, key, audience, text, round(gulpease(text)) if measurable else None, longest_sentence(text))
