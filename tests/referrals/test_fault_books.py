"""The books of the fault injection can say no: what is lost, doubled or never delivered is counted."""

from collections import Counter
from types import SimpleNamespace

import httpx
import pytest
from sqlalchemy import select, text

from benchmarks.fault_injection import books
from benchmarks.fault_injection.people import GivenUp, Ledger, Person
from referrals.models import OutboxRow


def service_of(world):
    """What :func:`books.check` looks at."""
    with world.factory() as session:
        sent = session.scalars(select(OutboxRow.id).where(OutboxRow.kind == books.NEW, OutboxRow.state == "consegnato"))
        received = Counter({f"<{name}@example.org>": 1 for name in sent})
    return SimpleNamespace(
        database_url=world.database, data_dir=world.folder, clock=None, mail=SimpleNamespace(received=received)
    )


@pytest.fixture
def confirmed(world, monkeypatch):
    """A world with one referral sent, and what its person saw."""
    monkeypatch.setattr(books, "_PATIENCE_SECONDS", 0.1)
    world.with_operators()
    opened = world.a_referral()
    world.deliver()
    world.case_id = world.referrals.get(opened.code).case_id
    return {world.case_id: opened.code}


def test_what_is_in_order_passes(world, confirmed):
    found = books.check(service_of(world), confirmed)
    assert (found["lost"], found["doubled"], found["undelivered"]) == (0, 0, 0)
    assert found["journal"].startswith("whole")


def test_a_referral_that_only_the_person_knows_is_lost(world, confirmed):
    found = books.check(service_of(world), confirmed | {"another": "RT-0000-0000-0000-0"})
    assert found["lost"] == 1


def test_a_second_referral_of_the_same_person_is_a_double(world, confirmed):
    world.a_referral(case_id=world.case_id, site="BETA-1", measure="azioni_di_rete")
    world.deliver()
    assert books.check(service_of(world), confirmed)["doubled"] == 1


def test_a_notice_that_no_mail_server_saw_is_undelivered_and_one_seen_twice_is_told(world, confirmed):
    service = service_of(world)
    service.mail.received = Counter({name: 2 for name in service.mail.received})
    assert books.check(service, confirmed)["handed over again, same Message-ID"] == 1
    service.mail.received.clear()
    assert books.check(service, confirmed)["undelivered"] == 1


def test_a_journal_that_was_touched_is_told(world, confirmed):
    with world.factory() as session:
        if world.engine.dialect.name == "postgresql":
            session.execute(text("ALTER TABLE journal DISABLE TRIGGER journal_no_update"))
        else:
            session.execute(text("DROP TRIGGER journal_no_update"))
        session.execute(text("UPDATE journal SET actor = 'sistema' WHERE actor = 'persona'"))
        session.commit()
    assert books.check(service_of(world), confirmed)["journal"].startswith("broken")


def test_an_answer_without_a_number_and_endless_silence_are_problems():
    ledger = Ledger()
    person = Person(lambda: "http://127.0.0.1:9", ledger, "800 318 318", 0.2)
    answers = iter([httpx.Response(503, text="Ci scusi. Chiami 800318318."), httpx.Response(500, text="Errore")])

    def send():
        return next(answers, httpx.Response(200, json={"messages": [], "state": {}}))

    person._patience = 60
    assert person._until_answered("a message", send)["messages"] == []
    assert ledger.counts == {"apologies": 1, "apologies without number": 1}
    assert len(ledger.problems) == 1 and "Errore" in ledger.problems[0]
    person._patience = 0.2
    with pytest.raises(GivenUp, match="not answered"):
        person._until_answered("a message", lambda: person._http.get("http://127.0.0.1:9/"))
