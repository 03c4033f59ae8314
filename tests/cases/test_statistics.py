"""Anonymous counts survive erasure and give nobody away."""

from sqlalchemy import text

from cases import statistics


def read(world, smallest=1):
    with world.factory() as session:
        return {
            (r["month"], r["event"], r["measure"], r["provincia"], r["outcome"]): r["count"]
            for r in statistics.read(session, smallest)
        }


def test_counts_survive_the_erasure_of_the_case(world):
    world.with_operators()
    opened = world.at_state("presa_in_carico")
    before = read(world)
    key = ("2025-06", "segnalazione", "dote_ritorno_al_lavoro", "MI", "presa_in_carico")
    assert before[key] == 1
    world.cases.erase(world.referrals.get(opened.code).case_id, world.now)
    assert read(world).items() >= before.items()


def test_counts_add_up(world):
    for _ in range(7):
        world.a_case()
    assert read(world) == {("2025-06", "caso_aperto", "", "", "cittadino"): 7}


def test_small_counts_are_not_shown(world):
    for _ in range(4):
        world.a_case()
    assert list(read(world, statistics.SMALLEST_SHOWN).values()) == [None]
    world.a_case()
    assert list(read(world, statistics.SMALLEST_SHOWN).values()) == [5]


def test_a_rolled_back_transaction_counts_nothing(world):
    with world.factory() as session:
        session.execute(text("SELECT 1"))
        statistics.count_in(session, world.now, "prova")
        session.rollback()
        session.commit()
    assert read(world) == {}
