"""Anonymous counts survive erasure and give nobody away."""

from sqlalchemy import text

from cases import statistics
from referrals.contact import Contact


def read(world):
    with world.factory() as session:
        months = statistics.by_month(session)
    return {(month, *key): count for month, counts in months.items() for key, count in counts.items()}


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


def test_a_rolled_back_transaction_counts_nothing(world):
    with world.factory() as session:
        session.execute(text("SELECT 1"))
        statistics.count_in(session, world.now, "prova")
        session.rollback()
        session.commit()
    assert read(world) == {}


def outcomes(world, event):
    return {outcome: count for (_, found, _, _, outcome), count in read(world).items() if found == event}


def test_taking_charge_counts_the_working_days_it_took(world):
    world.with_operators()
    for days in (0, 1, 2, 6, 7, 8, 14, 15):  # from Tuesday 3 June 2025; Monday 2 June was a holiday
        started = world.now
        opened = world.sent(contact=Contact("Ada Prova", f"333 12345{days:02}"))
        world.later(days=days)
        world.referrals.transition(opened.code, "presa_in_carico", "operatore:ALFA", world.now)
        world.now = started
    assert outcomes(world, "presa_in_carico_tempo") == {"0_1": 2, "2_3": 1, "4_5": 2, "6_10": 2, "oltre_10": 1}


def test_refusals_count_their_reason_and_free_words_are_other(world):
    world.with_operators()
    for number, reason in enumerate(("nessun_posto", "La signora Ada non risponde")):
        opened = world.sent(contact=Contact("Ada Prova", f"333 123450{number}"))
        world.referrals.transition(opened.code, "rifiutata", "operatore:ALFA", world.now, reason)
    assert outcomes(world, "rifiuto") == {"nessun_posto": 1, "altro": 1}


def test_every_conclusion_counts_an_outcome(world):
    world.with_operators()
    told = world.at_state("pip_sottoscritto")
    world.operators.conclude(told.code, "operatore:ALFA", "nuovo_lavoro", world.now)
    world.at_state("conclusa")
    assert outcomes(world, "esito") == {"nuovo_lavoro": 1, "non_indicato": 1}


def test_people_are_counted_under_a_lombard_province_elsewhere_or_nowhere():
    assert [
        statistics.place_of(facts) for facts in ({"provincia": "SO"}, {"provincia": "TO"}, {}, {"provincia": None})
    ] == [
        "SO",
        statistics.ELSEWHERE,
        "",
        "",
    ]


def test_waits_fall_into_their_classes():
    assert [statistics.wait_class(days) for days in (0, 1, 2, 3, 5, 6, 10, 11, 300)] == [
        "0_1", "0_1", "2_3", "2_3", "4_5", "6_10", "6_10", "oltre_10", "oltre_10",
    ]  # fmt: skip
