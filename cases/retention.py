"""Retention: what is erased by itself, and when.

| what | when |
|---|---|
| a case and all about it | ``days`` days after it was last touched |
| a session token | at its expiry |
| a case whose erasure was cut off half way | at once |
| what other packages registered | as they say |
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from cases import erasure
from cases.db import SessionFactory, affected, writing
from cases.keys import Keyring
from cases.models import CaseRow, TokenRow

# purge(session, now, dry_run) -> how many rows are (or would be) removed
Rule = Callable[[Session, datetime, bool], int]
# protected(now) -> ids of cases that must wait, as a subquery-free predicate on the session
Guard = Callable[[Session, datetime], set[str]]

_rules: dict[str, Rule] = {}
_guards: list[Guard] = []


@dataclass
class PurgeReport:
    """What a purge removed, or would remove."""

    dry_run: bool
    cases: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)


def register(name: str, rule: Rule) -> None:
    """Have another package's rows removed by every purge, reported under ``name``."""
    _rules[name] = rule


def protect(guard: Guard) -> None:
    """Keep the cases ``guard`` names from being purged: someone is still working on them."""
    if guard not in _guards:
        _guards.append(guard)


def purge(factory: SessionFactory, keyring: Keyring, now: datetime, days: int, dry_run: bool = False) -> PurgeReport:
    """Erase what is past its time. With ``dry_run`` only tell. May be interrupted and repeated."""
    report = PurgeReport(dry_run)
    with factory() as session:
        kept = set().union(*(guard(session, now) for guard in _guards))
        old = session.scalars(
            select(CaseRow.id)
            .where(CaseRow.updated_at < now - timedelta(days=days))
            .order_by(CaseRow.updated_at, CaseRow.id)
        )
        report.cases = [case_id for case_id in old if case_id not in kept]
    if not dry_run:
        for case_id in report.cases:
            erasure.erase(factory, keyring, case_id, now, actor="sistema")
        report.rows["unfinished_erasures"] = erasure.sweep(factory, keyring, now)
    with writing(factory) as session:
        expired = TokenRow.expires_at <= now
        report.rows["tokens"] = (
            session.scalar(select(func.count()).select_from(TokenRow).where(expired)) or 0
            if dry_run
            else affected(session, delete(TokenRow).where(expired))
        )
        for name, rule in sorted(_rules.items()):
            report.rows[name] = rule(session, now, dry_run)
    return report
