"""How many callbacks strangers may book: no network, and no script, can take a day's places from the others.

A conversation in which somebody confirmed an e-mail address (:mod:`referrals.confirmations`) may use up to half of a day's
places from one network. One in which nobody did stays possible, because many people have a telephone and no e-mail at hand,
but such promises are few: a quarter of a day's places from one network, three quarters of a day's places in all, so that
whoever confirms an address always finds room. Only conversations that a stranger began are counted (:mod:`cases.origins`).
"""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases import budgets, origins
from cases.budgets import Budget, BudgetSpent
from cases.keys import Keyring
from hotline.hours import Timetable
from hotline.models import CallbackRow
from referrals import confirmations
from settings.clock import ROME

#: Bookings in one conversation, changes of hour included.
BY_CASE = Budget("richiami_conversazione", 5)
#: Bookings for one telephone number, or by whoever confirmed one address, in whatever conversation.
BY_CONTACT = Budget("richiami_recapito", 3)
#: The name under which a day's places for unconfirmed promises are counted.
UNCONFIRMED = "richiami_giorno"
BOOKED = "prenotato"


@dataclass(frozen=True)
class Wish:
    """A call that a person asks for; ``before``: the hour they had until now, if they change it."""

    case_id: str
    telephone: str
    starts_at: dt.datetime
    before: dt.datetime | None = None

    @property
    def day(self) -> dt.date:
        """The day of the call, in Italy."""
        return self.starts_at.astimezone(ROME).date()

    @property
    def same_day(self) -> bool:
        """Whether only the hour changes: the day has no more calls than before."""
        return self.before is not None and self.before.astimezone(ROME).date() == self.day


def spend_in(session: Session, keyring: Keyring, timetable: Timetable, wish: Wish, now: dt.datetime) -> bool:
    """Pay for a booking by a person; returns whether it counts as confirmed.

    :raises BudgetSpent: too many; ``name`` says of what.
    """
    confirmed_by = confirmations.confirmed_key_in(session, wish.case_id)
    network = origins.network_in(session, wish.case_id)
    if network is None:
        return confirmed_by is not None
    budgets.spend_in(session, keyring, BY_CASE, wish.case_id, now)
    budgets.spend_in(session, keyring, BY_CONTACT, confirmations.key_of(keyring, wish.telephone), now)
    if confirmed_by is not None:
        budgets.spend_in(session, keyring, BY_CONTACT, confirmed_by, now)
    if wish.same_day:
        return confirmed_by is not None
    places = places_of(timetable, wish.day)
    if confirmed_by is None and unconfirmed_in(session, wish.day) >= max(1, places * 3 // 4):
        raise BudgetSpent(UNCONFIRMED, dt.datetime.combine(wish.day + dt.timedelta(days=1), dt.time(), ROME))
    share = Budget("richiami_rete", max(1, places // 4))
    if confirmed_by is not None:
        share = Budget("richiami_rete_confermati", max(2, places // 2))
    budgets.spend_in(session, keyring, share, f"{wish.day}|{network}", now)
    return confirmed_by is not None


def places_of(timetable: Timetable, day: dt.date) -> int:
    """How many callbacks fit into a day."""
    length = dt.timedelta(minutes=timetable.minutes)
    return timetable.places * sum(int((closes - opens) / length) for opens, closes in timetable.spans(day))


def unconfirmed_in(session: Session, day: dt.date) -> int:
    """How many promises of a day nobody has confirmed."""
    start = dt.datetime.combine(day, dt.time(), ROME)
    query = select(func.count()).select_from(CallbackRow)
    return (
        session.scalar(
            query.where(
                CallbackRow.state == BOOKED,
                CallbackRow.confirmed.is_(False),
                CallbackRow.starts_at >= start,
                CallbackRow.starts_at < start + dt.timedelta(days=1),
            )
        )
        or 0
    )
