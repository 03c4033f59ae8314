"""The queue's page and its news, office hours, who may enter, and pages that stay quick."""

from __future__ import annotations

import datetime as dt
import re
import threading
import time

import httpx
import pytest
from sqlalchemy import update

from accounts.models import AccountSessionRow
from accounts.service import Accounts
from cases.db import make_engine, make_session_factory, writing
from hotline import callbacks, queue
from hotline.caller import Caller
from settings import clock
from tests.web.hotline.conftest import DOCTOR, SANDRO, SUPERVISOR, Colleague, ask
from web import account_session

PAGES = ("/sportello", "/sportello/richiami", "/sportello/cerca", "/sportello/recenti")


@pytest.fixture
def quiet(make_site):
    """A hotline of its own, where nothing ever happened."""
    from accounts import demo

    site = make_site()
    demo.create(site.services.cases.session_factory, site.services.cases.keyring, clock.now())
    return site


def test_every_page_is_usable_when_there_is_nothing(quiet) -> None:
    sandro = Colleague(quiet, SANDRO)
    assert "Nessuno aspetta" in sandro.get("/sportello").text
    assert "Nessun richiamo" in sandro.get("/sportello/richiami").text
    assert "Ancora nessun caso" in sandro.get("/sportello/recenti").text
    assert sandro.get("/sportello?pagina=99").status_code == 200
    assert "Nessuna chiusura" in Colleague(quiet, SUPERVISOR).get("/sportello/orari").text


@pytest.mark.parametrize("path", PAGES)
def test_only_the_hotline_enters(enter, path: str) -> None:
    assert enter(SANDRO).get(path).status_code == 200
    assert enter(SUPERVISOR).get(path).status_code == 200
    assert enter(DOCTOR).get(path).status_code == 403


def test_nobody_enters_without_an_account(client) -> None:
    for path in (*PAGES, "/sportello/events", f"/sportello/casi/{'0' * 32}"):
        assert client.get(path).status_code == 401


def test_a_form_of_another_site_is_refused(sandro, citizen) -> None:
    path = f"/sportello/casi/{citizen.session}/prendi"
    assert sandro.http.post(path, data={"gettone": "x"}).status_code == 403
    assert sandro.http.post(path).status_code == 403
    assert citizen.read()["state"]["mode"] == "bot"


def test_pages_work_without_inline_scripts_and_styles(sandro, citizen, enter) -> None:
    sandro.take(citizen.session)
    pages = [sandro.get(path) for path in (*PAGES, f"/sportello/casi/{citizen.session}")]
    pages += [sandro.get(f"/sportello/casi/{sandro.call()}"), enter(SUPERVISOR).get("/sportello/orari")]
    for page in pages:
        assert page.status_code == 200
        assert "script-src 'self'" in page.headers["content-security-policy"]
        assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=|javascript:", page.text)
        assert page.headers["cache-control"] == "no-store"


def test_pause_is_seen_by_colleagues(sandro, silvia) -> None:
    sandro.post("/sportello/presenza", pausa="true")
    assert "Sandro Sportello (di prova): in pausa" in silvia.get("/sportello").text
    assert "Torno in servizio" in sandro.get("/sportello").text
    sandro.post("/sportello/presenza", pausa="false")
    assert "Sandro Sportello (di prova): in pausa" not in silvia.get("/sportello").text


def test_closures_are_declared_by_the_supervisor_alone(quiet) -> None:
    sandro, sara = Colleague(quiet, SANDRO), Colleague(quiet, SUPERVISOR)
    assert sandro.get("/sportello/orari").status_code == 403
    assert "Immacolata" in sara.get("/sportello/orari").text
    hotline = quiet.services.hotline
    day = next(slot.date() for slot in hotline.callbacks.free_slots(clock.now(), 60) if slot.date() > clock.today())
    sara.post("/sportello/orari", page="/sportello/orari", giorno=day.isoformat(), motivo="assemblea")
    assert "assemblea" in sara.get("/sportello/orari").text
    assert all(slot.date() != day for slot in hotline.callbacks.free_slots(clock.now(), 60))
    sara.post("/sportello/orari", page="/sportello/orari", giorno=day.isoformat(), azione="riapri")
    assert any(slot.date() == day for slot in hotline.callbacks.free_slots(clock.now(), 60))
    for wrong in ("", "domani", "2020-01-01"):
        assert sara.post("/sportello/orari", page="/sportello/orari", giorno=wrong).status_code == 422


class Stream:
    """A page that listens to events, in a thread."""

    def __init__(self, colleague: Colleague, path: str, last: str | None = None) -> None:
        self.heard: list[tuple[str, str]] = []
        self._news = threading.Event()
        headers = {"accept": "text/event-stream"} | ({"last-event-id": last} if last else {})
        self._client = httpx.Client(base_url=str(colleague.http.base_url), cookies=colleague.http.cookies)
        self._answer = self._client.send(self._client.build_request("GET", path, headers=headers), stream=True)
        assert self._answer.status_code == 200
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        name = mark = ""
        try:
            for line in self._answer.iter_lines():
                if line.startswith("id:"):
                    mark = line[3:].strip()
                elif line.startswith("event:"):
                    name = line[6:].strip()
                elif not line and name:
                    self.heard.append((name, mark))
                    name = ""
                    self._news.set()
        except httpx.HTTPError:
            pass

    def wait(self, seconds: float = 6) -> bool:
        """Whether something is heard within the time."""
        heard = self._news.wait(seconds)
        self._news.clear()
        return heard

    def close(self) -> None:
        self._client.close()


