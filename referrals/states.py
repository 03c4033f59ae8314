"""States of a referral and who may move it where.

The table :data:`TRANSITIONS` is the only statement of the rules: the service checks against it, the
migration copies it into the database (where a trigger enforces it), the documentation and the tests
are generated from it.
"""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Names of the public contract, section 5."""

    APERTA = "aperta"
    INVIATA = "inviata"
    PRESA_IN_CARICO = "presa_in_carico"
    RIFIUTATA = "rifiutata"
    SCADUTA = "scaduta"
    APPUNTAMENTO_FISSATO = "appuntamento_fissato"
    PIP_SOTTOSCRITTO = "pip_sottoscritto"
    CONCLUSA = "conclusa"
    ANNULLATA = "annullata"
    RIASSEGNATA = "riassegnata"


class Actor(StrEnum):
    """Kinds of actor.

    A staff actor is written ``operatore:<operator id>``, with ``:<account id>`` behind it when somebody with an account
    acted, or ``sportello:<account id>``.
    """

    PERSONA = "persona"
    OPERATORE = "operatore"
    SPORTELLO = "sportello"
    SISTEMA = "sistema"


OPEN = (
    State.APERTA,
    State.INVIATA,
    State.PRESA_IN_CARICO,
    State.APPUNTAMENTO_FISSATO,
    State.PIP_SOTTOSCRITTO,
)
CLOSED = tuple(state for state in State if state not in OPEN)
#: States before the plan is signed: from these a referral can be cancelled.
CANCELLABLE = (State.APERTA, State.INVIATA, State.PRESA_IN_CARICO, State.APPUNTAMENTO_FISSATO)


@dataclass(frozen=True)
class Transition:
    """One permitted move. ``needs_reason``: the kinds of actor who must say why."""

    source: State
    target: State
    actors: tuple[Actor, ...]
    what: str
    needs_reason: tuple[Actor, ...] = ()


_EVERY_STAFF = (Actor.OPERATORE, Actor.SPORTELLO, Actor.SISTEMA)

TRANSITIONS: tuple[Transition, ...] = (
    Transition(State.APERTA, State.INVIATA, (Actor.SISTEMA,), "The operator's notice was delivered."),
    Transition(
        State.INVIATA,
        State.PRESA_IN_CARICO,
        (Actor.OPERATORE, Actor.SPORTELLO),
        "The operator takes charge.",
    ),
    Transition(
        State.INVIATA,
        State.RIFIUTATA,
        (Actor.OPERATORE, Actor.SPORTELLO),
        "The operator cannot help.",
        needs_reason=(Actor.OPERATORE, Actor.SPORTELLO),
    ),
    Transition(
        State.INVIATA,
        State.SCADUTA,
        (Actor.SISTEMA,),
        "Nobody answered in time.",
        needs_reason=(Actor.SISTEMA,),
    ),
    Transition(
        State.PRESA_IN_CARICO,
        State.APPUNTAMENTO_FISSATO,
        (Actor.PERSONA, Actor.OPERATORE, Actor.SPORTELLO),
        "A first appointment is agreed.",
    ),
    Transition(
        State.APPUNTAMENTO_FISSATO,
        State.PIP_SOTTOSCRITTO,
        (Actor.OPERATORE,),
        "The personal plan (PIP) is signed.",
    ),
    Transition(
        State.PIP_SOTTOSCRITTO,
        State.CONCLUSA,
        (Actor.OPERATORE, Actor.SISTEMA),
        "The services of the plan are over (or the person had their data erased).",
        needs_reason=(Actor.SISTEMA,),
    ),
    *(
        Transition(
            source,
            State.ANNULLATA,
            (Actor.PERSONA, *_EVERY_STAFF),
            "The person, or staff with a reason, cancels.",
            needs_reason=_EVERY_STAFF,
        )
        for source in CANCELLABLE
    ),
    *(
        Transition(
            source,
            State.RIASSEGNATA,
            (Actor.PERSONA, Actor.SPORTELLO),
            "A new attempt goes to another operator.",
        )
        for source in (State.RIFIUTATA, State.SCADUTA)
    ),
)

_BY_MOVE = {(t.source, t.target): t for t in TRANSITIONS}

#: Reasons that may be written in clear in the journal, with their Italian label.
REASONS: dict[str, str] = {
    "nessun_posto": "Al momento non ci sono posti",
    "fuori_zona": "La sede non segue questa zona",
    "requisiti_diversi": "Servono requisiti diversi",
    "misura_non_attiva": "La misura non è attiva presso la sede",
    "persona_non_raggiungibile": "Non siamo riusciti a parlare con la persona",
    "richiesta_doppia": "La richiesta era doppia",
    "nessuna_risposta": "L'operatore non ha risposto in tempo",
    "dati_cancellati": "La persona ha chiesto di cancellare i dati",
    "sede_chiusa": "La sede non è più attiva",
    "consegna_impossibile": "Non è stato possibile avvisare l'operatore",
    "altro": "Altro motivo",
}


def kind_of(actor: str) -> Actor:
    """Kind of an actor string. Raises ``ValueError`` for an unknown kind."""
    return Actor(actor.partition(":")[0])


def operator_of(actor: str) -> str | None:
    """The operator an actor acts for: ``operatore:<operator id>`` or ``operatore:<operator id>:<account id>``."""
    kind, _, rest = actor.partition(":")
    return rest.partition(":")[0] if kind == Actor.OPERATORE else None


def find(source: State | str, target: State | str) -> Transition | None:
    """The transition between two states, None where there is none."""
    return _BY_MOVE.get((State(source), State(target)))


def targets(source: State | str, actor: str) -> list[State]:
    """Where this actor may move a referral that is in ``source``."""
    kind = kind_of(actor)
    return [t.target for t in TRANSITIONS if t.source == source and kind in t.actors]


def markdown() -> str:
    """The table of docs/referrals.md."""
    lines = ["| from | to | who | reason asked of | when |", "|---|---|---|---|---|"]
    lines += [
        f"| `{t.source}` | `{t.target}` | {', '.join(t.actors)} | {', '.join(t.needs_reason) or '-'} | {t.what} |"
        for t in TRANSITIONS
    ]
    return "\n".join(lines)
