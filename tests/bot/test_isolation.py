"""The walls around the dialogue engine, tried from inside the process that serves, by its own threads."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bot.isolation import allowed_access, broker, kernel

pytestmark = pytest.mark.server

BY_KERNEL = "required"
REFUSED = {"PermissionError", "OperationalError"}  # sqlite3 says "unable to open database file"


def mode(bot) -> str:
    return next(
        entry.partition("=")[2]
        for entry in Path(f"/proc/{bot.process.pid}/environ").read_text().split("\0")
        if entry.startswith("RIENTRO_BOT_CONFINEMENT=")
    )


@pytest.fixture
def stranger():
    """A server on this machine that the engine has nothing to do with; whoever reaches it is counted."""
    reached: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    reached.append(server.accept())
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1], reached
        server.shutdown(socket.SHUT_RDWR)


def test_it_works_behind_its_walls(probed_bot) -> None:
    body = probed_bot.say("i-1", "ho il 75% e abito a Monza", question=None, role="cittadino", today="2025-11-22")
    assert body["handled"] is True and body["understood"]["facts"]["comune"] == "Monza"
    assert probed_bot.actions.calls


def test_it_connects_to_nobody(probed_bot, stranger) -> None:
    port, reached = stranger
    for expression in (
        f"socket.create_connection(('127.0.0.1', {port}), 2)",
        f"socket.socket().connect_ex(('127.0.0.1', {port})) == 0 or 1 / 0",
        f"socket.socket().connect(('127.0.0.1', {probed_bot.actions.port}))",  # its broker may, it may not
        "socket.create_connection(('192.0.2.1', 443), 2)",
        f"socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {port}))",
        "socket.getaddrinfo('example.org', 443)",
    ):
        assert probed_bot.attempt(expression) in {"PermissionError", "ZeroDivisionError", "gaierror"}, expression
    assert reached == []


def test_it_reads_no_file_but_its_own(probed_bot) -> None:
    data = probed_bot.directory.parent
    for path in (
        data / "rientro.db",
        data / "keys" / "master.key",
        "/etc/passwd",
        "/etc/hostname",
        Path.home() / ".profile",
    ):
        assert probed_bot.attempt(f"open({str(path)!r}, 'rb').read()") in REFUSED, path
    assert probed_bot.attempt(f"sqlite3.connect({str(data / 'rientro.db')!r}).execute('select 1 from x')") in REFUSED
    assert probed_bot.attempt(f"os.listdir({str(data)!r})") in REFUSED
    assert probed_bot.attempt(f"open({str(Path(__file__).parents[2] / 'cases' / 'keys.py')!r}).read()") in REFUSED
    own = probed_bot.directory / "keys" / "tracker.key"
    assert probed_bot.attempt(f"open({str(own)!r}, 'rb').read()") == "allowed"


def test_it_writes_only_into_its_own_folder(probed_bot) -> None:
    data = probed_bot.directory.parent
    assert probed_bot.attempt(f"open({str(data / 'new')!r}, 'w')") in REFUSED
    assert probed_bot.attempt(f"open({str(Path(allowed_access.ROOT) / 'bot' / 'new.py')!r}, 'w')") in REFUSED
    assert probed_bot.attempt(
        f"os.rename({str(probed_bot.directory / 'bot.log')!r}, {str(data / 'x')!r})"
    ) in REFUSED | {"OSError"}
    assert probed_bot.attempt("open('/tmp/rientro-engine-was-here', 'w')") in REFUSED
    assert probed_bot.attempt(f"open({str(probed_bot.directory / 'tmp' / 'new')!r}, 'w')") == "allowed"
    assert not (data / "new").exists()


def test_it_starts_no_program_and_listens_nowhere_else(probed_bot) -> None:
    assert probed_bot.attempt("subprocess.run(['/bin/true'])") in REFUSED
    assert probed_bot.attempt("os.system('true') and 1 / 0") in REFUSED | {"ZeroDivisionError"}
    assert probed_bot.attempt("socket.socket().bind(('127.0.0.1', 0))") in REFUSED
    assert probed_bot.attempt("socket.socket().bind(('127.0.0.1', 45231))") in REFUSED


def test_it_holds_no_secret_of_others(probed_bot) -> None:
    assert probed_bot.attempt("os.environ['SMTP_PASSWORD']") == "KeyError"
    assert probed_bot.attempt("os.environ['RIENTRO_BOT_TOKEN']") == "allowed"


def test_machine_code_is_stopped_as_well(probed_bot, stranger) -> None:
    """What C code, or an attacker's own, would do: the calls themselves, past Python."""
    if mode(probed_bot) != BY_KERNEL:
        pytest.skip("the audit hook sees Python only: what the kernel's walls are for")
    port, reached = stranger
    address = f"b'\\x02\\0' + ({port}).to_bytes(2, 'big') + bytes([127, 0, 0, 1]) + bytes(8)"
    data = probed_bot.directory.parent
    for expression in (
        f"checked(libc.connect(libc.socket(2, 1, 0), {address}, 16))",
        f"checked(libc.sendto(libc.socket(2, 1, 0), b'x', 1, 0x20000000, {address}, 16))",  # TCP fast open
        "checked(libc.socket(2, 1, 262))",  # multipath TCP, which port rules do not cover
        "checked(libc.socket(2, 2, 0))",  # UDP
        "checked(libc.socket(1, 1, 0))",  # a Unix socket: the database's, the machine's
        "checked(libc.socket(16, 3, 0))",  # netlink
        f"checked(libc.open({str(data / 'rientro.db').encode()!r}, 0))",
        "checked(libc.execv(b'/bin/true', None))",
        "checked(libc.ptrace(16, os.getppid(), None, None))",
        "checked(libc.syscall(425, 1, None))",  # io_uring, which would go round the filter of calls
        "checked(libc.unshare(0x10000000))",
    ):
        assert probed_bot.attempt(expression) == "PermissionError", expression
    assert reached == []


