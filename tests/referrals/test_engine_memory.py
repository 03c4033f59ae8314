"""Erasure reaches the dialogue engines, however often it must be tried."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from cases import forgetting
from referrals import engine_memory


class FakeEngine:
    """An engine that forgets, or is away."""

    def __init__(self) -> None:
        self.forgotten: list[str] = []
        self.tokens: set[str] = set()
        self.status = 204
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_DELETE(self) -> None:
                outer.tokens.add(self.headers["Authorization"])
                if outer.status == 204:
                    outer.forgotten.append(self.path.rsplit("/", 1)[1])
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *_words: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def engines() -> Iterator[tuple[FakeEngine, FakeEngine]]:
    both = FakeEngine(), FakeEngine()
    yield both
    for engine in both:
        engine.close()


def test_every_engine_is_told_again_until_all_have_forgotten(world, engines):
    one, two = engines
    case_id = world.a_case(eta=40).id
    world.cases.erase(case_id, world.now)
    now, two.status = world.now + timedelta(minutes=1), 503
    urls = [one.url, two.url]
    for _ in range(2):
        with pytest.raises(engine_memory.NotYetForgotten):
            engine_memory.forget(world.factory, urls, "t", now)
    assert two.forgotten == []
    two.status = 204
    assert engine_memory.forget(world.factory, urls, "t", now) == 1
    assert case_id in one.forgotten and two.forgotten == [case_id]
    assert one.tokens == {"Bearer t"}
    assert engine_memory.forget(world.factory, urls, "t", now) == 0


def test_an_engine_that_is_away_does_not_let_it_be_forgotten(world, engines):
    one, two = engines
    two.close()
    world.cases.erase(world.a_case(eta=40).id, world.now)
    now = world.now + timedelta(minutes=1)
    with pytest.raises(engine_memory.NotYetForgotten):
        engine_memory.forget(world.factory, [one.url, two.url], "t", now)
    assert len(forgetting.due(world.factory, now)) == 1


def test_a_purge_tells_the_engines_too(world, engines):
    case_id = world.a_case(eta=40).id
    later = world.now + timedelta(days=400)
    world.cases.purge(later, 30)
    assert forgetting.due(world.factory, later + timedelta(minutes=1)) == [case_id]
    world.settings.bot_urls = ",".join(engine.url for engine in engines)
    assert dict(world.jobs.all())["forget"](later + timedelta(minutes=1)) == 1
    assert [engine.forgotten for engine in engines] == [[case_id], [case_id]]
