"""Projects, several times at once, keys and webhook, on both engines."""

from datetime import timedelta

import pytest

from referrals import slots
from referrals.connections import MOST_KEYS, Connections
from referrals.errors import LinkInvalid, NotAllowed
from referrals.projects import Content, ProjectChanged, ProjectNotFound, Projects
from referrals.slots import Slot

pytestmark = pytest.mark.any_database

ME = "ALFA"


@pytest.fixture
def projects(world):
    return Projects(world.with_operators().referrals)


def taken(world, **more):
    case = world.a_case(occupazione="disoccupato", invalidita_percento=70)
    return world.at_state("presa_in_carico", case_id=case.id, measure="azioni_di_rete", **more)


def test_a_project_keeps_its_content_and_its_people(world, projects):
    content = Content("Rete", [{"name": "Alfa", "kind": "azienda", "lead": True}], 12, 1000.5, 20, ["coaching"])
    id_ = projects.create(ME, content, world.now)
    opened = taken(world)
    projects.add(ME, id_, opened.code, world.now)
    projects.add(ME, id_, opened.code, world.now)
    projects.plan(ME, id_, opened.code, ["avvio_impresa"], world.now)
    found = projects.get(ME, id_)
    assert found.content == content
    assert [(p.code, p.services) for p in found.people] == [(opened.code, ("avvio_impresa",))]
    draft = projects.draft(found, content, lambda facts: {k: v for k, v in facts.items() if k == "occupazione"})
    assert draft["recipients"]["people"] == [{"facts": {"occupazione": "disoccupato"}, "services": ["avvio_impresa"]}]
    assert [line.people for line in projects.page(ME)[0]] == [1]


def test_only_its_operator_reaches_a_project(world, projects):
    id_ = projects.create(ME, Content("Rete"), world.now)
    for act in (
        lambda: projects.get("BETA", id_),
        lambda: projects.save("BETA", id_, Content("x"), 1, world.now),
        lambda: projects.add("BETA", id_, taken(world).code, world.now),
        lambda: projects.delete("BETA", id_),
    ):
        with pytest.raises(ProjectNotFound):
            act()
    with pytest.raises(NotAllowed):
        projects.add(ME, id_, taken(world, site="BETA-1").code, world.now)
    assert projects.page("BETA") == ([], 0)


def test_saving_over_somebody_else_s_version_is_refused(world, projects):
    id_ = projects.create(ME, Content("Rete"), world.now)
    version = projects.get(ME, id_).version
    projects.save(ME, id_, Content("Nuovo"), version, world.now)
    with pytest.raises(ProjectChanged):
        projects.save(ME, id_, Content("Tardi"), version, world.now)
    assert projects.get(ME, id_).content.title == "Nuovo"


def test_who_erases_their_data_or_withdraws_consent_is_not_read(world, projects):
    id_ = projects.create(ME, Content("Rete"), world.now)
    first, second = taken(world), taken(world)
    for opened in (first, second):
        projects.add(ME, id_, opened.code, world.now)
    world.cases.withdraw_consent(world.referrals.get(first.code).case_id, "invio", world.now)
    world.cases.erase(world.referrals.get(second.code).case_id, world.now)
    found = projects.get(ME, id_)
    assert [person.code for person in found.people] == [first.code]
    draft = projects.draft(found, found.content, lambda facts: facts)
    assert draft["recipients"]["people"] == [{"facts": {}, "services": None}]


def test_several_times_make_one_notice(world):
    world.with_operators()
    opened = world.at_state("presa_in_carico")
    world.deliver()
    before = len(world.mails("ada@example.org"))
    times = [Slot(world.now + timedelta(days=n)) for n in (1, 2, 3)]
    assert slots.propose(world.referrals, opened.code, "operatore:ALFA", times, world.now) == 3
    assert slots.propose(world.referrals, opened.code, "operatore:ALFA", times, world.now) == 0
    world.deliver()
    assert len(world.mails("ada@example.org")) == before + 1
    with pytest.raises(NotAllowed):
        slots.propose(world.referrals, opened.code, "operatore:BETA", times, world.now)
    for wrong in ([], times * 2, [Slot(world.now)], [Slot(world.later(days=1), place="luna")]):
        with pytest.raises(ValueError):
            slots.propose(world.referrals, opened.code, "operatore:ALFA", wrong, world.now)


def test_keys_are_few_revocable_and_kept_as_hashes(world):
    world.with_operators()
    side = Connections(world.referrals)
    made = [side.new_key(ME, world.now) for _ in range(MOST_KEYS)]
    with pytest.raises(NotAllowed):
        side.new_key(ME, world.now)
    assert world.operators.operator_for_key(made[0], world.now) == ME
    listed = side.keys(ME, world.now)
    assert len(listed) == MOST_KEYS and not any(key.id in made for key in listed)
    assert not side.revoke_key("BETA", listed[0].id, world.now)
    assert all(side.revoke_key(ME, key.id, world.now) for key in listed)
    with pytest.raises(LinkInvalid):
        world.operators.operator_for_key(made[0], world.now)


def test_the_webhook_changes_secret_and_goes_away(world):
    world.with_operators()
    side = Connections(world.referrals)
    secrets = {side.set_webhook(ME, "https://example.org/eventi", world.now) for _ in range(2)}
    assert len(secrets) == 2 and side.webhook(ME) == "https://example.org/eventi"
    with pytest.raises(ValueError):
        side.set_webhook(ME, "http://example.org", world.now)
    side.remove_webhook(ME, world.now)
    assert side.webhook(ME) is None
