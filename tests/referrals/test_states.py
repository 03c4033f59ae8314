"""The table of states is the rule: every move in it works, every other is refused."""

import itertools
from pathlib import Path

import pytest

from referrals import states
from referrals.errors import NotAllowed, ReasonRequired
from referrals.states import Actor, State

ACTORS = {
    Actor.PERSONA: "persona",
    Actor.OPERATORE: "operatore:ALFA",
    Actor.SPORTELLO: "sportello:7",
    Actor.SISTEMA: "sistema",
}
MOVES = [pytest.param(t, actor, id=f"{t.source}-{t.target}-{actor}") for t in states.TRANSITIONS for actor in t.actors]


@pytest.mark.parametrize(("move", "actor"), MOVES)
def test_every_move_of_the_table_works_and_leaves_its_step(world, move, actor):
    world.with_operators()
    opened = world.at_state(move.source)
    if actor in move.needs_reason:
        with pytest.raises(ReasonRequired):
            world.referrals.transition(opened.code, move.target, ACTORS[actor], world.now, "  ")
    moved = world.referrals.transition(
        opened.code, move.target, ACTORS[actor], world.later(minutes=1), "nessun_posto" if move.needs_reason else None
    )
    assert moved.state == move.target
    assert (moved.steps[-1].state, moved.steps[-1].by, moved.steps[-1].at) == (move.target, actor, world.now)
    assert world.referrals.get(opened.code) == moved


@pytest.mark.parametrize("source", State)
def test_every_other_move_is_refused_to_everyone(world, source):
    world.with_operators()
    opened = world.at_state(source)
    before = world.referrals.get(opened.code)
    for target, actor in itertools.product(State, Actor):
        move = states.find(source, target)
        if target == source or (move and actor in move.actors):
            continue
        with pytest.raises(NotAllowed):
            world.referrals.transition(opened.code, target, ACTORS[actor], world.now, "altro")
    assert world.referrals.get(opened.code) == before


def test_another_operator_can_do_nothing(world):
    world.with_operators()
    opened = world.sent()
    for target in (State.PRESA_IN_CARICO, State.RIFIUTATA, State.ANNULLATA, State.INVIATA):
        with pytest.raises(NotAllowed):
            world.referrals.transition(opened.code, target, "operatore:BETA", world.now, "altro")


def test_a_second_click_changes_nothing(world):
    world.with_operators()
    opened = world.at_state("presa_in_carico")
    again = world.referrals.transition(opened.code, "presa_in_carico", "operatore:ALFA", world.later(minutes=5))
    assert len(again.steps) == 3


def test_a_free_reason_is_sealed_and_the_journal_only_says_other(world):
    world.with_operators()
    opened = world.sent()
    world.referrals.transition(opened.code, "rifiutata", "operatore:ALFA", world.now, "La signora Zenobia non risponde")
    assert world.referrals.get(opened.code).reason == "Altro motivo"
    assert world.operators.card(opened.code, "operatore:ALFA", world.now).note == "La signora Zenobia non risponde"


def test_an_unknown_actor_is_an_error(world):
    world.with_operators()
    with pytest.raises(ValueError, match="hacker"):
        world.referrals.transition(world.a_referral().code, "inviata", "hacker", world.now)


def test_the_contract_s_ways_exist():
    way = ["aperta", "inviata", "presa_in_carico", "appuntamento_fissato", "pip_sottoscritto", "conclusa"]
    assert all(states.find(a, b) for a, b in itertools.pairwise(way))
    before_the_plan = way[:4]
    assert all(states.find(state, "annullata") for state in before_the_plan)
    assert not any(states.find(state, "annullata") for state in way[4:])
    assert {t.target for t in states.TRANSITIONS if t.source in ("rifiutata", "scaduta")} == {"riassegnata"}


def test_the_documentation_shows_this_table():
    page = Path(__file__).parents[2] / "docs" / "referrals.md"
    assert states.markdown() in page.read_text(encoding="utf-8")
