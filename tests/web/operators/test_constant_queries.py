"""The number of queries of a page does not grow with what it lists."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from tests.web.operators.conftest import Desk
from tests.web.operators.test_projects import ELIGIBLE


@contextmanager
def counted(desk: Desk) -> Iterator[list[str]]:
    """The SELECTs of the application while inside."""
    seen: list[str] = []

    def note(_connection, _cursor, statement: str, *_rest) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            seen.append(statement)

    engine = desk.services.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def queries(desk: Desk, address: str) -> int:
    with counted(desk) as seen:
        assert desk.browser.get(address).status_code == 200
    return len(seen)


def test_the_inbox(desk: Desk) -> None:
    desk.enter("OPD03")
    address = "/operatore?stato=tutte"
    desk.referral(site_id="OPD03-01")
    few = queries(desk, address)
    for _ in range(12):
        desk.referral(site_id="OPD03-01")
    assert queries(desk, address) == few <= 6


def test_a_project(desk: Desk) -> None:
    desk.enter("OPD04")
    project = desk.post("/operatore/progetti", titolo="Prova").headers["location"].partition("?")[0]

    def add() -> None:
        code = desk.referral("presa_in_carico", "OPD04-01", "azioni_di_rete", facts=ELIGIBLE).code
        assert desk.post(f"{project}/persone", codice=code).status_code == 303

    add()
    few = queries(desk, project)
    for _ in range(8):
        add()
    assert queries(desk, project) == few
    assert queries(desk, "/operatore/progetti") <= 5  # two of them ask who is there
