"""Opening a referral for somebody who is not in a conversation: a doctor, with the patient's consent given there."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import eligibility
from cases import consents, journal
from cases.db import writing
from cases.service import Cases
from referrals.contact import Contact, Preferences
from referrals.models import ReferralRow
from referrals.service import Referrals
from referrals.views import Opened
from referrals.writer import SETTIMANA, Draft

ROLE = "medico"


@dataclass(frozen=True)
class Sender:
    """Who sends: ``actor`` for the journal (``medico:<account id>``), ``name`` as the patient reads it."""

    actor: str
    name: str
    email: str
    digest: str = SETTIMANA


@dataclass(frozen=True)
class Wish:
    """What is to be sent, to whom. ``facts``: as checked by the engine; ``ruleset``: the version that checked them."""

    site_id: str
    measure: str
    contact: Contact
    preferences: Preferences = field(default_factory=Preferences)
    facts: Mapping[str, Any] = field(default_factory=dict)
    ruleset: str | None = None

    def harmless_facts(self) -> dict[str, Any]:
        """The facts that say nothing about health: all that may be kept without a consent to it."""
        known = eligibility.load().facts
        return {fact: value for fact, value in self.facts.items() if not known[fact].sensitive}


@dataclass(frozen=True)
class Agreed:
    """The words somebody agreed to, and their version."""

    text: str
    version: str


class OnBehalf:
    """Opens referrals in a case made for them."""

    def __init__(self, referrals: Referrals, cases: Cases) -> None:
        self._referrals = referrals
        self._cases = cases
        self._keyring = referrals.keyring

    def open(
        self, wish: Wish, sender: Sender, sending: Agreed, health: Agreed | None, key: str, now: datetime
    ) -> Opened:
        """Case, facts, consents, referral and messages in one transaction. The same ``key``, the same code and PIN.

        ``health``: without it the facts about health are not kept. Raises ``SiteNotFound``, ``ContactError``,
        ``ConsentMissing``, ``AlreadyOpen``, ``IdempotencyConflict`` (same key, other content).
        """
        contact = wish.contact.checked()
        content = [wish.site_id, wish.measure, contact.to_dict(), wish.preferences.to_dict(), dict(wish.facts)]
        request = [*content, sending.text, health.text if health else None]
        one_open_only = self._referrals.one_open_only("", wish.measure)
        with ExitStack() as undo, one_open_only, writing(self._referrals.session_factory) as session:
            earlier = self._referrals.claim_key_in(session, key, request, now)
            if isinstance(earlier, ReferralRow):
                return self._referrals.opened_in(session, earlier)
            case_id = undo.enter_context(self._cases.new_key())
            self._cases.open_in(session, case_id, ROLE, now)
            for purpose, agreed in (("salute", health), ("invio", sending)):
                detail = {"purpose": purpose, "canale": "presenza", "risposta": agreed is not None}
                journal.append_in(
                    session,
                    self._keyring,
                    at=now,
                    actor=sender.actor,
                    subject=case_id,
                    event="consenso_chiesto",
                    detail=detail,
                )
            if health:
                consents.grant_in(session, self._keyring, case_id, "salute", health.text, health.version, now)
            kept = dict(wish.facts) if health else wish.harmless_facts()
            self._cases.update_in(session, case_id, now, sender.actor, facts=kept)
            self._referrals.consent_in(session, case_id, sending.text, sending.version, now)
            row = self._referrals.writer.create_in(session, draft_of(case_id, wish, sender), now, referral_id=earlier)
            return self._referrals.opened_in(session, row)


def draft_of(case_id: str, wish: Wish, sender: Sender) -> Draft:
    """The referral of a wish, followed by its sender."""
    return Draft(
        case_id=case_id,
        site_id=wish.site_id,
        measure=wish.measure,
        contact=wish.contact.checked(),
        preferences=wish.preferences,
        ruleset=wish.ruleset,
        sender_email=sender.email,
        sender_digest=sender.digest,
    )
