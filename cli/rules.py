"""Commands over the rules: assess one person, judge many, check the rules, write their pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from settings import clock

app = typer.Typer()
errors = Console(stderr=True)

DateOption = Annotated[str | None, typer.Option("--date", help="Data di riferimento AAAA-MM-GG (se manca: oggi).")]
MeasureOption = Annotated[list[str] | None, typer.Option("--measure", help="Solo questa misura (si può ripetere).")]


def _stop(problem: Exception) -> typer.Exit:
    errors.print(str(problem), highlight=False, markup=False)
    return typer.Exit(2)


@app.command()
def assess(
    facts: Annotated[str, typer.Option("--facts", help="File JSON con i fatti; - per lo standard input.")],
    date: DateOption = None,
    measure: MeasureOption = None,
    audience: Annotated[str, typer.Option(help="cittadino, medico o sportello.")] = "cittadino",
    json_output: Annotated[bool, typer.Option("--json", help="Stampa ciò che risponde l'API.")] = False,
) -> None:
    """Valuta i requisiti di una persona."""
    from eligibility import commands
    from eligibility.errors import EligibilityError

    try:
        on = commands.parse_date(date) if date else clock.today()
        print(commands.assess(commands.read_facts(facts), on, measure or None, audience, json_output))
    except EligibilityError as problem:
        raise _stop(problem) from problem


@app.command()
def calculate(
    name: Annotated[str, typer.Argument(help="naspi, comporto, absence, deadlines o thresholds.")],
    values: Annotated[str, typer.Option("--values", help="File JSON con i valori; - per lo standard input.")],
    date: DateOption = None,
) -> None:
    """Fa un conto: NASpI, giorni protetti, assenze, scadenze, soglie di invalidità."""
    from eligibility import commands
    from eligibility.calculators import NAMES
    from eligibility.errors import EligibilityError

    if name not in NAMES:
        raise _stop(ValueError(f"I conti sono: {', '.join(NAMES)}."))
    try:
        on = commands.parse_date(date) if date else clock.today()
        print(commands.calculate(name, commands.read_facts(values), on))
    except EligibilityError as problem:
        raise _stop(problem) from problem


@app.command()
def batch(
    source: Annotated[Path, typer.Argument(help="CSV delle persone: una riga ciascuna, una colonna per fatto.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="CSV dei risultati.")],
    date: DateOption = None,
    measure: MeasureOption = None,
    rejects: Annotated[Path | None, typer.Option(help="CSV delle righe scartate, con il motivo.")] = None,
    picture: Annotated[Path | None, typer.Option(help="Figura di riepilogo (.png o .svg).")] = None,
) -> None:
    """Valuta molte persone da un CSV; le righe sbagliate finiscono a parte, le altre si fanno."""
    from eligibility import commands
    from eligibility.errors import EligibilityError

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
    )
    try:
        on = commands.parse_date(date) if date else clock.today()
        with Progress(*columns, console=errors) as progress:
            task = progress.add_task("Valuto", total=None)
            summary = commands.batch(
                source,
                output,
                on,
                measure or None,
                rejects or output.with_suffix(".scarti.csv"),
                picture or output.with_suffix(".png"),
                lambda done, total: progress.update(task, completed=done, total=total),
            )
    except EligibilityError as problem:
        raise _stop(problem) from problem
    import json

    print(json.dumps(summary, ensure_ascii=False, indent=2))


@app.command("lint-rules")
def lint_rules() -> None:
    """Controlla le regole: fatti, fonti, testi, date, criteri inutili."""
    from eligibility import commands

    raise typer.Exit(commands.lint_rules(on=clock.today()))


@app.command()
def pages(
    target: Annotated[Path, typer.Argument(help="Cartella dove scrivere le pagine.")],
    date: DateOption = None,
) -> None:
    """Scrive le pagine delle misure (HTML e Markdown), generate dalle regole."""
    from eligibility import commands

    for path in commands.pages(target, commands.parse_date(date) if date else clock.today()):
        print(path)


history = typer.Typer(help="Chi ha cambiato quale regola, e quando.", no_args_is_help=True)
app.add_typer(history, name="rules")


@history.command("record")
def record(
    author: Annotated[str, typer.Option("--author", help="Chi ha fatto la modifica.")],
    note: Annotated[str, typer.Option("--note", help="Che cosa cambia e perché, in una frase.")],
    date: DateOption = None,
) -> None:
    """Registra le modifiche dei file delle regole che non lo sono ancora."""
    from eligibility import commands
    from eligibility.errors import EligibilityError
    from eligibility.history import record as record_changes

    try:
        changes = record_changes(author, note, commands.parse_date(date) if date else clock.today())
    except EligibilityError as problem:
        raise _stop(problem) from problem
    for change in changes:
        print(change.file)
    print(f"Modifiche registrate: {len(changes)}.")


@history.command("try")
def try_draft(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Bozza di un'edizione (YAML).")],
    date: DateOption = None,
) -> None:
    """Dice che cosa cambierebbe con una bozza, su una popolazione inventata; non pubblica niente."""
    import json

    from eligibility import commands, draft
    from eligibility.errors import EligibilityError

    try:
        trial = draft.attempt(
            draft.read(file.read_text(encoding="utf-8")), commands.parse_date(date) if date else clock.today()
        )
    except EligibilityError as problem:
        raise _stop(problem) from problem
    moved = {f"{before} -> {after}": count for (before, after), count in trial.table[True].items() if before != after}
    shown = {
        "draft": trial.draft.id,
        "compared_with": trial.old.id if trial.old else None,
        "people": trial.people,
        "after": trial.after[True],
        "changed": {kind: count for kind, count in moved.items() if count},
        "findings": [str(finding) for finding in trial.findings],
    }
    print(json.dumps(shown, ensure_ascii=False, indent=2))
