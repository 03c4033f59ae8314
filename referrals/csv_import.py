"""Reading the operators' file: one line, one site. Columns are described in docs/operators-csv.md."""

import csv
import functools
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

import eligibility
from referrals import comuni
from referrals.directory_models import OperatorRow, ServiceRow, SiteRow
from settings.clock import ROME
from texts import typed

REQUIRED = ("operatore_id", "operatore", "sede_id", "sede", "indirizzo", "comune", "provincia")
OPTIONAL = (
    "cap",
    "telefono",
    "email",
    "albo_lavoro",
    "albo_formazione_sezione",
    "misure",
    "aree_servite",
    "orari",
    "lingue",
    "accessibilita",
    "posti",
    "aggiornato_il",
    "sito_web",
    "capienza_url",
    "dimostrativo",
    "attivo",
)
MAX_BYTES = 20_000_000
MAX_LINES = 100_000
MOST_SHOWN = 200  # problems listed one by one; the rest are counted
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,30}")
# Two bytes of one letter in UTF-8, or an attempt at one: no word in Windows-1252 has them side by side.
_LIKE_UTF_8 = re.compile(rb"[\xc0-\xdf][\x80-\xbf]")
# A spreadsheet would run these as formulas when the directory is exported again.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass
class ImportReport:
    """What an import did, or would do. ``errors`` and ``warnings``: Italian lines, one per problem."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    deactivated: int = 0
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    dry_run: bool = False

    @property
    def ok(self) -> bool:
        """True if no line was refused."""
        return not self.errors

    @property
    def sites(self) -> int:
        """How many sites the file described correctly."""
        return self.created + self.updated + self.unchanged

    def text(self) -> str:
        """The report in Italian, for a terminal or a page."""
        would = "Prova, nulla è stato scritto. " if self.dry_run else ""
        summary = (
            f"{would}Sedi nuove: {self.created}. Aggiornate: {self.updated}. "
            f"Uguali: {self.unchanged}. Disattivate: {self.deactivated}. "
            f"Righe con errori: {len(self.errors)}."
        )
        lines = [*self.errors, *self.warnings]
        if len(lines) > MOST_SHOWN:
            lines[MOST_SHOWN:] = [f"Altri problemi: {len(lines) - MOST_SHOWN}. Corregga questi e riprovi."]
        return "\n".join([summary, *lines])


class _Refused(ValueError):
    """Why a line cannot be imported, in Italian."""


def import_in(session: Session, path_or_text: str | Path, now: datetime, complete: bool = False) -> ImportReport:
    """Import in the caller's transaction. See :meth:`referrals.directory.Directory.import_csv`."""
    report = ImportReport()
    try:
        lines = list(_read(path_or_text))
    except _Refused as refused:
        report.errors.append(str(refused))
        return report
    operators = {o.id: o for o in session.scalars(select(OperatorRow))}
    sites = {s.id: s for s in session.scalars(select(SiteRow).options(selectinload(SiteRow.services)))}
    seen: dict[str, int] = {}
    names: dict[str, tuple[str, int]] = {}
    for number, raw in lines:
        try:
            site_id = _identifier(raw, "sede_id")
            if site_id in seen:
                raise _Refused(f"la sede {site_id} è già alla riga {seen[site_id]}")
            operator = _operator_values(raw)
            name = str(operator["name"])
            first = names.setdefault(str(operator["id"]), (name, number))
            if first[0] != name:
                raise _Refused(f"l'operatore {operator['id']} ha un altro nome alla riga {first[1]}")
            values, services, warnings = _site_values(raw, operator["id"])
            verified = values["verified_on"]
            today = now.astimezone(ROME).date()
            if isinstance(verified, date) and verified > today and not operator["demo"]:  # fictitious, dates too
                raise _Refused(f"aggiornato_il è nel futuro ({verified})")
        except _Refused as refused:
            report.errors.append(f"Riga {number}: {refused}.")
            continue
        seen[site_id] = number
        report.warnings += [f"Riga {number}: {warning}." for warning in warnings]
        changed = _write_operator(session, operators, operator, now)
        existing = sites.get(site_id)
        if existing is None:
            site = SiteRow(id=site_id, updated_at=now, **values)
            site.services = [ServiceRow(site_id=site_id, **s) for s in services]
            session.add(site)
            sites[site_id] = site
            report.created += 1
        elif _update_site(existing, values, services, now) or changed:
            report.updated += 1
        else:
            report.unchanged += 1
    if complete and not report.errors:
        for site_id, site in sites.items():
            if site.active and site_id not in seen:
                site.active, site.updated_at = False, now
                report.deactivated += 1
    session.flush()
    return report


