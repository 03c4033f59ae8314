"""Measures understanding on messages kept apart: ``python -m bot.evaluate FILE.jsonl --model FOLDER [--json] [--report FOLDER]``.

Each line holds a ``text`` and any of ``intent``, ``facts``, ``asks`` and ``safety``, what is expected of it; ``question``
(the open one), ``role``, ``today`` and ``result_shown`` may stand beside them, and ``kind``, by which errors are counted
too. The trained model is run exactly as it is served.

How asks are counted: an expected question is right at the first place when an act asks it, and among the first three
when it also is one of the first two alternatives of an act. How safety is counted: ``heard`` are the emergencies taken
as emergency or concern, ``false_alarms`` the messages of level ``none`` taken as an emergency.

How facts are counted: what follows by itself from an expected fact (a comune gives its province and whether the person
lives in Lombardia) is neither asked for nor held against us. "Unknown to the person" (null) states nothing, so it
counts only where it was expected; contact data are no facts (contract §3), so they count only there too.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from bot.evaluation_report import write
from bot.evaluation_result import Line, Result
from bot.facts.agreement import implied, same
from bot.facts.catalogue import CONTACTS
from bot.parser import Parser

CONTEXT_KEYS = ("question", "role", "today", "result_shown")


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The records of a JSONL file.

    :raises SystemExit: naming the line that is not as it should be.
    """
    records = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            if not isinstance(record, dict) or not isinstance(record.get("text"), str):
                raise ValueError("a line is an object with a text")
        except ValueError as error:
            raise SystemExit(f"{path}:{number}: {error}") from None
        records.append(record)
    return records


def evaluate(records: list[dict[str, Any]], parse) -> Result:
    """Run `parse` over `records` and count.

    :param parse: text and metadata to what was understood, as :meth:`bot.parser.Parser.parse`.
    """
    result = Result([])
    for record in records:
        metadata = {key: record[key] for key in CONTEXT_KEYS if key in record}
        got = parse(record["text"], metadata)
        line = Line(record["text"], record.get("intent"), record.get("facts"), got, str(record.get("kind", "")))
        result.lines.append(line)
        wrong = {
            "intent": line.intent is not None and got["intent"] != line.intent,
            "facts": line.facts is not None and not _count(result, line),
            "asks": not _count_asks(result, record.get("asks"), got),
            "safety": "safety" in record and got["safety"] != record["safety"],
        }
        if "safety" in record:
            result.safety[record["safety"], got["safety"]] += 1
        result.kinds[line.kind]["n"] += 1
        result.kinds[line.kind].update(name for name, is_wrong in wrong.items() if is_wrong)
        if any(wrong.values()):
            result.errors.append(_error(record, line))
    return result


def _count(result: Result, line: Line) -> bool:
    """Count the facts of `line`; whether all were right."""
    expected, got = line.facts or {}, line.got["facts"]
    follows = implied(expected)
    right_here = True
    false_here = False
    for name, value in expected.items():
        right = name in got and same(value, got[name])
        for count in (result.facts, result.by_fact[name]):
            count.expected += 1
            count.right += right
            count.found += name in got
        right_here &= right
        false_here |= name in got and not right and got[name] is not None
    for name, value in got.items():
        if name in expected or value is None or name in CONTACTS or (name in follows and same(follows[name], value)):
            continue
        for count in (result.facts, result.by_fact[name]):
            count.found += 1
        right_here, false_here = False, True
    result.with_facts += 1
    result.with_false_fact += false_here
    return right_here


def _count_asks(result: Result, expected: list[dict[str, Any] | str] | None, got: dict[str, Any]) -> bool:
    """Count the questions expected; whether each was recognised first."""
    if expected is None:
        return True
    values = [act.get("value", {}) for act in got["acts"] if act["kind"] == "ask"]
    first = [_ask_key(value) for value in values]
    third = [*first, *(("question", other) for value in values for other in value.get("alternatives", ())[:2])]
    right = [_ask_key(ask) in first for ask in expected]
    result.asks.expected += len(expected)
    result.asks.first += sum(right)
    result.asks.third += sum(_ask_key(ask) in third for ask in expected)
    return all(right)


def _ask_key(ask: dict[str, Any] | str) -> tuple[str, ...]:
    """What an expected or understood question is compared by; its bare id may stand for the whole entry."""
    if isinstance(ask, str):
        return ("question", ask)
    if "question" in ask:
        return ("question", ask["question"])
    return ("measure", str(ask.get("measure")), str(ask.get("aspect")))


def _error(record: dict[str, Any], line: Line) -> dict[str, Any]:
    expected = {key: record[key] for key in ("intent", "question", "facts", "asks", "safety") if key in record}
    got: dict[str, Any] = {}
    if line.intent is not None:
        got |= {"intent": line.got["intent"], "confidence": line.got["confidence"]}
    if line.facts is not None:
        got["facts"] = line.got["facts"]
    if "asks" in record:
        got["asks"] = [act.get("value") for act in line.got["acts"] if act["kind"] == "ask"]
    if "safety" in record:
        got["safety"] = line.got["safety"]
    return {"text": line.text, "expected": expected, "got": got}


def main() -> int:
    """Parse the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, nargs="+", help="messages; of several, JSON alone is printed, by file name")
    parser.add_argument("--model", type=Path, required=True, help="folder of the trained model")
    parser.add_argument("--json", action="store_true", help="print the figures and errors as JSON")
    parser.add_argument("--report", type=Path, help="folder for the report and its pictures")
    options = parser.parse_args()
    parse = Parser(options.model).parse
    if len(options.file) > 1:
        summaries = {file.name: evaluate(read_lines(file), parse).summary() for file in options.file}
        print(json.dumps(summaries, ensure_ascii=False, indent=1))
        return 0
    result = evaluate(read_lines(options.file[0]), parse)
    if options.report:
        write(result, options.report)
    if options.json:
        print(json.dumps(result.summary(), ensure_ascii=False, indent=1))
        return 0
    _print(result)
    return 0


def _print(result: Result) -> None:
    summary = result.summary()
    print("intenti  n {n}  accuratezza {accuracy:.3f}  macro-F1 {macro_f1:.3f}".format(**summary["intent"]))
    print("fatti    n {n}  precisione {precision:.3f}  richiamo {recall:.3f}".format(**summary["facts"]))
    print("       messaggi con un fatto falso {messages_with_false_fact} di {messages}".format(**summary["facts"]))
    print("domande  n {n}  prima {top1:.3f}  tra le prime tre {top3:.3f}".format(**summary["asks"]))
    print(
        "aiuto    sentite {heard} di {emergencies}  allarmi a vuoto {false_alarms} di {ordinary}".format(
            **summary["safety"]
        )
    )
    for error in result.errors:
        print(f"- {error['text'][:160]!r}\n    atteso {error['expected']}\n    letto  {error['got']}")


if __name__ == "__main__":
    sys.exit(main())