def test_the_queue_hears_of_news_of_this_and_other_processes(site, sandro, citizen) -> None:
    stream = Stream(sandro, "/sportello/events")
    assert stream.wait()  # what is there now
    case = site.services.cases.open("cittadino", clock.now())
    # Another process of the same deployment: it shares the database and nothing else.
    engine = make_engine(site.settings.database_url)
    with writing(make_session_factory(engine)) as session:
        queue.ask_in(session, case.id, clock.now())
    engine.dispose()
    assert stream.wait()
    name, mark = stream.heard[-1]
    stream.close()
    assert name == "coda"
    again = Stream(sandro, "/sportello/events", last=mark)  # as the browser does after a restart of the server
    assert not again.wait(2.5)
    sandro.take(case.id)
    assert again.wait()
    again.close()


def _sessions_of(site, email: str):
    accounts = Accounts(site.services.cases.session_factory, site.services.cases.keyring, site.settings)
    [account] = accounts.search(email)
    return accounts, account


def test_a_revoked_session_hears_nothing_more(site, sandro, citizen) -> None:
    stream = Stream(sandro, "/sportello/events")
    assert stream.wait()
    accounts, account = _sessions_of(site, SANDRO)
    accounts.revoke(account.id, "sistema", clock.now())
    stream.wait(3)
    heard = len(stream.heard)
    ask(site, citizen.session)
    assert not stream.wait(3) and len(stream.heard) == heard
    assert sandro.get("/sportello").status_code == 303
    stream.close()


def test_what_a_page_does_by_itself_keeps_no_session_alive(site, sandro) -> None:
    accounts, account = _sessions_of(site, SANDRO)
    long_ago = clock.now() - dt.timedelta(minutes=30)
    with writing(site.services.cases.session_factory) as session:
        session.execute(
            update(AccountSessionRow).where(AccountSessionRow.account_id == account.id).values(seen_at=long_ago)
        )
    stream = Stream(sandro, "/sportello/events")
    assert stream.wait()
    stream.close()
    sandro.get("/sportello/coda/parte", headers={account_session.BACKGROUND: "1"})
    assert {view.seen_at for view in accounts.sessions(account.id, clock.now())} == {long_ago}
    sandro.get("/sportello")
    # Sessions that other tests left open stay as they were: only this one is alive again.
    assert max(view.seen_at for view in accounts.sessions(account.id, clock.now())) > long_ago


def test_a_case_hears_of_the_persons_words_and_of_its_end(sandro, citizen) -> None:
    sandro.take(citizen.session)
    stream = Stream(sandro, f"/sportello/casi/{citizen.session}/events")
    assert stream.wait()
    citizen.say("sono qui")
    assert stream.wait()
    assert {name for name, _ in stream.heard} == {"cambiato"}
    citizen.client.delete(citizen.path, headers=citizen.headers)
    assert stream.wait()
    assert stream.heard[-1][0] == "finito"
    stream.close()


def test_lists_cost_the_same_with_few_and_with_many(quiet) -> None:
    from sqlalchemy import event

    sandro = Colleague(quiet, SANDRO)
    sent: list[str] = []
    event.listen(quiet.services.engine, "before_cursor_execute", lambda *a: sent.append(a[2]))
    services, hotline = quiet.services, quiet.services.hotline

    def fill(count: int) -> None:
        for number in range(count):
            case = services.cases.open("cittadino", clock.now())
            ask(quiet, case.id)
            slot = hotline.callbacks.free_slots(clock.now() + dt.timedelta(days=1), 1)[0]
            hotline.callbacks.book(
                case.id, slot, Caller(f"Persona Fila{number % 3}", "333 1234567"), "persona", clock.now()
            )
            sandro.get(f"/sportello/casi/{case.id}")

    def cost() -> list[int]:
        found = []
        for path in ("/sportello/coda/parte", "/sportello/richiami", "/sportello/recenti"):
            sandro.get(path)
            sent.clear()
            assert sandro.get(path).status_code == 200
            found.append(len([s for s in sent if s.startswith("SELECT")]))
        return found

    fill(2)
    few = cost()
    fill(max(queue.PAGE, callbacks.PAGE) + 3)
    assert cost() == few
    page = sandro.get("/sportello").text
    assert "Pagina 1 di 2" in page and page.count('data-caso="') == queue.PAGE
    assert sandro.get("/sportello?pagina=2").text.count('data-caso="') == 5


def test_ten_thousand_in_the_queue(quiet) -> None:
    from sqlalchemy import insert

    from cases.models import CaseRow
    from hotline.models import QueueRow

    sandro, now = Colleague(quiet, SANDRO), clock.now()
    ids = [f"{number:032x}" for number in range(10_000)]
    case = {
        "role": "cittadino",
        "mode": "bot",
        "facts_sealed": b"-",
        "dialogue_sealed": b"-",
        "version": 1,
        "turn_count": 1,
    }
    with writing(quiet.services.cases.session_factory) as session:
        session.execute(insert(CaseRow), [{"id": i, "created_at": now, "updated_at": now, **case} for i in ids])
        rows = [{"case_id": i, "requested_at": now, "urgent": False, "passed_on": False} for i in ids]
        session.execute(insert(QueueRow), rows)
    sandro.get("/sportello")
    started = time.perf_counter()
    page = sandro.get("/sportello?pagina=400")
    assert time.perf_counter() - started < 2
    assert "Pagina 400 di 400" in page.text and "10000" in page.text
