"""The whole service, looked at from outside: walls around the dialogue engine, who may read what, erasure to the byte."""

from __future__ import annotations

import base64
import json
import stat
import time
from pathlib import Path

import httpx
import pytest

from tests.stack import Stack
from tests.web.conftest import Chat, start_chat
from tests.web.test_referrals_api import body_for, open_referral

pytestmark = pytest.mark.stack

# Words found nowhere else, in each form in which they could lie somewhere.
NAME, PHONE, EMAIL = "Zebedea Quaranterighi", "345 1122339", "zebedea.quaranterighi@posta.example"
STORY = "mi chiamo zebedea, quaranterighi di cognome, ho il 81% di invalidità e un tumorestrano"
NEEDLES = [
    form
    for word in ("quaranterighi", "tumorestrano", "3451122339", "345 1122339", "zebedea")
    for form in (
        word.encode(), word.title().encode(), word.upper().encode(), word.encode("utf-16-le"), base64.b64encode(word.encode())[:-4],
    )
]  # fmt: skip


def bytes_at_rest(folder: Path) -> dict[str, list[bytes]]:
    """File -> what it shows of the person. Every file, whatever its name, as it lies on the disk."""
    found: dict[str, list[bytes]] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            if hits := [needle for needle in NEEDLES if needle in content]:
                found[str(path.relative_to(folder))] = hits
    return found


def threads_of(pid: int) -> list[dict[str, str]]:
    """What the kernel says of each thread of a process."""
    found = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        lines = (thread / "status").read_text().splitlines()
        found.append(dict(line.split(":\t", 1) for line in lines if ":\t" in line))
    return found


def test_the_engine_that_serves_people_stands_behind_its_walls(stack: Stack) -> None:
    log = (stack.data_dir / "logs" / "bot.log").read_text(encoding="utf-8")
    assert "confined: files" in log
    if "confined: files landlock, calls seccomp" not in log:
        pytest.skip("this kernel has no Landlock with ports, or libseccomp is missing: the audit hook stands alone")
    (bot,) = stack.pids("bot")
    threads = threads_of(bot)
    assert {(thread["Seccomp"], thread["NoNewPrivs"]) for thread in threads} == {("2", "1")}
    given = {entry.partition("=")[0] for entry in Path(f"/proc/{bot}/environ").read_text().split("\0") if entry}
    secrets = {
        name for name in given if any(word in name for word in ("SMTP", "DATABASE", "OIDC", "REDIS", "PASSWORD"))
    }
    assert secrets == set()


def test_the_engines_only_connections_are_to_the_gateway_and_the_actions(stack: Stack) -> None:
    import psutil

    with httpx.Client(base_url=stack.base_url, timeout=30) as client:
        assert start_chat(client).say("ciao").status_code == 200
    (bot,) = stack.pids("bot")
    for connection in psutil.Process(bot).net_connections(kind="inet"):
        ports = {connection.laddr.port, *([connection.raddr.port] if connection.raddr else [])}
        assert connection.laddr.ip == "127.0.0.1" and ports & {stack.port + 1, stack.port + 2}, connection


def test_only_its_owner_reads_the_data_folder(stack: Stack) -> None:
    assert stat.S_IMODE(stack.data_dir.stat().st_mode) & 0o077 == 0
    for path in (stack.data_dir / "keys").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_erasing_leaves_no_byte_of_the_person(stack: Stack) -> None:
    with httpx.Client(base_url=stack.base_url, timeout=60) as client:
        chat: Chat = start_chat(client)
        client.cookies.clear()
        chat.say(payload="/affirm")
        chat.say(STORY)
        body = body_for(chat, nome=NAME, telefono=PHONE, email=EMAIL)
        assert open_referral(chat, body, "cancellazione-1").status_code == 201
        deadline = time.monotonic() + 30
        while chat.read()["state"]["referral"]["state"] == "aperta" and time.monotonic() < deadline:
            time.sleep(0.2)  # the e-mails go out meanwhile
        held = json.dumps(client.get(f"{chat.path}/export", headers=chat.headers).json(), ensure_ascii=False)
        assert "Quaranterighi" in held and "tumorestrano" in held, "it was there"
        assert bytes_at_rest(stack.data_dir) == {}, "encrypted while it lives"

        assert client.delete(chat.path, headers=chat.headers).status_code == 204
        assert client.get(chat.path, headers=chat.headers).status_code in (401, 404)
        assert bytes_at_rest(stack.data_dir) == {}
        keys = [path.name for path in (stack.data_dir / "keys").rglob("*") if path.is_file()]
        assert not [name for name in keys if chat.session in name], "its key is gone"
