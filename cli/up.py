"""``rientro up``: prepare the data folder, train if needed, start everything and say where to go."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import httpx
from rich.console import Console
from sqlalchemy import make_url, text
from sqlalchemy.exc import DatabaseError

from cli import scaled, supervision, training
from cli.scaled import Scale
from cli.supervision import Program
from cli.watchdog import Watchdog
from settings import clock
from settings.config import Settings

START_LIMIT_SECONDS = 180


class CannotStart(Exception):
    """Why the service cannot start, in words for the person at the terminal."""


def up(settings: Settings, console: Console, scale: Scale | None = None) -> int:
    """Start the whole service in the foreground until it is interrupted.

    :param scale: how many processes of each kind, on PostgreSQL and Redis; None for one of each.
    :returns: exit status: 0 after a stop that was asked for, 1 when a process could not be kept alive.
    :raises CannotStart: when a port is busy, the data folder cannot be written or the model cannot be trained.
    :raises NotScalable: when these settings cannot carry several processes.
    """
    if scale is not None:
        scaled.check(settings, scale)
    wanted = scaled.programs(settings, scale) if scale else supervision.programs(settings)
    check(settings, wanted)
    console.print(f"• Dati in {settings.data_dir}")
    check_keys(settings)
    training.train_if_needed(settings, console)
    configuration = supervision.write_configuration(settings, wanted)
    console.print("• Avvio i processi")
    # A session of its own: Ctrl-C reaches only us, and we stop supervisord once and in order.
    supervisor = subprocess.Popen(
        [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    )
    stopping = False
    watchdog = Watchdog(supervisor.pid, wanted, lambda name: _tell_hung(settings, console, name))

    def stop(_signum: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        watchdog.stop()
        if supervisor.poll() is None:
            supervisor.send_signal(signal.SIGTERM)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)
    try:
        # While the processes load their libraries; what needs the schema brings it up to date itself, one at a time.
        entry = prepare(settings, console)
        watchdog.start()
        if _wait_until_ready(settings, console, supervisor, wanted, lambda: stopping):
            _announce(settings, console, entry)
            if scale is not None:
                console.print("  Ogni ingresso da solo  " + "  ".join(scaled.gateway_urls(settings, scale)))
        status = supervisor.wait()
    finally:
        watchdog.stop()
        if supervisor.poll() is None:
            supervisor.send_signal(signal.SIGTERM)
            supervisor.wait(30)
    if stopping:
        console.print("• Tutto fermo. I dati restano in", str(settings.data_dir))
        return 0
    return 1 if status else 0


def _tell_hung(settings: Settings, console: Console, name: str) -> None:
    console.print(f"• {name} non risponde più: lo riavvio. Il suo registro è in {settings.log_dir / f'{name}.log'}")


def check(settings: Settings, wanted: list[Program]) -> None:
    """What can be known at once to go wrong.

    :param wanted: the processes to start.
    :raises CannotStart: when a port is busy or the data folder cannot be written.
    """
    busy = supervision.busy_ports(settings, wanted)
    if busy:
        raise CannotStart(
            f"{_ports(busy)}. Forse Rientro è già acceso: provi ad aprire {settings.public_url}. "
            f"Altrimenti scelga un'altra porta, per esempio: RIENTRO_PORT={settings.port + 100} make up"
        )
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = settings.data_dir / ".scrittura"
        probe.write_text("prova", encoding="ascii")
        probe.unlink()
    except OSError as error:
        raise CannotStart(
            f"La cartella dei dati {settings.data_dir} non si può scrivere ({error.strerror}). "
            "Ne scelga un'altra con RIENTRO_DATA_DIR."
        ) from error


def check_keys(settings: Settings) -> None:
    """Before any process makes what is missing anew: do keys and database go together?

    :raises CannotStart: when the master key is gone and the database is not empty, or the other way round.
    """
    database, master = make_url(settings.database_url), settings.keys_dir / "master.json"
    path = Path(database.database or "") if database.get_backend_name() == "sqlite" else None
    emptied = path is not None and not (path.exists() and path.stat().st_size)
    if master.exists() != emptied:
        return
    from cases.db import make_engine

    if emptied:
        if _keys_were_used(settings):
            raise CannotStart(
                f"La base dati {path} manca o è vuota, ma le chiavi dicono che c'erano dei dati. Rimetta l'ultima copia "
                "(rientro restore, docs/operations.md). Per ricominciare da zero sposti altrove tutta la cartella "
                f"{settings.data_dir}."
            )
        return
    engine = make_engine(settings.database_url)
    try:
        with engine.connect() as connection:
            used = connection.scalar(text("SELECT 1 FROM case_record LIMIT 1"))
    except DatabaseError:
        return  # no tables yet, or damaged: what opens it next says so
    finally:
        engine.dispose()
    if used:
        raise CannotStart(_keys_trouble(settings, f"{master} manca"))


def _keys_were_used(settings: Settings) -> bool:
    from cases.errors import KeyringError
    from cases.keys import Keyring

    try:
        keyring = Keyring.open(settings.keys_dir, settings.keys_url)
    except KeyringError as error:
        raise CannotStart(_keys_trouble(settings, error.words)) from error
    used = keyring.was_used()
    keyring.close()
    return used


def _keys_trouble(settings: Settings, trouble: str) -> str:
    return (
        f"Le chiavi che proteggono i dati non si possono usare: {trouble}. Non cancelli niente. Rimetta la copia delle "
        "chiavi più recente (rientro restore, docs/operations.md). Solo se qui non ci sono ancora dati di nessuno, "
        f"sposti altrove la cartella {settings.data_dir} e riavvii."
    )


def prepare(settings: Settings, console: Console) -> str | None:
    """Schema, demo operators and first account; doing it again changes nothing.

    :returns: the address where the first professional enters, if nobody has entered yet.
    :raises CannotStart: when the database or the keys are damaged, in words that say what to do.
    """
    from cases.db import damaged  # heavy imports after the quick checks
    from cases.errors import KeyringError

    try:
        return _prepare(settings, console)
    except KeyringError as error:
        raise CannotStart(_keys_trouble(settings, error.words)) from error
    except DatabaseError as error:
        if not damaged(error):
            raise
        raise CannotStart(
            f"La base dati in {settings.data_dir} è rovinata. Non cancelli niente. Sposti altrove rientro.db e "
            "rimetta l'ultima copia (rientro restore, docs/operations.md)."
        ) from error


def _prepare(settings: Settings, console: Console) -> str | None:
    from cases import erasure
    from cases.db import make_engine, make_session_factory, upgrade
    from cases.errors import KeyringError

    engine = make_engine(settings.database_url)
    upgrade(engine)
    if settings.mode == "demo":
        from referrals.directory import Directory, demo_operators

        directory = Directory(make_session_factory(engine))
        if directory.is_empty():
            report = directory.import_csv(demo_operators(), now=clock.now())
            console.print(f"• Operatori dimostrativi importati: {report.sites}")
    from accounts.first_start import first_start
    from cases.keys import Keyring

    sessions, keyring = make_session_factory(engine), Keyring.open(settings.keys_dir, settings.keys_url)
    if erasure.keys_are_lost(sessions, keyring):
        raise KeyringError(
            "the store of data keys is empty or another one",
            "l'archivio delle chiavi dei casi è vuoto, o è un altro (data_keys.sqlite3, o RIENTRO_KEYS_URL)",
        )
    entry = first_start(settings, sessions, keyring, clock.now())
    engine.dispose()
    return entry


def _ports(busy: list[int]) -> str:
    if len(busy) == 1:
        return f"La porta {busy[0]} è già occupata"
    return f"Le porte {', '.join(map(str, busy))} sono già occupate"


def _wait_until_ready(
    settings: Settings,
    console: Console,
    supervisor: subprocess.Popen,
    wanted: list[Program],
    stopped: Callable[[], bool],
) -> bool:
    waiting = {program.name: program.health for program in wanted if program.health}
    deadline = time.monotonic() + START_LIMIT_SECONDS
    with httpx.Client(timeout=2) as client, console.status("In attesa che tutto risponda…") as status:
        while waiting and supervisor.poll() is None and not stopped():
            for name, url in list(waiting.items()):
                try:
                    if client.get(url).status_code == 200:
                        del waiting[name]
                except httpx.HTTPError:
                    pass
            status.update("In attesa di: " + ", ".join(waiting))
            if time.monotonic() > deadline:
                console.print(
                    f"[bold]Non rispondono ancora:[/bold] {', '.join(waiting)}. Il motivo è in "
                    + ", ".join(str(settings.log_dir / f"{name}.log") for name in waiting)
                )
                return False
            time.sleep(0.1)
    return not waiting


def _announce(settings: Settings, console: Console, entry: str | None) -> None:
    base = settings.public_url
    console.print("\n[bold green]Rientro è pronto.[/bold green]")
    console.print(f"  Chat per i cittadini   {base}/")
    console.print(f"  Requisiti passo passo  {base}/requisiti")
    console.print(f"  Misure e operatori     {base}/misure  {base}/operatori")
    if settings.mode == "demo":
        console.print(f"  Accesso professionisti {base}/accesso (persone di prova elencate sulla pagina)")
    elif entry:
        console.print(f"  Prima amministrazione  {entry}", soft_wrap=True)
        console.print("                         (vale una volta sola, per un giorno)")
    if settings.uses_local_mailbox:
        console.print(f"  Posta di prova         {base}/posta")
    console.print(f"  API                    {base}/api/docs")
    console.print("  Ctrl-C per fermare.\n")
    if os.environ.get("RIENTRO_READY_FILE"):
        with open(os.environ["RIENTRO_READY_FILE"], "w", encoding="utf-8") as file:
            file.write(base or "")