def _read(source: str | Path) -> Iterable[tuple[int, dict[str, str]]]:
    if isinstance(source, str) and "\n" in source:
        data = source.encode()
    else:
        try:
            with Path(source).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except (OSError, ValueError):
            raise _Refused(f"Non riesco a leggere il file {Path(source).name}.") from None
    if len(data) > MAX_BYTES:
        raise _Refused("Il file è troppo grande: al massimo 20 MB.")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _Refused("Il file è in UTF-16: lo salvi come «CSV UTF-8».")
    text = _decoded(data).lstrip("\ufeff")
    if "\0" in text:
        raise _Refused("Il file non è un CSV: contiene caratteri nulli.")
    delimiter, before, text = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        columns = _without_empty_end([c.strip().lower() for c in next(reader, [])])
        missing = [c for c in REQUIRED if c not in columns]
        if missing:
            raise _Refused("Mancano le colonne: " + _some(missing) + ".")
        unknown = [c for c in columns if c not in REQUIRED + OPTIONAL]
        if unknown or len(set(columns)) != len(columns):
            raise _Refused("Colonne sconosciute o doppie: " + _some(unknown or columns) + ".")
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if reader.line_num > MAX_LINES:
                raise _Refused(f"Il file ha troppe righe: al massimo {MAX_LINES}.")
            if not any(cell.strip() for cell in cells[len(columns) :]):
                cells = cells[: len(columns)]  # separators that a spreadsheet left at the end
            if len(cells) != len(columns):
                # Reported as a line error by _identifier, with its number.
                cells = []
            yield before + reader.line_num, dict(zip(columns, (c.strip() for c in cells), strict=False))
    except csv.Error:
        raise _Refused(f"Il file non è un CSV valido alla riga {before + reader.line_num}.") from None


