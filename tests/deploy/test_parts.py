"""The parts that make several processes one product, each alone."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest
from alembic.script import ScriptDirectory
from prometheus_client import CollectorRegistry, generate_latest

from cases import db
from cli import scaled, supervision
from referrals.worker_metrics import OutboxFigures
from settings import correlation
from settings.config import Settings
from web.chat import engines
from web.chat.bot_client import BotClient, BotUnavailable
from web.chat.engines import Engines
from web.chat.events import TurnNews

URLS = ["http://127.0.0.1:9001", "http://127.0.0.1:9002", "http://127.0.0.1:9003"]


def test_a_conversation_keeps_its_engine_and_all_engines_get_some() -> None:
    async def run() -> None:
        first, second = Engines(URLS), Engines(list(reversed(URLS)))  # two gateways, told in another order
        chosen: dict[str, int] = {}
        for number in range(300):
            order = await first.order(f"caso {number}")
            assert order == await second.order(f"caso {number}") and sorted(order) == sorted(URLS)
            chosen[order[0]] = chosen.get(order[0], 0) + 1
        assert all(60 < count < 140 for count in chosen.values()), chosen

    asyncio.run(run())


def test_an_engine_that_is_away_comes_last_for_a_while() -> None:
    now = 100.0

    async def run() -> None:
        nonlocal now
        some = Engines(URLS, clock=lambda: now)
        before = await some.order("caso")
        some.away(before[0])
        assert await some.order("caso") == [*before[1:], before[0]]
        others = [f"caso {number}" for number in range(20)]
        assert {(await some.order(other))[-1] for other in others} == {before[0]}
        now += 10
        assert await some.order("caso") == before

    asyncio.run(run())


def test_a_name_with_several_addresses_is_several_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [["10.0.0.1", "10.0.0.2"], ["10.0.0.2", "10.0.0.3"], OSError("no such name")]
    now = 0.0

    async def run() -> None:
        nonlocal now

        async def look_up(host: str, port: int, **_: object) -> list[tuple]:
            assert (host, port) == ("bot", 8002)
            found = answers.pop(0)
            if isinstance(found, OSError):
                raise found
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up, raising=False)
        some = Engines(["http://bot:8002"], clock=lambda: now)
        assert await some.all() == ["http://10.0.0.1:8002", "http://10.0.0.2:8002"]
        assert len(answers) == 2 and await some.all() and len(answers) == 2  # asked once in a while only
        now += 6
        assert await some.all() == ["http://10.0.0.2:8002", "http://10.0.0.3:8002"]
        now += 6  # the resolver is away: those known stay
        assert await some.all() == ["http://10.0.0.2:8002", "http://10.0.0.3:8002"]

    asyncio.run(run())


def test_without_any_engine_the_gateway_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_AVOID_SECONDS", 0)

    async def run() -> None:
        import datetime as dt

        client = BotClient(["http://127.0.0.1:1", "http://127.0.0.1:2"], "token", 1.0)
        with pytest.raises(BotUnavailable) as failure:
            await client.understand("ciao", None, "cittadino", dt.date(2026, 11, 22))
        assert failure.value.reason == "connection"
        assert not await client.is_ready() and not await client.forget("caso")
        await client.aclose()

    asyncio.run(run())


def test_what_nobody_announces_is_found_by_one_look_for_all() -> None:
    marks = {f"caso {number}": "1" for number in range(50)}
    looks: list[Sequence[str]] = []

    async def look(ids: Sequence[str]) -> dict[str, str]:
        looks.append(ids)
        return {case_id: marks[case_id] for case_id in ids if case_id in marks}

    async def run() -> None:
        news = TurnNews()
        news.start(look)
        tabs = [asyncio.create_task(news.wait(case_id, 30, "1")) for case_id in marks]
        await asyncio.sleep(2.5)
        assert not any(tab.done() for tab in tabs)
        marks["caso 7"] = "2"  # changed by a process that tells nobody
        del marks["caso 9"]  # erased
        await asyncio.sleep(2.2)
        assert [number for number, tab in enumerate(tabs) if tab.done()] == [7, 9]
        assert len(looks) <= 3 and len(looks[0]) == 50
        news.announce("caso 3")
        await asyncio.wait_for(tabs[3], 0.5)
        for tab in tabs:
            tab.cancel()
        await news.aclose()

    asyncio.run(run())


def test_the_quick_look_at_the_schema_agrees_with_alembic(tmp_path: Path) -> None:
    engine = db.make_engine(f"sqlite:///{tmp_path / 'a.db'}")
    assert not db._is_at_head(engine)
    db.upgrade(engine)
    assert db._is_at_head(engine)
    head = ScriptDirectory.from_config(db._alembic_config(engine)).get_current_head()
    assert db.current_revision(engine) == head
    db.downgrade(engine, "-1")
    assert not db._is_at_head(engine)
    db.upgrade(engine)
    assert db.current_revision(engine) == head
    engine.dispose()


def test_figures_of_the_outbox_survive_a_database_that_is_away(tmp_path: Path) -> None:
    engine = db.make_engine(f"sqlite:///{tmp_path / 'a.db'}")
    registry = CollectorRegistry()
    seconds = [0.0]
    registry.register(OutboxFigures(db.make_session_factory(engine), lambda: seconds[0]))
    assert b"rientro_outbox_messages{" not in generate_latest(registry)  # no tables yet
    db.upgrade(engine)
    assert b"rientro_outbox_messages{" not in generate_latest(registry)  # read at most every few seconds
    seconds[0] = 6
    assert b'rientro_outbox_messages{state="fallito"} 0.0' in generate_latest(registry)
    engine.dispose()


def test_only_our_own_ids_are_taken_from_a_header() -> None:
    assert correlation.accepted(correlation.new())
    for forged in (None, "", "x" * 16, "a" * 15, "a" * 17, 'a"\n{"event":"forged"}'):
        assert correlation.accepted(forged) is None


def test_the_processes_of_a_scale(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path, port=9000, database_url="postgresql://x@127.0.0.1/x", redis_url="redis://127.0.0.1"
    )
    scale = scaled.Scale(gateways=3, actions=2, bots=4, workers=2)
    scaled.check(settings, scale)
    made = scaled.programs(settings, scale)
    assert sorted(p.name.split("-")[0] for p in made) == ["actions"] * 2 + ["bot"] * 4 + ["web"] * 3 + ["worker"] * 2
    ports = [program.port for program in made if program.port]
    assert len(ports) == len(set(ports)) == 9
    engine_folders = {p.environment["RIENTRO_BOT_DIR"] for p in made if p.environment}
    assert len(engine_folders) == 4
    # The engine's environment is whole and holds nothing of the stores.
    for program in made:
        if program.environment is not None:
            assert not [
                name for name in program.environment if "DATABASE" in name or "REDIS" in name or "KEYS_" in name
            ]
    text = supervision.write_configuration(settings, made).read_text()
    assert text.count("[program:") == 11 and 'RIENTRO_METRICS_PORT="9030"' in text
    with pytest.raises(scaled.NotScalable, match="da 1 a 9"):
        scaled.check(settings, scaled.Scale(gateways=10))


def test_the_action_server_answers_strangers_only_with_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    from actions.server import app

    async def ask(host: str, token: str | None) -> int:
        transport = httpx.ASGITransport(app, client=(host, 5000))
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        async with httpx.AsyncClient(transport=transport, base_url="http://actions") as client:
            return (await client.post("/webhook", content=b"not json", headers=headers)).status_code

    monkeypatch.setitem(app.state._state, "token", "")
    assert asyncio.run(ask("127.0.0.1", None)) == 400  # admitted, and told what is wrong
    assert asyncio.run(ask("10.1.2.3", None)) == asyncio.run(ask("10.1.2.3", "")) == 403
    monkeypatch.setitem(app.state._state, "token", "segreto")
    assert asyncio.run(ask("10.1.2.3", "segreto")) == 400
    assert asyncio.run(ask("10.1.2.3", "altro")) == asyncio.run(ask("10.1.2.3", None)) == 403


def test_sizing_follows_from_the_measured_load() -> None:
    from benchmarks import sizing

    spent = {"web": 0.4, "actions": 0.3, "bot": 0.6, "worker": 0.02}
    held = {"people": 100, "turns_per_second": 10.0, "p95_ms": 120.0, "errors": 0, "service_cores": spent}
    over = held | {"people": 500, "p95_ms": 900.0}
    failed = held | {"people": 300, "errors": 1}
    load = {"plan": {"p95": 300}, "scaled": {"steps": [held, failed, over], "bytes_per_conversation": 30 * 1024}}
    cost = sizing.cost_of(load, "scaled")
    assert cost.core_seconds["bot"] == 0.06
    million = sizing.row(1_000_000, cost)
    turns = 1_000_000 * 12 * 0.9 / (22 * 12 * 3600) * 3
    assert million[:2] == ["1,000,000", f"{turns:.1f}"]
    assert million[3:7] == ["3", "2", "4", "2"]  # 34 turns/s: 1.4, 1.0, 2.0 cores at six tenths
    assert million[8] == str(20 * (3 + 2 + 2)) and float(million[9]) > 300
    assert sizing.row(10_000, cost)[3:7] == ["2", "2", "2", "2"]


def test_the_load_knows_the_people_held_and_the_knee() -> None:
    from benchmarks import load

    def step(people: int, p95: float, errors: int = 0, memory: int = 500) -> dict:
        shared = {"turns_per_second": people / 10, "minutes": 1.0, "memory_mib": {"web": memory}}
        return {"people": people, "p95_ms": p95, "errors": errors, **shared}

    found = load.summary([step(100, 50), step(200, 120), step(400, 900), step(300, 250, errors=1), step(250, 200)], 300)
    assert (found["people_held"], found["knee_people"], found["turns_per_second_held"]) == (250, 300, 25.0)
    soak = [step(100, 50, memory=400)] * 6 + [step(100, 50, memory=500 + number) for number in range(6)]
    assert load.growth_per_hour(soak) == {"web": 60.0}
