"""A turn reads in one transaction and writes in another: its effects, the case and the answer are kept together or not at all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import event

from cases.errors import StaleCase
from dialogue import Understood
from tests.dialogue.people import WORKER

HERE = {**WORKER, "comune": "Monza", "provincia": "MB"}


class Counted:
    """What a piece of work asked of the database."""

    def __init__(self) -> None:
        self.transactions = self.statements = 0

    def begin(self, connection, cursor, statement: str, *_: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK TO")):
            self.statements += 1


@pytest.fixture
def counted(services) -> Iterator[Counted]:
    """Counts from now on."""
    engine, found = services.cases.session_factory.kw["bind"], Counted()

    def began(_connection: object) -> None:
        found.transactions += 1

    event.listen(engine, "begin", began)
    event.listen(engine, "before_cursor_execute", found.begin)
    yield found
    event.remove(engine, "begin", began)
    event.remove(engine, "before_cursor_execute", found.begin)


def of(counted: Counted, work) -> tuple[int, int]:
    before = counted.transactions, counted.statements
    work()
    return counted.transactions - before[0], counted.statements - before[1]


def quietly(conversation, read: Understood, number: int):
    """The turn alone, without the look at the state that the tests take after it."""
    from dialogue import handle
    from tests.dialogue.rules import topic_of

    identity = f"contato-{number}"
    now = conversation.now
    return lambda: handle(
        conversation.case_id, topic_of(read.intent), read, identity, conversation.services, now, now.date()
    )


@pytest.mark.parametrize(
    "read",
    [
        Understood("inform", 0.9, "ho 50 anni", {"eta": 50}),
        Understood("ask_amount", 0.9, "quanto vale?"),
        Understood("ask_human", 1.0, "/ask_human"),
        Understood("nlu_fallback", 0.2, "grzb"),
        Understood("ask_operator_near", 0.9, "operatori?"),
        Understood("restart", 0.9, "da capo"),
        Understood("emergency", 0.9, "aiuto"),
    ],
    ids=lambda read: read.intent,
)
def test_a_turn_is_two_transactions_at_most(consented, counted: Counted, read: Understood) -> None:
    conversation = consented()
    transactions, _ = of(counted, quietly(conversation, read, 0))
    assert transactions <= 2


def test_the_turn_that_sends_a_referral_is_two_transactions(result, counted: Counted, services) -> None:
    conversation, _ = result(HERE)
    heard = conversation.press("/open_referral")
    conversation.press(heard.cards[-1]["sites"][0]["payload"])
    conversation.say("Maria Rossi", facts={"nome": "Maria Rossi"})
    conversation.say("333 1234567", facts={"telefono": "333 1234567"})
    conversation.press("/affirm")
    transactions, _ = of(counted, quietly(conversation, Understood("affirm", 1.0, "/affirm"), 1))
    assert transactions == 2
    assert services.referrals.for_case(conversation.case_id) is not None


def test_the_statements_of_a_turn_do_not_grow_with_the_conversation(consented, counted: Counted) -> None:
    conversation = consented()
    read = Understood("ask_amount", 0.9, "quanto vale?")
    found = [of(counted, quietly(conversation, read, number))[1] for number in range(40)]
    assert len(set(found[3:])) == 1


def test_an_effect_and_the_case_are_kept_together_or_not_at_all(result, services, monkeypatch) -> None:
    conversation, _ = result(HERE)
    heard = conversation.press("/open_referral")
    conversation.press(heard.cards[-1]["sites"][0]["payload"])
    conversation.say("Maria Rossi", facts={"nome": "Maria Rossi"})
    conversation.say("333 1234567", facts={"telefono": "333 1234567"})
    conversation.press("/affirm")

    def crash(*_args: object, **_kwargs: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(services.cases, "update_in", crash)
        with pytest.raises(ConnectionError):
            conversation.send(Understood("affirm", 1.0, "/affirm"), "interrotto")
    assert services.referrals.for_case(conversation.case_id) is None
    heard = conversation.send(Understood("affirm", 1.0, "/affirm"), "interrotto")
    assert heard.state["referral"]["state"] == "aperta"


def test_a_withdrawn_consent_goes_with_its_facts_or_not_at_all(result, services, monkeypatch) -> None:
    conversation, _ = result()
    conversation.say("ritiro il consenso sui dati di salute", "delete_data")

    def crash(*_args: object, **_kwargs: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(services.cases, "update_in", crash)
        with pytest.raises(ConnectionError):
            conversation.press("/affirm")
    record = services.cases.get(conversation.case_id)
    assert record.consented("salute") and "invalidita_percento" in record.facts
    conversation.press("/affirm")
    record = services.cases.get(conversation.case_id)
    assert not record.consented("salute") and "invalidita_percento" not in record.facts


def test_a_case_that_changed_meanwhile_is_read_again(consented, services, monkeypatch) -> None:
    conversation = consented()
    real, failures = services.cases.update_in, iter([True, False])

    def once_stale(*args: object, **kwargs: object) -> None:
        if next(failures, False):
            raise StaleCase(conversation.case_id)
        real(*args, **kwargs)

    monkeypatch.setattr(services.cases, "update_in", once_stale)
    assert conversation.say("", facts={"eta": 50}).state["facts"]["eta"] == 50
