"""``rientro backup`` and ``rientro restore``: copies of the data, for who keeps them and who brings them back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from settings import clock
from settings.config import get_settings

console = Console()
_File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Archivio fatto da rientro backup.")]
_Keys = Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Archivio delle chiavi.")]
_Identity = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="Chiave segreta (age) che apre gli archivi.")
]


class _MakesByDefault(TyperGroup):
    """``rientro backup FILE`` is ``rientro backup make FILE``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["make", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    help="Copie dei dati: `backup FILE` le fa, `backup verify` le prova.", no_args_is_help=True, cls=_MakesByDefault
)


def _stop(message: object) -> typer.Exit:
    Console(stderr=True).print(f"[bold red]Errore:[/bold red] {message}", highlight=False)
    return typer.Exit(1)


@app.command("make")
def make(
    file: Annotated[Path, typer.Argument(help="Archivio della base dati da scrivere.")],
    keys: Annotated[Path | None, typer.Option(help="Archivio delle chiavi: lo tenga altrove, solo l'ultimo.")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Non cifra gli archivi.")] = False,
) -> None:
    """Copia la base dati, anche a servizio acceso; le chiavi vanno in un archivio a parte."""
    from cli.backup import BackupFailed, backup

    try:
        for path in backup(get_settings(), file, keys, clock.now(), plain=plain):
            console.print(f"Scritto {path} ({path.stat().st_size / 2**20:.1f} MiB)")
    except BackupFailed as problem:
        raise _stop(problem) from problem
    if not get_settings().backup_recipients:
        console.print("Gli archivi non sono cifrati: manca RIENTRO_BACKUP_RECIPIENTS.")


@app.command("keypair")
def keypair(
    file: Annotated[Path, typer.Argument(help="File della chiave segreta da scrivere. Non va sul server.")],
) -> None:
    """Crea la coppia di chiavi delle copie: la segreta nel file, la pubblica a schermo."""
    import pyrage

    from settings.files import write_whole

    if file.exists():
        raise _stop(f"{file} esiste già.")
    secret = pyrage.x25519.Identity.generate()
    write_whole(file, f"# public key: {secret.to_public()}\n{secret}\n".encode())
    console.print(f"RIENTRO_BACKUP_RECIPIENTS={secret.to_public()}", soft_wrap=True, highlight=False)
    console.print(
        f"La chiave segreta è in {file}. Ne tenga due copie lontano dal server: senza, le copie non si aprono."
    )


@app.command("verify")
def verify(file: _File, keys: _Keys = None, identity: _Identity = None) -> None:
    """Rimette la copia in un posto nuovo, la legge tutta, conta, e cancella il posto."""
    from cli.backup import BackupFailed
    from cli.verified import verify as prove

    try:
        found = prove(get_settings(), file, keys, clock.now(), identity)
    except BackupFailed as problem:
        raise _stop(problem) from problem
    console.print(
        f"La copia del {found.made} si rimette. Casi letti: {found.cases}. Segnalazioni: {found.referrals}. "
        f"Righe del registro, integro: {found.journal}. Cancellati di nuovo: {found.erased_again}. "
        f"Senza chiave: {found.without_key}.",
        highlight=False,
    )
    if found.without_key:
        raise _stop("Alcuni casi non si leggono: la copia delle chiavi è più vecchia di quella della base dati.")


def restore(file: _File, keys: _Keys = None, identity: _Identity = None) -> None:
    """Rimette una copia in un posto vuoto; chi era stato cancellato resta cancellato."""
    from cli.backup import BackupFailed
    from cli.backup import restore as put_back

    try:
        found = put_back(get_settings(), file, keys, clock.now(), identity)
    except BackupFailed as problem:
        raise _stop(problem) from problem
    console.print(f"Rimessi {found.cases} casi. Cancellati di nuovo: {found.erased_again}.")
    if found.without_key:
        console.print(
            f"Senza chiave, quindi illeggibili: {found.without_key}. La copia delle chiavi è più vecchia di quella della "
            "base dati: se ne ha una più nuova, ripeta con quella in un posto vuoto."
        )