def _decoded(data: bytes) -> str:
    """UTF-8, or what Windows writes when nobody says otherwise."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as strange:
        at = strange.start
        try:
            if not _LIKE_UTF_8.search(data):  # else it is UTF-8 with something broken, and would be read wrong
                return data.decode("cp1252")
        except UnicodeDecodeError as error:
            at = max(at, error.start)
        line = data[:at].count(b"\n") + 1
        raise _Refused(
            f"Il file non è né in UTF-8 né in Windows-1252 (riga {line}): lo salvi come «CSV UTF-8»."
        ) from None


def _delimiter(text: str) -> tuple[str, int, str]:
    """The character between cells, how many lines stand before the heading, and the text from the heading on."""
    head, _, rest = text.partition("\n")
    said = re.fullmatch(r"\"?sep=(.)\"?", head.strip("\r "), re.IGNORECASE)
    if said:
        return said[1], 1, rest
    return max(",;\t", key=head.count), 0, text


def _without_empty_end(columns: list[str]) -> list[str]:
    end = len(columns)
    while end and not columns[end - 1]:
        end -= 1
    return columns[:end]


def _operator_values(raw: dict[str, str]) -> dict[str, object]:
    section = raw.get("albo_formazione_sezione", "").upper()
    if section not in ("", "A", "B"):
        raise _Refused("albo_formazione_sezione deve essere A, B o vuota")
    return {
        "id": _identifier(raw, "operatore_id"),
        "name": _text(raw, "operatore", 200, needed=True),
        "albo_lavoro": _text(raw, "albo_lavoro", 40),
        "albo_formazione_sezione": section or None,
        "website": _url(raw, "sito_web"),
        "capacity_url": _url(raw, "capienza_url"),
        "demo": _yes_no(raw, "dimostrativo", False),
    }


def _site_values(
    raw: dict[str, str], operator_id: object
) -> tuple[dict[str, object], list[dict[str, object]], list[str]]:
    warnings: list[str] = []
    provincia = raw["provincia"].upper()
    place = comuni.find(raw["comune"], provincia)
    if place is None:
        raise _Refused(f"il comune «{_shown(raw['comune'])}» non esiste")
    if place.provincia != provincia:
        raise _Refused(f"{place.name} è in provincia di {place.provincia}, non {_shown(provincia)}")
    cap = raw.get("cap", "")
    if cap and not re.fullmatch(r"[0-9]{5}", cap):
        lost = " Il foglio di calcolo ha forse tolto lo zero iniziale" if re.fullmatch(r"[0-9]{3,4}", cap) else ""
        raise _Refused("il CAP deve avere 5 cifre" + (lost and "." + lost))
    capacity = raw.get("posti", "")
    if capacity and not re.fullmatch(r"\d{1,4}", capacity):
        raise _Refused("posti deve essere un numero da 0 a 9999")
    verified = _date(raw, "aggiornato_il")
    if verified is None:
        warnings.append("manca aggiornato_il: la sede sarà proposta dopo quelle aggiornate")
    email = raw.get("email", "")
    if email:
        # Reserved domains (example.org, .invalid) are what demo and test data must use.
        reserved = re.fullmatch(r"[\w.+-]{1,64}@[\w.-]{1,255}\.(invalid|example)", email, re.ASCII)
        email = typed.email(email) or (email if reserved else "")
        if not email:
            raise _Refused("l'indirizzo e-mail non è valido")
    else:
        warnings.append("manca l'e-mail: la sede non può ricevere segnalazioni")
    services = _services(raw)
    if not services:
        warnings.append("nessuna misura: la sede non sarà proposta per una misura")
    values = {
        "operator_id": operator_id,
        "name": _text(raw, "sede", 200, needed=True),
        "address": _text(raw, "indirizzo", 200, needed=True),
        "cap": cap or None,
        "comune": place.name,
        "provincia": place.provincia,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "phone": _phone(raw),
        "email": email or None,
        "hours": _text(raw, "orari", 300),
        "languages": ";".join(_list(raw, "lingue", r"[a-z]{2}", "codici di due lettere come it;en")),
        "accessibility": _text(raw, "accessibilita", 200) or "",
        "service_areas": _text(raw, "aree_servite", 300) or "",
        "capacity": int(capacity) if capacity else None,
        "verified_on": verified,
        "active": _yes_no(raw, "attivo", True),
    }
    return values, services, warnings


@functools.cache
def offered_measures() -> frozenset[str]:
    """Ids of the measures that an operator can offer: all that have rules, but for rights, which need no operator."""
    measures = eligibility.load().measures
    return frozenset(measure for measure, editions in measures.items() if editions[-1].kind != "diritto")


def _services(raw: dict[str, str]) -> list[dict[str, object]]:
    """``misura[@catalogo][:dal/al]`` separated by ";" or "|"."""
    services: dict[str, dict[str, object]] = {}
    for item in re.split(r"[;|]", raw.get("misure", "")):
        if not item.strip():
            continue
        head, _, validity = item.strip().partition(":")
        measure, _, catalogue = head.partition("@")
        if measure not in offered_measures():
            raise _Refused(f"la misura «{_shown(measure)}» non esiste")
        start, _, end = validity.partition("/")
        bounds = {"da": start, "a": end}
        services[measure] = {
            "measure": measure,
            "catalogue": _text({"misure": catalogue}, "misure", 60) or "",
            "valid_from": _date(bounds, "da"),
            "valid_to": _date(bounds, "a"),
        }
        first, last = services[measure]["valid_from"], services[measure]["valid_to"]
        if isinstance(first, date) and isinstance(last, date) and first > last:
            raise _Refused(f"la misura {measure} finisce ({last}) prima di cominciare ({first})")
    return [services[measure] for measure in sorted(services)]


def _write_operator(
    session: Session, operators: dict[str, OperatorRow], values: dict[str, object], now: datetime
) -> bool:
    row = operators.get(str(values["id"]))
    if row is None:
        row = OperatorRow(active=True, updated_at=now, **values)
        session.add(row)
        operators[row.id] = row
        return True
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    if changed:
        row.updated_at = now
    return bool(changed)


def _update_site(site: SiteRow, values: dict[str, object], services: list[dict[str, object]], now: datetime) -> bool:
    changed = {name: value for name, value in values.items() if getattr(site, name) != value}
    for name, value in changed.items():
        setattr(site, name, value)
    current = [{n: getattr(s, n) for n in ("measure", "catalogue", "valid_from", "valid_to")} for s in site.services]
    if sorted(current, key=lambda s: s["measure"]) != services:
        kept = {s.measure: s for s in site.services}
        site.services = [kept.get(str(s["measure"])) or ServiceRow(site_id=site.id, **s) for s in services]
        for row, service in zip(site.services, services, strict=True):
            for name, value in service.items():
                setattr(row, name, value)
        changed["services"] = True
    if changed:
        site.updated_at = now
    return bool(changed)


def _identifier(raw: dict[str, str], column: str) -> str:
    if not raw:
        raise _Refused("il numero di colonne non è quello dell'intestazione")
    if not _ID.fullmatch(raw[column]):
        raise _Refused(f"{column} deve avere lettere, cifre, - o _ (al massimo 31)")
    return raw[column]


def _text(raw: dict[str, str], column: str, longest: int, needed: bool = False) -> str | None:
    value = typed.visible(raw.get(column, ""))
    if needed and not value:
        raise _Refused(f"{column} è vuoto")
    if len(value) > longest:
        raise _Refused(f"{column} supera {longest} caratteri")
    if value.startswith(_FORMULA):
        raise _Refused(f"{column} non può iniziare con {value[0]!r}")
    if any(char in "<>" for char in value):
        raise _Refused(f"{column} contiene caratteri non ammessi")
    return value or None


def _phone(raw: dict[str, str]) -> str | None:
    value = raw.get("telefono", "")
    if not value:
        return None
    if re.fullmatch(r"[0-9][0-9,.]{0,40}E\+?[0-9]{1,3}", value, re.IGNORECASE):
        raise _Refused(f"il telefono «{_shown(value)}» è stato arrotondato dal foglio di calcolo: lo scriva come testo")
    if not re.fullmatch(r"\+?[0-9][0-9 /.-]{4,38}", value):
        raise _Refused("il telefono deve avere cifre e spazi")
    # Demonstration operators have numbers that are nobody's on purpose.
    if typed.phone(value) is None and not _yes_no(raw, "dimostrativo", False):
        lost = " Il foglio di calcolo ha forse tolto lo zero iniziale" if typed.phone("0" + value) else ""
        raise _Refused(f"il telefono «{_shown(value)}» non può esistere" + (lost and "." + lost))
    return value


def _url(raw: dict[str, str], column: str) -> str | None:
    value = raw.get(column, "")
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname or len(value) > 300):
        raise _Refused(f"{column} deve iniziare con https://")
    return value or None


def _list(raw: dict[str, str], column: str, pattern: str, expected: str) -> list[str]:
    items = [x.strip().lower() for x in re.split(r"[;|]", raw.get(column, "")) if x.strip()]
    if any(not re.fullmatch(pattern, item) for item in items):
        raise _Refused(f"{column}: servono {expected}")
    return items


def _date(raw: dict[str, str], column: str) -> date | None:
    value = raw.get(column, "").strip()
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise _Refused(f"{column}: la data «{_shown(value)}» non è nella forma AAAA-MM-GG") from None


def _yes_no(raw: dict[str, str], column: str, default: bool) -> bool:
    value = raw.get(column, "").lower()
    if value not in ("", "sì", "si", "no"):
        raise _Refused(f"{column} deve essere sì o no")
    return default if not value else value != "no"


def _some(names: list[str]) -> str:
    more = f" e altre {len(names) - 10}" if len(names) > 10 else ""
    return ", ".join(_shown(name) for name in names[:10]) + more


def _shown(value: str) -> str:
    return value[:40]
