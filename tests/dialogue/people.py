"""A person used by many tests, and how the rest of an interview is answered."""

from __future__ import annotations

from typing import Any

import eligibility
from tests.dialogue.talk import Heard

WORKER: dict[str, Any] = {
    "occupazione": "dipendente_tempo_indeterminato",
    "residenza_lombardia": True,
    "provincia": "MI",
    "sede_lavoro_lombardia": True,
    "eta": 50,
    "rientrato_al_lavoro": True,
    "causa_assenza": "oncologica",
    "assenza_continuativa": False,
    "mesi_assenza": 7,
    "giorni_assenza_12_mesi": 130,
    "giorni_assenza_6_mesi": 20,
    "legge_68_iscritto": False,
    "categoria_art18": False,
    "cieco_sordo_invalido_guerra": False,
    "invalidita_percento": 75,
    "invalidita_inail_percento": 0,
}


def answer_all(conversation: Any, heard: Heard, answers: dict[str, Any] | None = None) -> Heard:
    """Answer the engine's questions until it has none; what is not in ``answers`` is not known.

    :param conversation: a :class:`tests.dialogue.talk.DirectTalk`.
    """
    answers = WORKER if answers is None else answers
    while heard.pending in eligibility.load().facts:
        heard = conversation.say("", facts={heard.pending: answers.get(heard.pending)})
    return heard
