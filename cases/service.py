"""The case record: open, read, update, export, erase. The one door to what we know of a person."""

import base64
import hashlib
import secrets
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import Row, Table, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from cases import consents, erasure, journal, origins, retention, statistics, turns
from cases.crypto import Cipher
from cases.db import SessionFactory, joining, writing
from cases.errors import CaseNotFound, KeyShredded, StaleCase
from cases.export import export_in
from cases.keys import Keyring
from cases.models import AssessmentRow, CaseRow, TokenRow
from cases.record import CaseRecord, OpenedCase, Turn

_LONGEST_NAMES = 1400  # bytes, which the journal's column holds after base64
TOKEN_LIFE = timedelta(days=30)

# Run in every turn of a conversation: building a statement anew would cost more than running it.
_CASE = cast(Table, CaseRow.__table__)
_TOKEN = cast(Table, TokenRow.__table__)
_READ = select(_CASE).where(_CASE.c.id == bindparam("of_case"))
_LOCKED = _READ.with_for_update()
_CHANGE = update(_CASE).where(_CASE.c.id == bindparam("of_case"))
_ADD_ASSESSMENT = insert(cast(Table, AssessmentRow.__table__))
_OPENED = (
    select(_TOKEN.c.expires_at, _TOKEN.c.case_id, _CASE.c.role)
    .join(_CASE, _CASE.c.id == _TOKEN.c.case_id)
    .where(_TOKEN.c.token_hash == bindparam("hash"))
)


