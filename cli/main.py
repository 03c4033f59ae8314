"""The ``rientro`` command: start, train, check, assess, and the housekeeping of the service.

Commands import what they need when they run, so that ``rientro --help`` answers at once.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from cli import copies, rules
from settings import clock
from settings.config import PROJECT_ROOT, get_settings

app = typer.Typer(
    help="Rientro: quale misura lombarda per il lavoro, e perché.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
operators = typer.Typer(help="Elenco degli operatori accreditati.", no_args_is_help=True)
check = typer.Typer(help="Controlli: impostazioni, registro.", no_args_is_help=True)
app.add_typer(operators, name="operators")
app.add_typer(check, name="check")
keys = typer.Typer(help="Chiavi che proteggono i dati.", no_args_is_help=True)
app.add_typer(keys, name="keys")
app.add_typer(rules.app)
app.add_typer(copies.app, name="backup")
console = Console()
errors = Console(stderr=True)


def _stop(message: str, status: int = 1) -> typer.Exit:
    errors.print(f"[bold red]Errore:[/bold red] {message}", highlight=False)
    return typer.Exit(status)


@app.command()
def up(
    scaled: Annotated[bool, typer.Option("--scaled", help="Più processi per tipo, su PostgreSQL e Redis.")] = False,
    gateways: Annotated[int, typer.Option(help="Con --scaled: quanti ingressi (pagine, chat, API).")] = 2,
    actions: Annotated[int, typer.Option(help="Con --scaled: quanti server delle azioni.")] = 2,
    bots: Annotated[int, typer.Option(help="Con --scaled: quanti motori di dialogo.")] = 2,
    workers: Annotated[int, typer.Option(help="Con --scaled: quanti addetti a consegne e lavori periodici.")] = 2,
) -> None:
    """Avvia tutto il servizio e resta in primo piano (Ctrl-C per fermare)."""
    from cli.scaled import NotScalable, Scale
    from cli.training import TrainingFailed
    from cli.up import CannotStart
    from cli.up import up as start

    scale = Scale(gateways, actions, bots, workers) if scaled else None
    try:
        raise typer.Exit(start(get_settings(), console, scale))
    except (CannotStart, TrainingFailed, NotScalable) as error:
        raise _stop(str(error)) from error


@app.command()
def migrate() -> None:
    """Porta la base dati alla versione del programma (con più macchine: una volta, prima di aggiornarle)."""
    from cli.up import CannotStart, prepare

    try:
        entry = prepare(get_settings(), console)
    except CannotStart as error:
        raise _stop(str(error)) from error
    console.print("La base dati è aggiornata.")
    if entry:
        console.print(f"Prima amministrazione: {entry}", soft_wrap=True)


@app.command()
def downgrade(
    revision: Annotated[str, typer.Argument(help="Revisione a cui tornare, per esempio 0009; «elenco» le mostra.")],
    yes: Annotated[bool, typer.Option("--yes", help="Non chiede conferma.")] = False,
) -> None:
    """Riporta la base dati a una revisione precedente, a servizio fermo, prima di rimettere la versione vecchia."""
    from cli.downgrading import CannotDowngrade, downgrade_to, revisions

    settings = get_settings()
    if revision == "elenco":
        for line in revisions(settings):
            console.print(line, highlight=False)
        return
    if not yes:
        console.print(
            "Le tabelle aggiunte dopo quella revisione si cancellano. Faccia prima una copia: rientro backup."
        )
        typer.confirm("Procedo?", abort=True)
    try:
        console.print(f"La base dati è alla revisione {downgrade_to(settings, revision)}.", highlight=False)
    except CannotDowngrade as problem:
        raise _stop(str(problem)) from problem


@app.command()
def train(force: Annotated[bool, typer.Option(help="Addestra anche se niente è cambiato.")] = False) -> None:
    """Addestra la comprensione dell'italiano, se i suoi dati sono cambiati."""
    from cli.training import TrainingFailed, train_if_needed

    try:
        train_if_needed(get_settings(), console, force=force)
    except TrainingFailed as error:
        raise _stop(str(error)) from error
    console.print("Il modello è aggiornato.")


