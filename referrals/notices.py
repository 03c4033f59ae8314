"""Who is told what when a referral changes: the messages of each event, into the outbox."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.keys import Keyring
from referrals import calls, confirmations, links, outbox, told, words
from referrals.directory_models import OperatorRow, SiteRow
from referrals.models import ReferralRow
from referrals.person_notices import PersonNotices
from referrals.states import OPEN, State
from settings.clock import ROME

OPERATOR_NEW = "operatore_nuova"
OPERATOR_REMINDER = "operatore_promemoria"
OPERATOR_CANCELLED = "operatore_annullata"


class Notices:
    """Writes outbox messages. ``settings`` gives the public address and the working days."""

    def __init__(self, keyring: Keyring, settings: Callable[[], Any]) -> None:
        self._keyring = keyring
        self._settings = settings
        self.person = PersonNotices(keyring, settings)

    def changed_in(self, session: Session, row: ReferralRow, previous: str | None, by: str, now: datetime) -> None:
        """Messages for a referral that has just come from ``previous`` (None: just opened)."""
        state = State(row.state)
        if state is State.APERTA:
            self.operator_in(session, row, OPERATOR_NEW, now)
            self.webhook_in(session, row, now)
        elif state is State.ANNULLATA:
            # A notice already tried may have arrived although nobody marked it so.
            maybe_arrived = previous != State.APERTA or outbox.tried_in(session, row.id, OPERATOR_NEW)
            outbox.overtake_in(session, row.id)
            confirmations.drop_in(session, row.id)
            calls.overtake_in(session, row.id, now)
            if maybe_arrived:
                self.operator_in(session, row, OPERATOR_CANCELLED, now)
        kind = told.event_of(state, by)
        if kind is not None:
            self.person_in(session, row, kind, now)
        if previous is not None and state is not State.INVIATA:
            self.webhook_in(session, row, now)

    def operator_in(self, session: Session, row: ReferralRow, kind: str, now: datetime, cause: str = "") -> str | None:
        """An e-mail to the site. A site without e-mail gets none: staff see the referral waiting."""
        site = session.get_one(SiteRow, row.site_id)
        if not site.email:
            return None
        values: dict[str, Any] = {"code": row.code, "site": site.name}
        if kind == OPERATOR_CANCELLED:
            # Not tied to the case: this must still go out when the case is being erased.
            case_id = None
        else:
            case_id = row.case_id
            token = links.create_in(session, links.OPERATOR_REFERRAL, now, row.operator_id, row.id, row.case_id)
            values["link"] = links.operator_url(self._settings().public_url, token)
        if row.expires_at:
            values["expires"] = f"{row.expires_at.astimezone(ROME):%d/%m/%Y}"
        subject, text = words.mail(kind, **values)
        return outbox.enqueue_in(
            session,
            self._keyring,
            dedupe=f"{kind}:{row.id}:{cause}",
            kind=kind,
            channel="email",
            payload={"to": site.email, "subject": subject, "text": text},
            now=now,
            case_id=case_id,
            referral_id=None if case_id is None else row.id,
        )

    def person_in(self, session: Session, row: ReferralRow, kind: str, now: datetime, cause: str = "") -> str | None:
        """The person is told by the way that reaches them (:class:`referrals.person_notices.PersonNotices`)."""
        return self.person.tell_in(session, row, kind, now, cause)

    def webhook_in(self, session: Session, row: ReferralRow, now: datetime) -> str | None:
        """An event to the operator's own system, where it has one: code, state, measure, nothing else."""
        url = session.scalar(select(OperatorRow.webhook_url).where(OperatorRow.id == row.operator_id))
        if not url:
            return None
        return outbox.enqueue_in(
            session,
            self._keyring,
            dedupe=f"webhook:{row.id}:{row.journal_id}",
            kind="webhook",
            channel="webhook",
            payload={
                "operator_id": row.operator_id,
                "event": {
                    "type": "segnalazione." + row.state,
                    "code": row.code,
                    "state": row.state,
                    "measure": row.measure,
                    "site": row.site_id,
                    "at": now.isoformat(),
                },
            },
            now=now,
            # An end must still be told when it comes from erasing the case.
            case_id=row.case_id if row.state in OPEN else None,
            referral_id=row.id if row.state in OPEN else None,
        )