class Cases:
    """Everything held about a person, by case id. Every method is one transaction of its own.

    ``now`` is always an aware datetime. Methods raise ``CaseNotFound`` for a case that was never
    opened or has been erased.
    """

    def __init__(self, session_factory: SessionFactory, keyring: Keyring) -> None:
        self.session_factory = session_factory
        self.keyring = keyring

    def joining(self, session: Session) -> "Cases":
        """The same, as part of the caller's transaction (:func:`cases.db.joining`)."""
        return Cases(joining(session), self.keyring)

    def open(self, role: str, now: datetime, network: str | None = None) -> CaseRecord:
        """Start a case; ``role`` is ``cittadino``, ``medico`` or ``sportello``.

        :param network: where it is begun from, if a stranger begins it (:mod:`cases.origins`).
        """
        with self.new_key() as case_id, writing(self.session_factory) as session:
            record = self.open_in(session, case_id, role, now)
            if network is not None:
                origins.note_in(session, self.keyring, case_id, network, now)
            return record

    @contextmanager
    def new_key(self) -> Iterator[str]:
        """Id and key of a case to be opened; the key is destroyed if what is done inside fails."""
        case_id = uuid.uuid4().hex
        self.keyring.create(case_id)
        try:
            yield case_id
        except BaseException:
            self.keyring.shred(case_id)
            raise

    def open_in(self, session: Session, case_id: str, role: str, now: datetime) -> CaseRecord:
        """As :meth:`open`, in the caller's transaction, which stands inside :meth:`new_key`."""
        cipher = self.keyring.cipher(case_id)
        row = CaseRow(
            id=case_id,
            role=role,
            mode="bot",
            facts_sealed=cipher.seal("case_record", "facts", case_id, {}),
            dialogue_sealed=cipher.seal("case_record", "dialogue", case_id, {}),
            version=1,
            turn_count=0,
            created_at=now,
            updated_at=now,
        )
        session.add(row)
        session.flush()
        self._journal(session, case_id, now, "sistema", "caso_aperto", role=role)
        statistics.count_in(session, now, "caso_aperto", outcome=role)
        return CaseRecord(case_id, role, "bot", {}, {}, {}, now, now, 1)

    def get(self, case_id: str) -> CaseRecord:
        """The case as it is now."""
        with self.session_factory() as session:
            return self.get_in(session, case_id)

    def get_in(self, session: Session, case_id: str, lock: bool = False) -> CaseRecord:
        """As :meth:`get`, in the caller's transaction; with ``lock`` nobody else changes the case before it ends."""
        row, cipher = self._load(session, case_id, lock)
        return self._record(session, row, cipher)

    def update(
        self,
        case_id: str,
        now: datetime,
        actor: str,
        facts: Mapping[str, Any] | None = None,
        forget: Iterable[str] = (),
        dialogue: dict[str, Any] | None = None,
        mode: str | None = None,
        version: int | None = None,
    ) -> CaseRecord:
        """Merge ``facts``, drop those named in ``forget``, replace ``dialogue`` and ``mode``.

        ``version``: the version the caller read; raises ``StaleCase`` if it is no longer current.
        The journal gets the names of the facts that changed, sealed under the case's key, never their values.
        """
        with writing(self.session_factory) as session:
            self.update_in(session, case_id, now, actor, facts, forget, dialogue, mode, version)
            return self.get_in(session, case_id)

    def update_in(
        self,
        session: Session,
        case_id: str,
        now: datetime,
        actor: str,
        facts: Mapping[str, Any] | None = None,
        forget: Iterable[str] = (),
        dialogue: dict[str, Any] | None = None,
        mode: str | None = None,
        version: int | None = None,
    ) -> None:
        """As :meth:`update`, in the caller's transaction."""
        row, cipher = self._load(session, case_id, lock=True)
        if version is not None and version != row.version:
            raise StaleCase(case_id)
        detail: dict[str, Any] = {}
        before = cipher.open("case_record", "facts", case_id, row.facts_sealed)
        after = {name: value for name, value in before.items() if name not in set(forget)}
        after.update(facts or {})
        changed = sorted(n for n in after if n not in before or before[n] != after[n])
        forgotten = sorted(set(before) - set(after))
        values: dict[str, Any] = {"version": row.version + 1, "updated_at": now}
        if changed or forgotten:
            values["facts_sealed"] = cipher.seal("case_record", "facts", case_id, after)
            # Which answers these are says something of a person's health: the names go when the case's key goes.
            names = cipher.seal("journal", "facts", case_id, {"facts": changed, "forgotten": forgotten})
            detail["count"] = len(changed) + len(forgotten)
            if len(names) <= _LONGEST_NAMES:
                detail["names"] = base64.b64encode(names).decode()
        if dialogue is not None:
            values["dialogue_sealed"] = cipher.seal("case_record", "dialogue", case_id, dialogue)
        if mode is not None and mode != row.mode:
            values["mode"] = mode
            detail["mode"] = mode
        session.execute(_CHANGE, {"of_case": case_id, **values})
        if detail:
            self._journal(session, case_id, now, actor, "caso_aggiornato", **detail)

    def grant_consent(self, case_id: str, purpose: str, text: str, version: str, now: datetime) -> None:
        """Record that the person agreed to ``text`` for ``purpose`` (``salute`` or ``invio``)."""
        with writing(self.session_factory) as session:
            self._load(session, case_id, lock=True)
            consents.grant_in(session, self.keyring, case_id, purpose, text, version, now)

    def withdraw_consent(self, case_id: str, purpose: str, now: datetime) -> bool:
        """End a consent; False if none was in force."""
        with writing(self.session_factory) as session:
            self._load(session, case_id, lock=True)
            return consents.withdraw_in(session, self.keyring, case_id, purpose, now)

    def issue_token(self, case_id: str, now: datetime, life: timedelta = TOKEN_LIFE) -> str:
        """A new 256-bit token that opens this case until ``now + life``; only its hash is kept."""
        token = secrets.token_urlsafe(32)
        with writing(self.session_factory) as session:
            self._load(session, case_id)
            session.add(TokenRow(token_hash=_hash(token), case_id=case_id, created_at=now, expires_at=now + life))
        return token

    def forget_token(self, token: str) -> None:
        """End what a token opened; the case stays. Nothing happens when there is no such token."""
        with writing(self.session_factory) as session:
            session.execute(delete(TokenRow).where(TokenRow.token_hash == _hash(token)))

    def case_for_token(self, token: str, now: datetime) -> CaseRecord:
        """The case a token opens. Raises ``CaseNotFound`` for an unknown or expired token."""
        with self.session_factory() as session:
            return self.get_in(session, self._opened_in(session, token, now).id)

    def opened_by(self, token: str, now: datetime) -> OpenedCase:
        """Which case a token opens, and in which role, without reading it. Raises as :meth:`case_for_token`."""
        with self.session_factory() as session:
            return self._opened_in(session, token, now)

    @staticmethod
    def _opened_in(session: Session, token: str, now: datetime) -> OpenedCase:
        row = session.execute(_OPENED, {"hash": _hash(token)}).one_or_none()
        if row is None or row.expires_at <= now:
            raise CaseNotFound("token")
        return OpenedCase(row.case_id, row.role)

    def add_turn(
        self,
        case_id: str,
        author: str,
        body: dict[str, Any],
        now: datetime,
        key: str | None = None,
        status: str = "done",
    ) -> Turn:
        """Append a turn (author ``persona``, ``bot`` or ``operatore``); the same key, the same turn."""
        with writing(self.session_factory) as session:
            return turns.add_in(session, self._cipher(case_id), case_id, author, body, now, key, status)

    def turns(self, case_id: str, after: int = 0) -> list[Turn]:
        """Turns in order; those whose ``seq`` is greater than ``after``."""
        with self.session_factory() as session:
            _, cipher = self._load(session, case_id)
            return turns.list_in(session, cipher, case_id, after)

    def finish_turn(self, turn_id: str, status: str = "done", body: dict[str, Any] | None = None) -> Turn:
        """Set a turn's status (``done``, ``failed``) and optionally its body; raises ``TurnNotFound``."""
        with writing(self.session_factory) as session:
            return turns.finish_in(session, self.keyring, turn_id, status, body)

    def pending_turns(self, case_id: str) -> list[Turn]:
        """Turns still waiting for an answer, oldest first."""
        with self.session_factory() as session:
            _, cipher = self._load(session, case_id)
            return turns.pending_in(session, cipher, case_id)

    def record_assessment_in(
        self, session: Session, case_id: str, result: dict[str, Any], on: date, now: datetime
    ) -> None:
        """Keep an assessment (the engine's ``to_dict()``) as it was shown, in the caller's transaction."""
        cipher = self._cipher(case_id)
        row_id = uuid.uuid4().hex
        session.execute(
            _ADD_ASSESSMENT,
            {
                "id": row_id,
                "case_id": case_id,
                "ruleset": result["ruleset"],
                "on_date": on,
                "result_sealed": cipher.seal("assessment", "result", row_id, result),
                "created_at": now,
            },
        )
        self._journal(session, case_id, now, "sistema", "valutazione", ruleset=result["ruleset"])

    def export(self, case_id: str) -> dict[str, Any]:
        """Everything held about the person, as JSON values (see :mod:`cases.export`)."""
        with self.session_factory() as session:
            row, cipher = self._load(session, case_id)
            return export_in(session, self.keyring, row, cipher)

    def erase(self, case_id: str, now: datetime, actor: str = "persona") -> bool:
        """Destroy the case's key and rows; False if there was no such case. Idempotent."""
        return erasure.erase(self.session_factory, self.keyring, case_id, now, actor)

    def purge(self, now: datetime, days: int, dry_run: bool = False) -> retention.PurgeReport:
        """Erase cases untouched for ``days`` days and everything else past its time."""
        return retention.purge(self.session_factory, self.keyring, now, days, dry_run)

    def _cipher(self, case_id: str) -> Cipher:
        try:
            return self.keyring.cipher(case_id)
        except KeyShredded:
            raise CaseNotFound(case_id) from None

    def _load(self, session: Session, case_id: str, lock: bool = False) -> tuple[Row[Any], Cipher]:
        row = session.execute(_LOCKED if lock else _READ, {"of_case": case_id}).one_or_none()
        if row is None:
            raise CaseNotFound(case_id)
        return row, self._cipher(case_id)

    def _record(self, session: Session, row: Row[Any], cipher: Cipher) -> CaseRecord:
        return CaseRecord(
            id=row.id,
            role=row.role,
            mode=row.mode,
            facts=cipher.open("case_record", "facts", row.id, row.facts_sealed),
            dialogue=cipher.open("case_record", "dialogue", row.id, row.dialogue_sealed),
            consents=consents.latest(consents.all_of(session, cipher, row.id)),
            created_at=row.created_at,
            updated_at=row.updated_at,
            version=row.version,
        )

    def _journal(self, session: Session, case_id: str, now: datetime, actor: str, event: str, **detail: Any) -> None:
        journal.append_in(session, self.keyring, at=now, actor=actor, subject=case_id, event=event, detail=detail)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