@app.command("evaluate-nlu")
def evaluate_nlu(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Messaggi attesi, uno per riga (JSONL).")],
    json_output: Annotated[bool, typer.Option("--json", help="Stampa il risultato in JSON.")] = False,
    report: Annotated[Path | None, typer.Option(help="Cartella dove scrivere rapporto e figure.")] = None,
) -> None:
    """Misura la comprensione su messaggi mai usati per l'addestramento."""
    from cli.supervision import BOT_PYTHON
    from cli.training import train_if_needed

    settings = get_settings()
    train_if_needed(settings, errors)
    command = [str(BOT_PYTHON), "-m", "bot.evaluate", str(file.absolute()), "--model", str(settings.model_dir)]
    if json_output:
        command.append("--json")
    if report:
        command += ["--report", str(report.absolute())]
    raise typer.Exit(subprocess.run(command, cwd=PROJECT_ROOT).returncode)


@operators.command("import")
def operators_import(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV descritto in docs/operators-csv.md.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Controlla soltanto, non scrive.")] = False,
    complete: Annotated[bool, typer.Option("--complete", help="Disattiva le sedi che il file non nomina.")] = False,
) -> None:
    """Importa o aggiorna gli operatori; ripetere lo stesso file non cambia niente."""
    from cases.db import make_engine, make_session_factory, upgrade
    from referrals.directory import Directory

    engine = make_engine(str(get_settings().database_url))
    upgrade(engine)
    report = Directory(make_session_factory(engine)).import_csv(file, clock.now(), dry_run=dry_run, complete=complete)
    console.print(report.text(), markup=False, highlight=False)
    raise typer.Exit(0 if report.ok else 1)


@app.command()
def purge(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Dice soltanto che cosa cancellerebbe.")] = False,
    days: Annotated[int | None, typer.Option(help="Giorni dall'ultimo contatto (se manca: l'impostazione).")] = None,
) -> None:
    """Cancella i casi oltre il tempo di conservazione e ciò che è scaduto."""
    from cli.stores import open_stores

    settings = get_settings()
    stores = open_stores(settings)
    report = stores.cases.purge(clock.now(), settings.retention_days if days is None else days, dry_run=dry_run)
    stores.close()
    verb = "Da cancellare" if dry_run else "Cancellati"
    console.print(f"{verb}: {len(report.cases)} casi")
    for name, count in sorted(report.rows.items()):
        console.print(f"  {name}: {count}")


@check.command("settings")
def check_settings() -> None:
    """Mostra le impostazioni in vigore; i segreti restano nascosti."""
    from sqlalchemy import make_url

    settings = get_settings()
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if name.endswith("_url") and value:
            value = make_url(value).render_as_string(hide_password=True)
        console.print(f"RIENTRO_{name.upper()}={'' if value is None else value}  [dim]{field.description or ''}[/dim]")


@check.command("journal")
def check_journal() -> None:
    """Controlla che nessuna riga del registro sia stata cambiata o tolta."""
    from cases.errors import JournalBroken
    from cli.stores import open_stores
    from referrals.jobs import Jobs

    settings = get_settings()
    stores = open_stores(settings)
    try:
        count = Jobs(stores.sessions, stores.keyring, settings).verify_journal()
    except JournalBroken as broken:
        raise _stop(str(broken)) from broken
    console.print(f"Registro integro: {count} righe.")


@check.command("contacts")
def check_contacts() -> None:
    """Controlla che ogni novità di una richiesta sia stata detta, sia in partenza o sia una telefonata da fare."""
    from cli.stores import open_stores
    from referrals.told import violations

    stores = open_stores(get_settings())
    with stores.sessions() as session:
        found = violations(session)
    for broken in found:
        console.print(f"{broken.code}: {broken.kind}: {broken.problem}", highlight=False)
    if found:
        raise _stop(f"{len(found)} novità non dette a nessuno.")
    console.print("Ogni novità è stata detta, è in partenza o è una telefonata da fare.")


@keys.command("rotate")
def keys_rotate() -> None:
    """Cambia la chiave principale e riavvolge tutte le altre; si può fare a servizio acceso e ripetere."""
    from cases.errors import KeyringError
    from cli.stores import open_stores

    try:
        stores = open_stores(get_settings())
        with Progress(console=console, transient=True) as bar:
            task = bar.add_task("Chiavi riavvolte", total=len(stores.keyring.scopes()))
            count = stores.keyring.rotate(lambda done: bar.update(task, completed=done))
    except KeyringError as problem:
        raise _stop(f"{problem.words}. Niente è andato perso: sistemi il problema e ripeta.") from problem
    console.print(
        f"Chiave principale nuova: {stores.keyring.current_master}. Chiavi riavvolte: {count}.", highlight=False
    )
    console.print("Faccia ora una copia delle chiavi: rientro backup FILE --keys ALTRO-FILE.")
    stores.close()


app.command()(copies.restore)
