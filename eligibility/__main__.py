"""``python -m eligibility assess | calculate | lint-rules | batch | pages``, without the rest of the project."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from eligibility import commands
from eligibility.calculators import NAMES
from eligibility.errors import EligibilityError
from eligibility.texts import AUDIENCES


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m eligibility", description="Requisiti delle misure per il lavoro.")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="comando")

    assess = verbs.add_parser("assess", help="valuta una persona")
    assess.add_argument("--facts", required=True, metavar="FILE", help="JSON con i fatti; - per lo standard input")
    _common(assess)
    assess.add_argument("--audience", choices=AUDIENCES, default="cittadino")
    assess.add_argument("--edition", action="append", default=[], metavar="MISURA=EDIZIONE")
    assess.add_argument("--json", action="store_true", help="come risponde /eligibility/assess")
    assess.add_argument("--near", action="store_true", help="con le strade più vicine per rientrare")

    lint = verbs.add_parser("lint-rules", help="controlla le regole")
    lint.add_argument("--home", type=Path, help="cartella delle regole (di solito quella del pacchetto)")
    lint.add_argument("--date", metavar="AAAA-MM-GG", help="oggi, per sapere quali importi stanno per scadere")

    batch = verbs.add_parser("batch", help="valuta molte persone da un CSV")
    batch.add_argument("source", type=Path)
    batch.add_argument("-o", "--output", type=Path, required=True)
    batch.add_argument("--rejects", type=Path, help="file delle righe scartate")
    batch.add_argument("--picture", type=Path, help="immagine di riepilogo (.png o .svg)")
    _common(batch)

    calculate = verbs.add_parser("calculate", help="fa un conto: NASpI, giorni protetti, assenze, scadenze, soglie")
    calculate.add_argument("name", choices=NAMES)
    calculate.add_argument(
        "--values", required=True, metavar="FILE", help="file JSON con i valori; - per lo standard input"
    )
    calculate.add_argument("--date", required=True, metavar="AAAA-MM-GG")

    pages = verbs.add_parser("pages", help="scrive le pagine delle misure (HTML e Markdown)")
    pages.add_argument("target", type=Path)
    pages.add_argument("--date", required=True, metavar="AAAA-MM-GG")
    return top


def _common(command: argparse.ArgumentParser) -> None:
    # This package reads no clock: the date is always given.
    command.add_argument("--date", required=True, metavar="AAAA-MM-GG", help="data di riferimento")
    command.add_argument("--measure", action="append", metavar="ID", help="solo questa misura (si può ripetere)")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when it went well, 1 when the rules have errors, 2 when the input is wrong."""
    options = parser().parse_args(arguments)
    try:
        return _run(options)
    except EligibilityError as problem:
        print(problem, file=sys.stderr)
        return 2


def _run(options: argparse.Namespace) -> int:
    if options.verb == "lint-rules":
        return commands.lint_rules(options.home, on=commands.parse_date(options.date) if options.date else None)
    on = commands.parse_date(options.date)
    if options.verb == "assess":
        editions = dict(pair.split("=", 1) for pair in options.edition if "=" in pair)
        print(
            commands.assess(
                commands.read_facts(options.facts), on, options.measure, options.audience, options.json, editions,
                options.near,
            )
        )  # fmt: skip
    elif options.verb == "calculate":
        print(commands.calculate(options.name, commands.read_facts(options.values), on))
    elif options.verb == "batch":
        summary = commands.batch(
            options.source, options.output, on, options.measure, options.rejects, options.picture, _progress
        )
        print(file=sys.stderr)
        print(json.dumps(summary, ensure_ascii=False, indent=2))
    else:
        for path in commands.pages(options.target, on):
            print(path)
    return 0


def _progress(done: int, total: int) -> None:
    share = 100 if total == 0 else 100 * done // total
    print(f"\r{'#' * (share // 4):<25} {share:3d}%", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
