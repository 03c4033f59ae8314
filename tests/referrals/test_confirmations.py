"""Nothing goes to an address that nobody confirmed, but one neutral message; and a script cannot make us send many."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import func, select

from cases import budgets
from cases.budgets import Budget, BudgetSpent
from cases.db import writing
from referrals import allowance, confirmations
from referrals.contact import Contact
from referrals.errors import AccountNeeded, LinkInvalid
from referrals.models import HeldMailRow, OutboxRow

STRANGER = "sconosciuta@example.org"


def from_network(world, network: str = "198.51.100.7") -> str:
    """A conversation begun by somebody on a network."""
    return world.cases.open("cittadino", world.now, network).id


def link_in(mail) -> str:
    return re.search(r"/conferma#(\S+)", mail.text)[1]


def confirm(world, token: str) -> str:
    with writing(world.factory) as session:
        return confirmations.confirm_in(session, world.keyring, token, world.now)


def held(world) -> int:
    with world.factory() as session:
        return session.scalar(select(func.count()).select_from(HeldMailRow))


@pytest.fixture
def opened(world):
    """A referral delivered to its operator, whose person has not confirmed the address."""
    world.with_operators()
    made = world.a_referral(
        case_id=from_network(world), contact=Contact("Ada Prova", "333 1234567", STRANGER), confirmed=False
    )
    world.deliver()
    world.deliver()
    return made


def test_a_stranger_gets_one_neutral_message_and_nothing_else(world, opened) -> None:
    [mail] = world.mails(STRANGER)
    assert opened.code not in mail.subject + mail.text
    assert "/conferma#" in mail.text and "Ada" not in mail.text and "333" not in mail.text
    world.operators.take(opened.code, "operatore:ALFA", world.now)
    world.later(days=6)
    world.deliver()
    assert len(world.mails(STRANGER)) == 1
    assert held(world) >= 2


def test_what_was_held_goes_out_once_the_address_is_confirmed(world, opened) -> None:
    token = link_in(world.mails(STRANGER)[0])
    waiting = held(world)
    case_id = confirm(world, token)
    assert confirm(world, token) == case_id  # pressed twice
    assert held(world) == 0
    world.deliver()
    assert len(world.mails(STRANGER)) == 1 + waiting
    world.operators.take(opened.code, "operatore:ALFA", world.now)
    world.deliver()
    assert len(world.mails(STRANGER)) == 2 + waiting  # no second question


def test_a_cancelled_request_leaves_nothing_waiting(world, opened) -> None:
    world.referrals.cancel(opened.code, "persona", world.now)
    assert held(world) == 0


@pytest.mark.parametrize("days", [7, 8, 30])
def test_a_link_stops_and_what_waits_is_forgotten(world, opened, days: int) -> None:
    token = link_in(world.mails(STRANGER)[0])
    world.later(days=days)
    with pytest.raises(LinkInvalid):
        confirm(world, token)
    world.cases.purge(world.now, days=365)
    assert held(world) == 0


@pytest.mark.parametrize("token", ["", "x", "a" * 43])
def test_nobody_confirms_with_a_guess(world, opened, token: str) -> None:
    with pytest.raises(LinkInvalid):
        confirm(world, token)


def test_an_erased_conversation_confirms_nothing(world, opened) -> None:
    token = link_in(world.mails(STRANGER)[0])
    world.cases.erase(world.referrals.get(opened.code).case_id, world.now)
    assert held(world) == 0
    with pytest.raises(LinkInvalid):
        confirm(world, token)


def test_a_confirmation_counts_for_its_conversation_only(world, opened) -> None:
    confirm(world, link_in(world.mails(STRANGER)[0]))
    other = from_network(world, "203.0.113.9")
    with world.factory() as session:
        assert not confirmations.is_confirmed_in(session, world.keyring, other, STRANGER)


def test_a_script_that_types_one_address_everywhere_sends_two_messages(world) -> None:
    """The attack that was seen: 25 mails to a stranger in two seconds, from as many conversations."""
    world.with_operators()
    refused = 0
    for number in range(25):
        contact = Contact("Ada Prova", f"333 12345{number:02}", STRANGER.swapcase() if number % 2 else STRANGER)
        try:
            world.a_referral(case_id=from_network(world), contact=contact, confirmed=False)
        except BudgetSpent:
            refused += 1
    world.deliver()
    world.deliver()
    assert len([mail for mail in world.mails() if mail.to.casefold() == STRANGER]) == 2
    assert refused == 25 - allowance.BY_CONTACT.most
    world.later(days=1)
    world.a_referral(case_id=from_network(world), contact=Contact("Ada Prova", None, STRANGER), confirmed=False)
    world.deliver()
    assert len([mail for mail in world.mails() if mail.to.casefold() == STRANGER]) == 3


def test_a_script_with_many_contacts_cannot_fill_an_inbox(world) -> None:
    world.with_operators()
    opened, refused_by = 0, set()
    for number in range(allowance.BY_SITE.most + 10):
        case_id = from_network(world, f"198.51.100.{number % 5}")
        contact = Contact("Ada Prova", f"333 1234{number:03}")
        try:
            world.a_referral(case_id=case_id, contact=contact)
            opened += 1
        except BudgetSpent as spent:
            refused_by.add(spent.name)
    assert opened == allowance.BY_SITE.most
    assert refused_by == {allowance.BY_SITE.name}
    # Another site, and whoever confirmed an address, go on.
    world.a_referral(case_id=from_network(world), contact=Contact("Ada", "333 9999999"), site="BETA-1")
    world.a_referral(case_id=from_network(world), contact=Contact("Ada", None, "ada@example.org"), confirmed=True)


def test_staff_are_not_counted(world) -> None:
    world.with_operators()
    more = allowance.BY_CONTACT.most + 2
    opened = {
        world.a_referral(contact=Contact("Ada Prova", "333 1234567"), key=f"desk {number}").code
        for number in range(more)
    }
    assert len(opened) == more


def test_a_budget_gives_what_it_has_and_no_more_then_begins_again(world) -> None:
    budget = Budget("prova", 3, dt.timedelta(hours=1))
    for left in (3, 2, 1):
        with writing(world.factory) as session:
            assert budgets.left_in(session, world.keyring, budget, "a", world.now) == left
            budgets.spend_in(session, world.keyring, budget, "a", world.now)
    for _ in range(3):
        with pytest.raises(BudgetSpent), writing(world.factory) as session:
            budgets.spend_in(session, world.keyring, budget, "a", world.now)
    with writing(world.factory) as session:
        assert budgets.spent_in(session, world.now) == {"prova": 1}
        budgets.spend_in(session, world.keyring, budget, "b", world.now)
        budgets.spend_in(session, world.keyring, budget, "a", world.later(hours=1))
    with writing(world.factory) as session:
        assert budgets.purge_in(session, world.now, dry_run=False) == 2


@pytest.mark.parametrize("role", ["medico", "sportello"])
def test_a_stranger_declares_nobody_s_consent(world, role: str) -> None:
    """Whoever says to be a doctor checks requirements; a referral needs the account, or the patient."""
    world.with_operators()
    case_id = world.cases.open(role, world.now, "198.51.100.7").id
    assert world.referrals.needs_account(case_id)
    with pytest.raises(AccountNeeded):
        world.a_referral(case_id=case_id)
    assert world.referrals.for_case(case_id) is None
    with_account = world.cases.open(role, world.now).id
    assert not world.referrals.needs_account(with_account)
    assert world.a_referral(case_id=with_account)
    assert not world.referrals.needs_account(from_network(world))


def test_a_text_message_waits_for_its_number_to_be_confirmed_too(world) -> None:
    case_id = from_network(world)
    told = confirmations.Outgoing("a:1", "persona_inviata", "+393331234567", "", "Rientro. Codice X.", None, "sms")
    with writing(world.factory) as session:
        confirmations.enqueue_in(session, world.keyring, "https://rientro.example.org", case_id, told, world.now)
    assert [(row.channel, row.kind) for row in outbox_of(world, case_id)] == [("sms", confirmations.MAIL)]
    [question] = outbox_of(world, case_id)
    text = world.keyring.cipher(case_id).open("outbox", "payload", question.id, question.payload_sealed)["text"]
    assert "Codice" not in text
    confirm(world, re.search(r"/conferma#(\S+)", text)[1])
    kinds = {(row.channel, row.kind) for row in outbox_of(world, case_id)}
    assert kinds == {("sms", confirmations.MAIL), ("sms", "persona_inviata")}


def outbox_of(world, case_id: str):
    with world.factory() as session:
        return session.scalars(select(OutboxRow).where(OutboxRow.case_id == case_id)).all()
