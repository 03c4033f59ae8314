"""Find a case by a referral's code, a telephone number or a name, although all of these are sealed.

The blind index holds, for each number and each word of a name, an HMAC under a key that is not in the database: whoever
reads the database sees that two cases share a word, never which one. Words are compared whole, without accents and
capitals. Contact data of referrals are indexed when somebody searches, so that opening a referral knows nothing of the
hotline. Erasing a case removes its entries (foreign key).
"""

import hashlib
import hmac
import re
import unicodedata

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from cases.db import SessionFactory, writing
from cases.keys import Keyring
from cases.models import CaseRow
from hotline.models import IndexedRow, SearchRow
from referrals import codes, encrypted_parts
from referrals.models import ReferralDataRow, ReferralRow
from texts import typed

PAGE = 20
_BATCH = 500
_WORD = re.compile(r"[^\W\d_]{2,}")


def words_of(name: str) -> set[str]:
    """The words of a name as they are compared: ``D'Amicò Ada`` gives ``amico``, ``ada``."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return set(_WORD.findall("".join(c for c in plain if not unicodedata.combining(c))))


def index_in(session: Session, keyring: Keyring, case_id: str, name: str | None, number: str | None) -> None:
    """Make a case findable by these."""
    tokens = {_token(keyring, "nome", word) for word in words_of(name or "")}
    if number and (canonical := typed.phone(number)):
        tokens.add(_token(keyring, "telefono", canonical))
    if tokens:
        _insert(session, SearchRow, [{"token": token, "case_id": case_id} for token in sorted(tokens)])


def catch_up(factory: SessionFactory, keyring: Keyring) -> int:
    """Index the contact data of referrals that came or changed since the last search; returns how many."""
    done = 0
    while True:
        with writing(factory) as session:
            query = (
                select(ReferralDataRow)
                .outerjoin(IndexedRow, IndexedRow.data_id == ReferralDataRow.id)
                .where(
                    ReferralDataRow.kind == encrypted_parts.CONTACT,
                    or_(IndexedRow.data_id.is_(None), IndexedRow.updated_at != ReferralDataRow.updated_at),
                )
                .order_by(ReferralDataRow.id)
                .limit(_BATCH)
            )
            rows = list(session.scalars(query))
            ciphers = keyring.ciphers({row.case_id for row in rows})
            for row in rows:
                if row.case_id in ciphers:
                    contact = ciphers[row.case_id].open("referral_data", encrypted_parts.CONTACT, row.id, row.sealed)
                    index_in(session, keyring, row.case_id, contact.get("nome"), contact.get("telefono"))
                session.merge(IndexedRow(data_id=row.id, updated_at=row.updated_at))
        done += len(rows)
        if len(rows) < _BATCH:
            return done


def kind_of(text: str) -> str | None:
    """What somebody typed into the search field: ``codice``, ``telefono``, ``nome``; None if it is nothing of these."""
    if codes.normalise(text):
        return "codice"
    if sum(c.isdigit() for c in text) >= 6 and typed.phone(text):
        return "telefono"
    return "nome" if words_of(text) else None


def find_in(session: Session, keyring: Keyring, text: str, offset: int = 0, limit: int = PAGE) -> tuple[list[str], int]:
    """Ids of the cases found, the last touched first, and how many there are in all.

    A name is found when every word of the search is one of its words.
    """
    kind = kind_of(text)
    if kind is None:
        return [], 0
    if kind == "codice":
        wanted = select(ReferralRow.case_id).where(ReferralRow.code == codes.normalise(text))
    elif kind == "telefono":
        wanted = select(SearchRow.case_id).where(
            SearchRow.token == _token(keyring, "telefono", typed.phone(text) or "")
        )
    else:
        tokens = [_token(keyring, "nome", word) for word in words_of(text)]
        wanted = (
            select(SearchRow.case_id)
            .where(SearchRow.token.in_(tokens))
            .group_by(SearchRow.case_id)
            .having(func.count() == len(tokens))
        )
    matching = CaseRow.id.in_(wanted)
    query = select(CaseRow.id).where(matching).order_by(CaseRow.updated_at.desc(), CaseRow.id)
    count = session.scalar(select(func.count()).select_from(CaseRow).where(matching)) or 0
    return list(session.scalars(query.offset(offset).limit(limit))), count


def _token(keyring: Keyring, kind: str, value: str) -> str:
    return hmac.new(keyring.secret("hotline-search"), f"{kind}\x1f{value}".encode(), hashlib.sha256).hexdigest()


def _insert(session: Session, table: type[SearchRow], rows: list[dict[str, str]]) -> None:
    dialect = pg_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    session.execute(dialect(table).values(rows).on_conflict_do_nothing())
