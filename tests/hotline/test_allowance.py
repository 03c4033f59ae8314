"""No network and no script can take the callbacks of a day from the others."""

from __future__ import annotations

import itertools

import pytest

from cases.budgets import BudgetSpent
from cases.db import writing
from hotline import allowance
from hotline.caller import Caller
from hotline.errors import SlotTaken
from referrals import confirmations
from settings.clock import ROME

NUMBERS = (f"333 1{number:06}" for number in itertools.count())


def conversation(desk, network: str, confirmed: str | None = None) -> str:
    case_id = desk.world.cases.open("cittadino", desk.now, network).id
    if confirmed:
        with writing(desk.world.factory) as session:
            confirmations.mark_in(session, desk.world.keyring, case_id, confirmed, desk.now)
    return case_id


def tomorrow(desk):
    """The slots of the next whole day."""
    slots = desk.hotline.callbacks.free_slots(desk.now, 60)
    day = next(s for s in slots if s.astimezone(ROME).date() > desk.now.date()).astimezone(ROME).date()
    return day, [slot for slot in slots if slot.astimezone(ROME).date() == day]


def take_all(desk, networks, confirmed: bool = False) -> int:
    """A script that asks for every place of a day, each from a new conversation with a new number."""
    _, slots = tomorrow(desk)
    got = 0
    for attempt, slot in enumerate(slots * desk.hotline.callbacks.timetable.places):
        address = f"script{attempt}@example.org" if confirmed else None
        case_id = conversation(desk, next(networks), address)
        try:
            desk.hotline.callbacks.book(case_id, slot, Caller(None, next(NUMBERS)), "persona", desk.now)
            got += 1
        except (BudgetSpent, SlotTaken):
            pass
    return got


def test_one_network_cannot_take_the_places_of_a_day(desk) -> None:
    """The attack that was seen: all the places of a day, in five seconds, from one network."""
    day, slots = tomorrow(desk)
    places = allowance.places_of(desk.hotline.callbacks.timetable, day)
    assert places == len(slots) * 2 == 32
    assert take_all(desk, itertools.repeat("198.51.100.7")) == places // 4
    free = [s for s in desk.hotline.callbacks.free_slots(desk.now, 60) if s in slots]
    assert len(free) >= len(slots) // 2
    # Somebody else, without any address, still gets a call that day.
    case_id = conversation(desk, "203.0.113.9")
    booked = desk.hotline.callbacks.book(case_id, free[0], Caller(None, next(NUMBERS)), "persona", desk.now)
    assert not booked.confirmed


def test_many_networks_leave_room_for_whoever_confirms_an_address(desk) -> None:
    day, slots = tomorrow(desk)
    places = allowance.places_of(desk.hotline.callbacks.timetable, day)
    assert take_all(desk, (f"198.51.100.{n}" for n in itertools.count())) == places * 3 // 4
    free = [s for s in desk.hotline.callbacks.free_slots(desk.now, 60) if s in slots]
    late = Caller(None, next(NUMBERS))
    with pytest.raises(BudgetSpent) as refused:
        desk.hotline.callbacks.book(conversation(desk, "203.0.113.9"), free[0], late, "persona", desk.now)
    assert refused.value.name == allowance.UNCONFIRMED
    confirmed = conversation(desk, "203.0.113.9", "ada@example.org")
    assert desk.hotline.callbacks.book(confirmed, free[0], late, "persona", desk.now).confirmed


def test_a_network_that_confirms_addresses_takes_half_at_most(desk) -> None:
    day, _ = tomorrow(desk)
    places = allowance.places_of(desk.hotline.callbacks.timetable, day)
    assert take_all(desk, itertools.repeat("198.51.100.7"), confirmed=True) == places // 2


def test_a_telephone_is_not_promised_again_and_again(desk) -> None:
    _, slots = tomorrow(desk)
    got, refused_by = 0, set()
    for number, slot in enumerate(slots):
        try:
            case_id = conversation(desk, f"198.51.100.{number}")
            desk.hotline.callbacks.book(case_id, slot, Caller(None, "333 1234567"), "persona", desk.now)
            got += 1
        except BudgetSpent as spent:
            refused_by.add(spent.name)
    assert got == allowance.BY_CONTACT.most
    assert refused_by == {allowance.BY_CONTACT.name}


def test_changing_the_hour_costs_the_network_nothing(desk) -> None:
    _, slots = tomorrow(desk)
    for _ in range(8):
        case_id = conversation(desk, "198.51.100.7")
        caller = Caller(None, next(NUMBERS))
        free = [s for s in desk.hotline.callbacks.free_slots(desk.now, 60) if s in slots]
        desk.hotline.callbacks.book(case_id, free[0], caller, "persona", desk.now)
    free = [s for s in desk.hotline.callbacks.free_slots(desk.now, 60) if s in slots]
    desk.hotline.callbacks.book(case_id, free[-1], caller, "persona", desk.now)
    assert desk.hotline.callbacks.of_case(case_id).starts_at == free[-1]


def test_the_desk_books_without_a_budget(desk) -> None:
    assert take_all(desk, itertools.repeat("198.51.100.7")) == 8
    _, slots = tomorrow(desk)
    free = [s for s in desk.hotline.callbacks.free_slots(desk.now, 60) if s in slots]
    case_id = conversation(desk, "198.51.100.7")
    booked = desk.hotline.callbacks.book(case_id, free[0], Caller(None, "333 1234567"), desk.sandro.actor, desk.now)
    assert booked.confirmed
