"""The person's side: change data, answer, choose again."""

import pytest

from cases import CaseNotFound
from referrals.contact import Contact, ContactError, Preferences
from referrals.errors import AlreadyOpen, NotAllowed, SiteNotFound
from tests.cases.world import CONSENT

pytestmark = pytest.mark.any_database


@pytest.fixture(autouse=True)
def operators(world):
    world.with_operators()


def again(world, code, site="BETA-1", key="again"):
    return world.person.reassign(code, site, CONSENT + " Due", "1", key, world.now)


def test_changed_contact_data_reach_the_operator_as_news_not_as_content(world):
    opened = world.at_state("presa_in_carico")
    world.deliver()
    before = len(world.mails(to="alfa@example.org"))
    world.person.change_contact(
        opened.code, Contact("Ada Prova", "02 7654321"), world.now, Preferences("telefono", "sera")
    )
    world.deliver()
    (mail,) = [m for m in world.mails(to="alfa@example.org") if "recapiti cambiati" in m.subject]
    assert len(world.mails(to="alfa@example.org")) == before + 1
    assert "7654321" not in mail.text
    card = world.operators.card(opened.code, "operatore:ALFA", world.now)
    assert (card.contact.telefono, card.preferences.hours) == ("+39027654321", "sera")


def test_contact_data_of_a_closed_referral_do_not_change(world):
    opened = world.at_state("annullata")
    with pytest.raises(NotAllowed):
        world.person.change_contact(opened.code, Contact("Ada", "02 7654321"), world.now)
    with pytest.raises(ContactError):
        world.person.change_contact(world.sent().code, Contact("Ada"), world.now)


def test_nobody_called_reminds_the_operator(world):
    opened = world.at_state("presa_in_carico")
    world.person.follow_up(opened.code, False, world.now)
    world.deliver()
    assert f"Segnalazione {opened.code}: la persona aspetta" in [m.subject for m in world.mails(to="alfa@example.org")]
    called = world.at_state("presa_in_carico", site="GAMMA-1")
    world.person.follow_up(called.code, True, world.now)
    assert world.deliver() > 0
    assert not [m for m in world.mails(to="gamma@example.org") if "aspetta" in m.subject]


def test_other_operators_are_proposed_near_the_person_and_not_those_tried(world):
    case_id = world.a_case(comune="Lodi").id
    opened = world.at_state("rifiutata", case_id=case_id)
    assert [s.site_id for s in world.person.proposals(opened.code, world.now)] == ["GAMMA-1", "BETA-1"]
    second = again(world, opened.code, "GAMMA-1")
    world.referrals.transition(second.code, "inviata", "sistema", world.now)
    world.referrals.transition(second.code, "rifiutata", "operatore:GAMMA", world.now, "nessun_posto")
    assert [s.site_id for s in world.person.proposals(second.code, world.now)] == ["BETA-1"]


@pytest.mark.parametrize("state", ["rifiutata", "scaduta"])
def test_a_new_attempt_has_its_own_code_the_same_pin_and_the_same_contact_data(world, state):
    first = world.at_state(state)
    second = again(world, first.code)
    assert second.code != first.code
    assert second.pin == first.pin
    assert world.referrals.check_pin(second.code, first.pin, world.now)
    old, new = world.referrals.get(first.code), world.referrals.get(second.code)
    assert (old.state, old.next_code) == ("riassegnata", second.code)
    assert (new.state, new.attempt, new.operator_id) == ("aperta", 2, "BETA")
    assert world.person.contact(second.code) == world.person.contact(first.code)
    assert world.referrals.for_case(new.case_id).code == second.code
    world.deliver()
    assert world.referrals.get(second.code).state == "inviata"
    assert "altro operatore" not in "".join(m.text for m in world.mails(to="ada@example.org"))


def test_choosing_again_twice_makes_one_attempt(world):
    first = world.at_state("rifiutata")
    assert again(world, first.code) == again(world, first.code)
    with pytest.raises(NotAllowed):
        again(world, first.code, key="another click")


def test_the_new_consent_is_recorded(world):
    first = world.at_state("rifiutata")
    again(world, first.code)
    case = world.cases.get(world.referrals.get(first.code).case_id)
    assert case.consents["invio"].text == CONSENT + " Due"


def test_a_new_attempt_that_fails_leaves_the_old_as_it_was(world):
    first = world.at_state("rifiutata")
    with pytest.raises(SiteNotFound):
        again(world, first.code, site="NESSUNA")
    assert world.referrals.get(first.code).state == "rifiutata"
    assert again(world, first.code, key="again").site.site_id == "BETA-1"


def test_no_new_attempt_while_one_is_open_or_after_erasure(world):
    case_id = world.a_case().id
    first = world.at_state("rifiutata", case_id=case_id)
    world.a_referral(case_id=case_id, site="GAMMA-1")
    with pytest.raises(AlreadyOpen):
        again(world, first.code)
    world.cases.erase(case_id, world.now)
    with pytest.raises((NotAllowed, CaseNotFound)):
        again(world, first.code, key="k3")
