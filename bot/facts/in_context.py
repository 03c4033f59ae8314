"""Answers to the open question in words that would mean little without it: "l'abbiamo chiusa", "ce l'ho", "ero operaia".

The words stand in ``in_context.yaml``. They are tried only when no grammar found the asked fact, in messages that ask
nothing and are short enough to be an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.facts.catalogue import is_boolean
from bot.facts.reading import Found, Reading, is_negated

MOST_WORDS = 24
_QUESTION = re.compile(
    r"\?|\b(?:che vuol dire|cosa (?:vuol dire|significa|intende)|cos' e|in che senso|perche (?:me lo|lo|mi) chied\w+|posso|vorrei sapere|mi spiega)\b"
)
# Who looks it up does not know it now; "to wait for an answer" is none.
_PENDING = re.compile(
    r"\b(?:verbale|foglio|document\w*|carte|cartella|sotto ?mano|a portata di mano|in attesa|aspett\w+|sto aspettando|ho fatto (?:la )?domanda|fatto domanda|in corso di|devo (?:controllare|chiedere|guardare|verificare)|non (?:lo )?(?:so|ricordo)|credo|forse|mi pare|penso|se (?:avessi|fossi|potessi)|mettiamo che|uno che|chi ha)\b"
)


@dataclass(frozen=True)
class _Answers:
    """The words of one question: (value, pattern) in the order in which they are tried, and what makes it no answer."""

    values: tuple[tuple[Any, re.Pattern[str]], ...]
    doubt: re.Pattern[str] | None


def read(reading: Reading) -> Iterator[Found]:
    """The answer to the open question, if the message is one."""
    question = reading.context.question
    answers = _catalogue().get(question or "")
    if answers is None or len(reading.whole.split()) > MOST_WORDS or _QUESTION.search(reading.whole):
        return
    if _PENDING.search(reading.whole) or answers.doubt and answers.doubt.search(reading.whole):
        return
    text = _ours(reading)
    for value, pattern in answers.values:
        for match in pattern.finditer(text):
            if value is not False and value not in ("nessuno", 0) and _denied(reading, match):
                continue
            yield reading.found(str(question), value, match.start(), match.end())
            return


def _ours(reading: Reading) -> str:
    """The canonical text without what is said of other people; an answer needs no verb that states it."""
    text = reading.whole
    for clause in reading.clauses:
        if not clause.ours:
            text = text[: clause.start] + "¦" * (clause.end - clause.start) + text[clause.end :]
    return text


def _denied(reading: Reading, match: re.Match[str]) -> bool:
    starts_denied = match.group(0).startswith(("non ", "mai ", "senza ", "niente ", "nessun"))
    said = reading.whole[reading.clause_at(match.start()).start : match.start()]
    return not starts_denied and is_negated(" ".join(said.split()[-4:]))


@lru_cache(maxsize=1)
def _catalogue() -> dict[str, _Answers]:
    data = yaml.safe_load((Path(__file__).parent / "in_context.yaml").read_text(encoding="utf-8"))
    having = data.pop("having")
    found = {}
    for question in {*data, *having["questions"]}:
        entry = data.get(question, {})
        general = having if question in having["questions"] else {}
        if is_boolean(question):
            values = [
                (value, _either([*entry.get(name, ()), *general.get(name, ())]))
                for name, value in (("no", False), ("si", True))
                if entry.get(name) or general.get(name)
            ]
        else:
            values = [(value, _either(patterns)) for value, patterns in entry.items() if value != "dubbio"]
        doubt = entry.get("dubbio")
        found[question] = _Answers(tuple(values), _either(doubt) if doubt else None)
    return found


def _either(patterns: list[str]) -> re.Pattern[str]:
    """One pattern for all, bounded by blanks or signs: canonical words hold nothing else."""
    joined = "|".join(f"(?:{pattern})" for pattern in patterns)
    return re.compile(rf"(?<![^ ])(?:{joined})(?= |$)")
