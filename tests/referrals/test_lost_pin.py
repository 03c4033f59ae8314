"""A lost PIN: a link that works once goes to the contact on record, or the hotline asks who it is."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from cases.models import JournalRow
from referrals import codes
from referrals.contact import Contact
from referrals.errors import LinkInvalid
from referrals.lost_pin import BY_QUESTIONS, LostPin, WrongAnswers
from referrals.notice_models import CallTaskRow


@pytest.fixture(autouse=True)
def operators(world):
    world.with_operators()


def link_in(world):
    world.deliver()
    mails = [m for m in world.mails(to="ada@example.org") if "PIN nuovo" in m.subject]
    return re.search(r"/segnalazione/pin#(\S+)", mails[-1].text).group(1)


def test_the_link_works_once_and_the_old_pin_no_more(world):
    opened = world.sent()
    lost = LostPin(world.referrals)
    lost.ask(opened.code.lower(), world.now)
    token = link_in(world)
    assert world.referrals.check_pin(opened.code, opened.pin, world.now), "asking alone changes nothing"
    code, pin = lost.redeem(token, world.now)
    assert code == opened.code and pin != opened.pin
    assert world.referrals.check_pin(code, pin, world.now)
    assert not world.referrals.check_pin(code, opened.pin, world.now)
    with pytest.raises(LinkInvalid):
        lost.redeem(token, world.now)


def test_an_old_link_is_refused_and_an_unknown_code_says_nothing(world):
    opened = world.sent()
    lost = LostPin(world.referrals)
    lost.ask(codes.new_code(), world.now)
    lost.ask(opened.code, world.now)
    with pytest.raises(LinkInvalid):
        lost.redeem(link_in(world), world.now + timedelta(days=2))


def test_who_has_a_telephone_only_is_called(world):
    opened = world.sent(contact=Contact("Ada Prova", "02 7654321"))
    LostPin(world.referrals).ask(opened.code, world.now)
    with world.referrals.session_factory() as session:
        assert session.scalars(select(CallTaskRow)).one().kind == "persona_pin"
    assert world.referrals.told(opened.code)[-1].event == "Un PIN nuovo"


def test_the_hotline_gives_one_after_the_right_answers(world):
    opened = world.sent()
    lost = LostPin(world.referrals)
    place = world.referrals.get(opened.code).site.comune
    for name, where in [("Ada", place), ("Eva Prova", place), ("Ada Prova", ""), ("Ada Prova", "Palermo"), ("", "")]:
        with pytest.raises(WrongAnswers):
            lost.reissue(opened.code, name, where, "sportello:x", world.now)
    with pytest.raises(WrongAnswers):
        lost.reissue(opened.code, "Ada Prova", place, "sportello:x", world.now)  # too many tries today
    tomorrow = world.now + timedelta(days=1)
    pin = lost.reissue(opened.code, "prova ADA", place, "sportello:x", tomorrow)
    assert world.referrals.check_pin(opened.code, pin, tomorrow)
    with world.referrals.session_factory() as session:
        events = list(session.scalars(select(JournalRow.event).where(JournalRow.actor == "sportello:x")))
    assert events == ["pin_risposte_sbagliate"] * BY_QUESTIONS.most + ["pin_nuovo"]
