"""Corrections inside a message: "70 anzi 67", "not 70 but 67", "67 and not 70" all read as "67"."""

from __future__ import annotations

import re

from bot.facts.words import Piece

_UNIT = frozenset({"%", "mesi", "mese", "giorni", "giorno", "giornate", "anni", "anno", "settimane", "settimana"})
_SMALL = frozenset(
    ", . ; ! il lo la l' i gli le a al all' alla ad di del dell' della in nel e era erano sono volevo dire cioe no scusi scusa scusate per un una dal dall' dalla da circa".split()
)
# One sign of a correction, and what may stand behind it. No two ways lead through the same words: in a row of them, each
# further one would double the time.
ONE_MARKER = (
    r"\b(?:anzi|(?:no (?:, )?)?(?:scusi|scusa|scusate|mi scusi|pardon)(?: \. volevo dire|(?: [,.])?(?: intendevo| e| era))?|"
    r"volevo dire|intendevo dire|volevo scrivere|mi correggo|correggo|"
    r"(?:mi sono|ho) sbagliat[oa]|no aspett[ia]|aspett[ia] no|errata corrige|no no|ah no|rettifico|cioe no|ops|no anzi)\b(?: ,)? ?"
)
MARKER = re.compile(f"(?:{ONE_MARKER})+")
_PLAIN_NO = re.compile(
    r"(?<=\d) (?:% |mesi |giorni |anni )?(?:, |\. )?no (?:, )?(?=(?:il |l' |i |sono |erano |era )?\d)"
)


def apply_corrections(pieces: list[Piece]) -> list[Piece]:
    """Put a corrected number in the place of the one it corrects, and take the first mention away.

    Only numbers are handled here; other values are corrected by :func:`is_correction` between two readings.
    """
    pieces = _without_denied(pieces)
    text = " ".join(piece.canon for piece in pieces)
    marks = [*MARKER.finditer(text), *_PLAIN_NO.finditer(text)]
    for mark in sorted(marks, key=lambda m: -m.start()):
        at = text.count(" ", 0, mark.start() + (1 if text[mark.start()] == " " else 0))
        after = text.count(" ", 0, mark.end() - (1 if text[mark.end() - 1] == " " else 0)) + 1
        new = _next_number(pieces, after)
        old = _last_number(pieces, at)
        if new is None or old is None or new >= len(pieces):
            continue
        new_unit = pieces[new + 1].canon if new + 1 < len(pieces) and pieces[new + 1].canon in _UNIT else None
        old_unit = pieces[old + 1].canon if old + 1 < len(pieces) and pieces[old + 1].canon in _UNIT else None
        if new_unit and old_unit and new_unit != old_unit and not {new_unit, old_unit} <= {"anni", "anno"}:
            if not _same_kind(old_unit, new_unit):
                continue  # two different facts, not a correction of one by the other
            pieces = [*pieces[:old], *pieces[new : new + 2], *pieces[old + 2 : at], *pieces[new + 2 :]]
        else:
            keep_unit = new + 1 + (1 if new_unit else 0)
            unit = [pieces[new + 1]] if new_unit and not old_unit else []
            pieces = [*pieces[:old], pieces[new], *unit, *pieces[old + 1 : at], *pieces[keep_unit:]]
    return pieces


_DENIED = re.compile(
    r"\bnon (?:e |era |erano |sono |ho |ha |ho il )?(?:il |l' |al )?(?P<n>\d+)(?: (?P<unit>%|mesi|giorni|anni))?(?: ,)? (?:ma|bensi|invece|e|pero)(?: (?:e|era|sono|erano))?(?: solo)? (?:il |l' |al )?(?=\d)"
)


_DENIED_AFTER = re.compile(
    r"(?<=\d)(?P<unit> (?:%|mesi|giorni|anni))?(?: ,)?(?: e)? non (?:piu )?(?:il |l' )?\d+(?: (?:%|mesi|giorni|anni))?(?= |$)"
)
_SAID = re.compile(
    r"\b(?:ho|avevo) (?:detto|scritto|messo) (?:il |l' )?\d+(?: (?:%|mesi|giorni|anni))? (?:ma|pero|invece)(?= .*\d)"
)


def _without_denied(pieces: list[Piece]) -> list[Piece]:
    """ "Not 70 but 67" reads as 67."""
    text = " ".join(piece.canon for piece in pieces)
    match = _DENIED.search(text) or _DENIED_AFTER.search(text) or _SAID.search(text)
    if not match:
        return pieces
    first, last = text.count(" ", 0, match.start()), text.count(" ", 0, match.end())
    if match.re is _DENIED_AFTER:
        kept = first + (2 if match["unit"] else 1)  # the match begins at the blank behind the number that stays
        return [*pieces[:kept], *pieces[last + 1 :]]
    rest = pieces[last + (1 if match.re is _SAID else 0) :]
    if match.re is _DENIED and match["unit"] and rest and (len(rest) < 2 or rest[1].canon not in _UNIT):
        # "not 62 years but 61" speaks of years both times
        rest = [rest[0], Piece(match["unit"], rest[0].end, rest[0].end), *rest[1:]]
    return [*pieces[:first], *rest]


def _same_kind(one: str, other: str) -> bool:
    spans = {"mesi", "mese", "settimane", "settimana", "anni", "anno"}
    return one in spans and other in spans


def _next_number(pieces: list[Piece], start: int) -> int | None:
    """The number that follows a correction mark, with nothing but small words between."""
    for i in range(start, min(start + 7, len(pieces))):
        if pieces[i].number is not None:
            return i
        if pieces[i].canon not in _SMALL:
            return None
    return None


def _last_number(pieces: list[Piece], end: int) -> int | None:
    for i in range(min(end, len(pieces)) - 1, max(end - 9, -1), -1):
        if pieces[i].number is not None:
            return i
    return None


def is_correction(between: str) -> bool:
    """Whether canonical text between two readings of a fact says that the second replaces the first."""
    return bool(MARKER.search(between)) or bool(re.search(r"(?:^| )no(?: |$)", between))
