"""A hospital, a mobile carrier and a script: many behind one address, told apart without asking anybody anything."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from settings.config import Settings
from tests.web.conftest import Site, start_chat
from web.security import work
from web.security.sealing import Sealer

SESSIONS = "/api/v1/chat/sessions"
LIMITS = {
    name: Settings.model_fields[name].default
    for name in ("rate_session", "rate_address", "rate_conversation", "rate_opening")
}


def number_for(task: dict) -> str:
    """What the page's script does."""
    return next(str(n) for n in itertools.count() if work.solves(task["salt"], task["bits"], n))


def open_as_the_page_does(client: httpx.Client) -> httpx.Response:
    refused = client.post(SESSIONS, json={"role": "cittadino"})
    if refused.status_code != 429:
        return refused
    task = refused.json()["work"]
    proof = {work.HEADER: f"{task['task']}:{number_for(task)}"}
    return client.post(SESSIONS, json={"role": "cittadino"}, headers=proof)


@pytest.fixture
def hot(make_site: Callable[..., Site]) -> Site:
    """A site where this network has begun all the conversations that are free."""
    site = make_site(**LIMITS | {"rate_opening": "3/minute"})
    with site.client() as script:
        for _ in range(3):
            assert script.post(SESSIONS, json={"role": "cittadino"}).status_code == 201
    return site


def test_two_hundred_people_behind_one_address_are_all_answered(make_site: Callable[..., Site]) -> None:
    """The limits of a new installation; a script behind the same address floods meanwhile."""
    site = make_site(**LIMITS)

    def person(_: int) -> list[int]:
        with site.client() as client:
            statuses = [(opened := client.post(SESSIONS, json={"role": "cittadino"})).status_code]
            path = f"{SESSIONS}/{opened.json()['session']}"
            for text in ("buongiorno", "sono in malattia", "lavoro a Monza", "grazie"):
                statuses.append(client.post(f"{path}/messages", json={"text": text}).status_code)
            statuses.append(client.get(path).status_code)
            return statuses

    with ThreadPoolExecutor(8) as pool:
        everybody = list(pool.map(person, range(200)))
    assert everybody == [[201, 200, 200, 200, 200, 200]] * 200


def test_a_script_is_slowed_and_people_behind_its_address_go_on(hot: Site) -> None:
    with hot.client() as early, hot.client() as script, hot.client() as late:
        opened = open_as_the_page_does(early)
        path = f"{SESSIONS}/{opened.json()['session']}"
        answers = [script.post(SESSIONS, json={"role": "cittadino"}).status_code for _ in range(40)]
        assert answers == [429] * 40
        assert early.post(f"{path}/messages", json={"text": "buongiorno"}).status_code == 200
        assert early.get(path).status_code == 200
        assert open_as_the_page_does(late).status_code == 201


def test_the_task_grows_with_the_flood_and_stays_within_reason() -> None:
    assert [work.bits_for(excess) for excess in (1.0, 1.9, 2, 4, 8, 16, 10**6)] == [14, 14, 15, 16, 17, 18, 18]


def test_a_proof_is_good_once_for_its_network_and_not_for_ever(hot: Site) -> None:
    with hot.client() as client:
        task = client.post(SESSIONS, json={"role": "cittadino"}).json()["work"]
        proof = {work.HEADER: f"{task['task']}:{number_for(task)}"}
        assert client.post(SESSIONS, json={"role": "cittadino"}, headers=proof).status_code == 201
        assert client.post(SESSIONS, json={"role": "cittadino"}, headers=proof).status_code == 429
        wrong = next(n for n in itertools.count() if not work.solves(task["salt"], task["bits"], n))
        for value in ("", "x", task["task"], f"{task['task']}:{wrong}", f"{task['task']}:-1", f"{task['task']}x:1"):
            refused = client.post(SESSIONS, json={"role": "cittadino"}, headers={work.HEADER: value})
            assert refused.status_code == 429, value


def test_another_networks_task_and_one_made_elsewhere_are_worth_nothing() -> None:
    ours, theirs = Sealer("a" * 43), Sealer("b" * 43)
    task = work.task(ours, "198.51.100.7", 8, may_wait=True, now=0)
    given = f"{task['task']}:{number_for(task)}"
    assert work.check(ours, "198.51.100.7", given, 0) == work.Done(task["salt"], waited=False)
    assert work.check(ours, "203.0.113.9", given, 0) is None
    assert work.check(theirs, "198.51.100.7", given, 0) is None


def test_who_cannot_compute_waits(hot: Site) -> None:
    with hot.client() as client:
        refused = client.post(SESSIONS, json={"role": "cittadino"})
        assert refused.json()["work"]["wait_seconds"] == work.WAIT_SECONDS
        assert int(refused.headers["retry-after"]) == work.WAIT_SECONDS + 1
        assert hot.settings.help_phone in refused.json()["detail"]
    sealer = Sealer("a" * 43)
    task = work.task(sealer, "198.51.100.7", 18, may_wait=True, now=1000)
    assert work.check(sealer, "198.51.100.7", task["task"], 1000 + work.WAIT_SECONDS - 1) is None
    assert work.check(sealer, "198.51.100.7", task["task"], 1000 + work.WAIT_SECONDS) == work.Done(task["salt"], True)
    impatient = work.task(sealer, "198.51.100.7", 18, may_wait=False, now=1000)
    assert work.check(sealer, "198.51.100.7", impatient["task"], 1000 + 60) is None


def test_tokens_that_open_nothing_are_counted_by_the_address(make_site: Callable[..., Site]) -> None:
    site = make_site(**LIMITS | {"rate_address": "20/minute"})
    with site.client() as client:
        chat = start_chat(client)
        client.cookies.clear()
        stranger = {"Authorization": "Bearer " + "x" * 43}
        statuses = [client.get(chat.path, headers=stranger).status_code for _ in range(30)]
        assert statuses.count(401) <= 20 and statuses[-1] == 429


def test_failures_at_one_door_leave_the_others_open(make_site: Callable[..., Site]) -> None:
    """Links, PINs and passwords are counted apart: a mistyped link does not shut out who has a PIN."""
    site = make_site(**LIMITS)
    from web.security.limits import ATTEMPTS

    with site.client() as client:
        page = client.get("/foglio").text
        token = page.partition('name="gettone" value="')[2].partition('"')[0]
        most = int(ATTEMPTS["link"].partition("/")[0])
        statuses = [client.post("/foglio", data={"link": "x", "gettone": token}).status_code for _ in range(most + 1)]
        assert statuses[0] == 403 and statuses[-1] == 429
        pin = client.post("/segnalazione", data={"codice": "RT-0000-0000-0000-0", "pin": "123456", "gettone": token})
        assert pin.status_code in (404, 422)
        assert client.get("/accesso").status_code == 200