def test_every_thread_stands_behind_the_walls(probed_bot) -> None:
    if mode(probed_bot) != BY_KERNEL:
        pytest.skip("the audit hook holds for the whole interpreter")
    threads = list(Path(f"/proc/{probed_bot.process.pid}/task").iterdir())
    assert len(threads) > 1
    for thread in threads:
        status = dict(line.split(":\t", 1) for line in (thread / "status").read_text().splitlines() if ":\t" in line)
        assert (status["Seccomp"], status["NoNewPrivs"]) == ("2", "1")


def test_the_broker_reaches_one_port_only(tmp_path: Path, stranger) -> None:
    if kernel.landlock_version() < 4:
        pytest.skip("this kernel has no Landlock with ports (Linux 6.7)")
    port, reached = stranger
    code = (
        "from bot.isolation import kernel, broker; import socket, sys; kernel.load_libraries(); kernel.confine_broker(9)\n"
        "try: socket.create_connection(('127.0.0.1', int(sys.argv[1])), 2)\n"
        "except PermissionError: print('refused')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(port)], cwd=allowed_access.ROOT, capture_output=True, text=True
    )
    assert done.stdout.strip() == "refused", done.stderr
    assert reached == []


def test_an_engine_that_loses_its_broker_ends(small_model, tmp_path) -> None:
    """It could not answer anybody; supervision starts both again."""
    import conftest

    with conftest.running_bot(small_model, tmp_path) as bot:
        children = Path(f"/proc/{bot.process.pid}/task/{bot.process.pid}/children").read_text().split()
        assert len(children) == 1
        subprocess.run(["kill", "-9", children[0]], check=True)
        with pytest.raises(OSError):
            bot.say("i-9", "ciao")
        assert bot.process.wait(10) == 1


@pytest.mark.parametrize("address", ["https://actions:8001", "unix:///x", "actions:8001"])
def test_the_broker_takes_plain_http_addresses_only(address: str) -> None:
    with pytest.raises(broker.BadAddress):
        broker.address_of(address)
    assert broker.address_of("http://127.0.0.1:8001") == ("127.0.0.1", 8001)
