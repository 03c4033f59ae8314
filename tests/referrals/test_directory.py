"""Searching the directory: near, with room, fresh, and fair."""

from collections import Counter
from datetime import timedelta

import pytest

from referrals import comuni
from referrals.directory import Directory, demo_operators

HEAD = "operatore_id,operatore,sede_id,sede,indirizzo,comune,provincia,email,misure,posti,aggiornato_il\n"


def line(number, comune="Milano", provincia="MI", measure="tirocinio", places_left="3", day="2025-05-01"):
    who = f"O{number},Operatore dimostrativo {number},O{number}-1,Sede,Via 1,{comune},{provincia},o{number}@example.org"
    return f"{who},{measure},{places_left},{day}\n"


def fill(world, *lines):
    report = world.directory.import_csv(HEAD + "".join(lines), world.now)
    assert report.ok, report.text()


def order(world, **search):
    return [m.operator_id for m in world.directory.nearest(on=world.today, **search)]


def test_the_nearest_comes_first(world):
    fill(world, line(1, "Mantova", "MN"), line(2, "Lodi", "LO"), line(3))
    assert order(world, comune="milano") == ["O3", "O2", "O1"]
    assert order(world, comune="Mantova") == ["O1", "O2", "O3"]
    kms = [m.km for m in world.directory.nearest("Milano", on=world.today)]
    assert kms == sorted(kms)
    assert kms[0] == 0


def test_a_full_site_comes_last_and_an_unknown_capacity_after_a_known_one(world):
    fill(world, line(1, places_left="0"), line(2, places_left=""), line(3), line(4, "Mantova", "MN"))
    assert order(world, comune="Milano") == ["O3", "O2", "O4", "O1"]


def test_fresh_records_come_before_stale_ones_at_the_same_distance(world):
    fill(world, line(1, day="2024-01-01"), line(2), line(3, day=""))
    assert order(world, comune="Milano")[0] == "O2"


def test_only_sites_that_offer_the_measure_on_that_day(world):
    fill(
        world,
        line(1, measure="tirocinio:2025-01-01/2025-06-03"),
        line(2, measure="tirocinio@catalogo:2025-06-04/"),
        line(3, measure="azioni_di_rete"),
    )
    assert order(world, measure="tirocinio") == ["O1"]
    world.later(days=1)
    assert order(world, measure="tirocinio") == ["O2"]


def test_the_same_search_gives_the_same_order_and_ties_rotate_fairly(world):
    fill(world, *(line(n) for n in range(6)))
    search = {"comune": "Milano", "measure": "tirocinio", "case_id": "c1"}
    assert order(world, **search) == order(world, **search)
    first = Counter(order(world, comune="Milano", limit=1, case_id=f"case {n}")[0] for n in range(600))
    assert set(first) == {f"O{n}" for n in range(6)}
    assert max(first.values()) < 2 * min(first.values())
    by_day = set()
    for _ in range(30):
        by_day.add(order(world, comune="Milano", limit=1)[0])
        world.later(days=1)
    assert len(by_day) >= 4


def test_an_unknown_comune_falls_back_to_the_province_and_then_to_no_distance(world):
    fill(world, line(1, "Sondrio", "SO"), line(2, "Lecco", "LC"), line(3, "Bormio", "SO"))
    assert set(order(world, comune="Zibidopoli", provincia="SO")[:2]) == {"O1", "O3"}
    assert all(m.km is None for m in world.directory.nearest("Zibidopoli", on=world.today))
    assert len(order(world)) == 3


def test_somebody_from_outside_lombardia_is_served_too(world):
    fill(world, line(1, "Lodi", "LO"), line(2, "Sondrio", "SO"))
    assert order(world, comune="Piacenza") == ["O1", "O2"]


def test_inactive_operators_and_excluded_ones_are_not_shown(world):
    fill(world, line(1), line(2))
    assert order(world, exclude_operators=("O1",)) == ["O2"]
    report = world.directory.import_csv(HEAD + line(2), world.now, complete=True)
    assert report.deactivated == 1
    assert order(world) == ["O2"]
    assert world.directory.site("O1-1") is not None


def test_who_chooses_is_not_offered_a_site_that_cannot_be_written_to(world):
    fill(world, line(1), line(2).replace("o2@example.org", ""))
    assert set(order(world)) == {"O1", "O2"}
    assert order(world, case_id="c1") == ["O1"]


@pytest.fixture
def demo(world):
    assert world.directory.is_empty()
    report = world.directory.import_csv(demo_operators(), world.now)
    assert report.ok, report.text()
    assert not world.directory.is_empty()
    return world.directory.nearest(limit=1000)


def test_the_demo_set_is_plainly_fictitious_and_covers_lombardia(demo):
    assert len(demo) >= 40
    assert {m.provincia for m in demo} == set(comuni.LOMBARDIA)
    assert all(m.operator.startswith("Operatore dimostrativo") and m.demo for m in demo)
    assert all(m.email.endswith("@example.org") for m in demo)
    assert all(m.phone.startswith("000") for m in demo)


@pytest.mark.parametrize("comune", ["Milano", "Livigno", "Luino", "Ostiglia", "Varzi"])
@pytest.mark.parametrize("measure", ["dote_ritorno_al_lavoro", "azioni_di_rete", "tirocinio", "collocamento_mirato"])
def test_from_anywhere_the_demo_set_offers_a_choice(world, demo, comune, measure):
    found = world.directory.nearest(comune, measure=measure, on=world.today)
    assert len(found) == 5
    assert found[0].km < 60


def test_a_thousand_sites_are_imported_and_searched(world):
    towns = [p for provincia in comuni.LOMBARDIA for p in comuni.all_in(provincia)]
    lines = [line(n, f'"{p.name}"', p.provincia) for n, p in enumerate(towns[:1000])]
    fill(world, *lines)
    assert len(world.directory.nearest("Milano", measure="tirocinio", limit=10_000, on=world.today)) == 1000
    assert world.directory.import_csv(HEAD + "".join(lines), world.later(days=1)).unchanged == 1000


def test_a_directory_needs_no_more_queries_with_more_sites(world):
    from sqlalchemy import event

    statements = []
    event.listen(world.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    counts = []
    for number in (5, 60):
        fill(world, *(line(n) for n in range(number)))
        statements.clear()
        Directory(world.factory).nearest("Milano", measure="tirocinio", on=world.today + timedelta(days=number))
        counts.append(len([s for s in statements if s.startswith("SELECT")]))
    assert counts == [2, 2]
