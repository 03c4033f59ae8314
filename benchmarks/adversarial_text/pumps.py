"""From a pattern's parse tree to texts on which a backtracking matcher would try again and again.

A text is a prefix that leads into a repetition, the repeated part many times (a "pump"), and a tail that makes the
match fail. Pumps are taken from the repetitions themselves, with each optional part in and out, and from what stands
before them, for a search that starts anew at each place.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

try:
    from re import _constants as codes  # type: ignore[attr-defined]
    from re import _parser as parser  # type: ignore[attr-defined]
except ImportError:  # before Python 3.11
    import sre_constants as codes  # type: ignore[no-redef]
    import sre_parse as parser  # type: ignore[no-redef]

MANY = 4  # a repetition that goes beyond this may be pumped
_MOST_PUMPS = 28
_ANY_TEXT = ("a", "a ", "1 ", "1", " ", ", ", ".", "a1", "non ", "@a", "a@", "a.a@")
TAILS = ("", "\x01", " x", "!")

_REPEATS = tuple(
    getattr(codes, name) for name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") if hasattr(codes, name)
)
_ASSERTIONS = (codes.ASSERT, codes.ASSERT_NOT)
_OF_CATEGORY = {
    codes.CATEGORY_DIGIT: "1",
    codes.CATEGORY_NOT_DIGIT: "a",
    codes.CATEGORY_SPACE: " ",
    codes.CATEGORY_NOT_SPACE: "a",
    codes.CATEGORY_WORD: "a",
    codes.CATEGORY_NOT_WORD: " ",
}


class Pump(NamedTuple):
    """A text of any length: `prefix`, then `part` again and again, then `tail`."""

    prefix: str
    part: str
    tail: str

    def text(self, length: int) -> str:
        """Of about `length` characters."""
        times = max(1, (length - len(self.prefix) - len(self.tail)) // len(self.part))
        return self.prefix + self.part * times + self.tail

    def folded(self) -> Pump:
        """The same in lower case: what the readers see."""
        return Pump(self.prefix.lower(), self.part.lower(), self.tail)


def tree_of(pattern: str, flags: int) -> Any:
    """The parse tree of `pattern`."""
    return parser.parse(pattern, flags)


def may_grow(tree: Any) -> bool:
    """Whether anything in it repeats: without that, each place of a text costs no more than the pattern is long."""
    return any(True for _ in _repeats(list(tree), ""))


def pumps(pattern: re.Pattern[str], seed: int = 0) -> list[Pump]:
    """The texts to try `pattern` on, none when nothing in it repeats."""
    tree = list(tree_of(pattern.pattern, pattern.flags))
    chance = random.Random(seed)
    found: dict[tuple[str, str], None] = {}
    repeats = list(_repeats(tree, ""))
    if not repeats:
        return []
    for before, body in repeats:
        for sample in _samples(body, chance):
            found[before, sample] = None
            found["", before + sample] = None
            found["", before + sample + " "] = None
        found["", before + " "] = None
        found["", before] = None
    named = [pump for pump in found if pump[1]]
    if len(named) > _MOST_PUMPS:
        named = [*named[:8], *chance.sample(named[8:], _MOST_PUMPS - 8)]
    named += [("", part) for part in _ANY_TEXT]
    return [Pump(prefix, part, tail) for (prefix, part), tail in itertools.product(dict.fromkeys(named), TAILS)]


def _repeats(sequence: list[Any], before: str) -> Iterator[tuple[str, list[Any]]]:
    """Each repetition: a text that leads to it, and what is repeated."""
    for code, argument in sequence:
        for inner, lead in _inside(code, argument):
            yield from _repeats(inner, before + lead)
        if code in _REPEATS and argument[1] >= MANY and (argument[0], argument[1]) != (argument[1], argument[0]):
            yield before, list(argument[2])
        before += _sample([(code, argument)])


def _inside(code: Any, argument: Any) -> Iterator[tuple[list[Any], str]]:
    if code in _REPEATS:
        yield list(argument[2]), ""
    elif code is codes.SUBPATTERN:
        yield list(argument[3]), ""
    elif code is codes.BRANCH:
        for branch in argument[1]:
            yield list(branch), ""
    elif code in _ASSERTIONS:
        yield list(argument[1]), ""
    elif code is getattr(codes, "ATOMIC_GROUP", None):
        yield list(argument), ""


def _samples(body: list[Any], chance: random.Random) -> list[str]:
    """Texts that the repeated part matches: the shortest, each choice, each optional part, and some at random."""
    found = [_sample(body)]
    for choose in range(12):
        found.append(_sample(body, lambda count, _, c=choose: c % count, 1))
    for _ in range(10):
        found.append(_sample(body, lambda count, _: chance.randrange(count), chance.randrange(2)))
    found += [_sample(body, lambda count, _: chance.randrange(count), None, chance) for _ in range(10)]
    return [sample for sample in dict.fromkeys(found) if sample]


def _sample(sequence: list[Any], choose: Any = lambda count, _: 0, optional: int | None = 0, chance: Any = None) -> str:
    """A text that `sequence` matches, assertions aside.

    :param choose: from the number of choices to the one taken.
    :param optional: how often what may be left out is taken; None: at random.
    """
    text = ""
    for code, argument in sequence:
        if code is codes.LITERAL:
            text += chr(argument)
        elif code is codes.NOT_LITERAL:
            text += "b" if chr(argument) == "a" else "a"
        elif code is codes.ANY:
            text += "a"
        elif code is codes.IN:
            text += _one_of(argument)
        elif code is codes.BRANCH:
            branches = argument[1]
            text += _sample(list(branches[choose(len(branches), None)]), choose, optional, chance)
        elif code is codes.SUBPATTERN:
            text += _sample(list(argument[3]), choose, optional, chance)
        elif code in _REPEATS:
            low, high, body = argument
            more = chance.randrange(2) if optional is None else optional
            text += _sample(list(body), choose, optional, chance) * min(int(low) + more, int(high), int(low) + 2)
        elif code is codes.CATEGORY:
            text += _OF_CATEGORY[argument]
        elif code is getattr(codes, "ATOMIC_GROUP", None):
            text += _sample(list(argument), choose, optional, chance)
    return text


def _one_of(members: list[Any]) -> str:
    """A character of a set, a plain letter where it holds one."""
    negated = members[0][0] is codes.NEGATE
    if negated:
        return next(char for char in "a1 ,.\x01" if not any(_holds(member, char) for member in members[1:]))
    for char in "ae1 ,.o":
        if any(_holds(member, char) for member in members):
            return char
    code, argument = members[0]
    if code is codes.CATEGORY:
        return _OF_CATEGORY[argument]
    return chr(argument[0] if code is codes.RANGE else argument)


def _holds(member: Any, char: str) -> bool:
    code, argument = member
    if code is codes.LITERAL:
        return ord(char) == argument
    if code is codes.RANGE:
        return argument[0] <= ord(char) <= argument[1]
    if code is codes.CATEGORY:
        kinds = {
            codes.CATEGORY_DIGIT: char.isdigit(),
            codes.CATEGORY_SPACE: char.isspace(),
            codes.CATEGORY_WORD: char.isalnum() or char == "_",
        }
        opposite = {
            codes.CATEGORY_NOT_DIGIT: codes.CATEGORY_DIGIT,
            codes.CATEGORY_NOT_SPACE: codes.CATEGORY_SPACE,
            codes.CATEGORY_NOT_WORD: codes.CATEGORY_WORD,
        }
        return not kinds[opposite[argument]] if argument in opposite else kinds[argument]
    return False
