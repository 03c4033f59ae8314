"""The steps of a referral: what they share, then operator, name, contact, consent to send, last yes."""

from __future__ import annotations

from typing import Any

from dialogue import consents, draft, draft_reading, intake, nearby, offers, words
from dialogue.steps.base import Base
from dialogue.turn import Button, Turn

_ANSWERS = ("risposta", "non_capito")


class Sending(Base):
    """A step of the referral being prepared; whatever the message brings is put into the draft."""

    def is_open(self, turn: Turn) -> bool:
        """Whether this is the first thing that is missing."""
        return draft.is_going(turn) and draft.current(turn) == self.id

    def buttons(self, turn: Turn) -> list[Button]:
        """Back, or stop."""
        return [turn.button("indietro", "/go_back"), {"title": turn.words("invio.lascia_stare"), "payload": "/deny"}]

    def ask(self, turn: Turn, times: int, before: str) -> None:
        """Ask what is missing."""
        turn.say(f"invio.chiedi_{self.id}", times, buttons=self.buttons(turn))

    def facts(self, turn: Turn) -> dict[str, Any]:
        """The facts of the message."""
        return dict(turn.understood.facts)

    def read(self, turn: Turn, topic: str) -> bool:
        """Take whatever belongs to the referral; a no stops it."""
        if topic not in _ANSWERS and not self._answers(turn):
            return False
        conversation = turn.conversation
        taken = intake.take(turn, self.facts(turn))
        intake.report(turn, taken)
        found = draft_reading.read(turn, self.id)
        if found.error:
            turn.say("invio.dato_sbagliato", errore=found.error)
            turn.doubtful = True
        elif found.understood or taken.taken:
            conversation.misunderstood = 0
        elif turn.understood.intent == "affirm":
            return self.agreed(turn)
        elif turn.understood.intent == "deny":
            self.declined(turn)
        else:
            return False
        if taken.taken and conversation.draft:
            draft.after_changed_facts(turn)
        return True

    def _answers(self, turn: Turn) -> bool:
        """Whether the message answers although its intent says otherwise: models know few names."""
        return not turn.understood.is_button and draft_reading.answers(turn, self.id)

    def agreed(self, turn: Turn) -> bool:
        """A yes, which answers only some of the steps."""
        return False

    def declined(self, turn: Turn) -> None:
        """A no stops the referral."""
        draft.leave(turn)

    def leave(self, turn: Turn) -> None:
        """Put the referral aside: nothing is sent, nothing is lost."""
        draft.pause(turn)

    def back(self, turn: Turn) -> bool:
        """The step before; its answer is taken back."""
        kept = turn.conversation.draft
        for done, names in (
            ("consent", ("consent",)),
            ("telefono", ("telefono", "email")),
            ("email", ("telefono", "email")),
            ("nome", ("nome",)),
        ):
            if kept.get(done):
                for name in names:
                    kept.pop(name, None)
                break
        else:
            if not kept.get("site_id"):
                draft.leave(turn)
                return True
            draft.forget_site(turn)
        turn.conversation.asked.pop(draft.current(turn), None)
        return True


class Operator(Sending):
    """Which operator."""

    name, id = "operator", "operatore"

    def buttons(self, turn: Turn) -> list[Button]:
        """The nearest ones, others, or none."""
        found: list[Button] = [
            {
                "title": turn.words(
                    "invio.operatore_bottone", nome=site.name or site.operator, distanza=nearby.distance(turn, site)
                ),
                "payload": nearby.payload(site),
            }
            for site in draft.sites(turn)
        ]
        if not turn.conversation.draft.get("again"):
            found.append(turn.button("altro_operatore", "/ask_operator_near"))
        return [*found, {"title": turn.words("invio.lascia_stare"), "payload": "/deny"}]

    def ask(self, turn: Turn, times: int, before: str) -> None:
        """Show the operators near the person and ask which."""
        sites = draft.sites(turn)
        if not sites:
            turn.say("invio.nessun_operatore", telefono=turn.services.help.phone)
            draft.drop(turn)
            return
        turn.conversation.draft["offered"] = [[str(site.site_id), site.name or site.operator] for site in sites]
        listed = words.bullets(nearby.line(turn, site) for site in sites)
        told = turn.words("invio.chiedi_operatore", times, elenco=listed)
        turn.say_text(told, self.buttons(turn), nearby.card(sites))


class Name(Sending):
    """Who is to be called."""

    name, id = "name", "nome"


class Contact(Sending):
    """How to reach the person."""

    name, id = "contact", "recapito"


class Agree(Sending):
    """The consent to send, with its exact words."""

    name, id = "agree", "consenso_invio"

    def buttons(self, turn: Turn) -> list[Button]:
        """Yes or no."""
        return [turn.button("consenso_si", "/affirm"), turn.button("consenso_no", "/deny")]

    def ask(self, turn: Turn, times: int, before: str) -> None:
        """Show the text and ask."""
        card = consents.sending_card(turn)
        told = f"{turn.words('invio.chiedi_consenso_invio', times)}\n«{card['text']}»"
        turn.say_text(told, self.buttons(turn), card)

    def agreed(self, turn: Turn) -> bool:
        """Keep the consent."""
        turn.conversation.misunderstood = 0
        draft.agree(turn)
        return True

    def declined(self, turn: Turn) -> None:
        """Nothing is sent, the contact data go."""
        turn.say("invio.consenso_invio_no")
        draft.drop(turn)


class Send(Sending):
    """The last yes."""

    name, id = "send", "conferma"

    def buttons(self, turn: Turn) -> list[Button]:
        """Send, or not."""
        return [turn.button("conferma_invio", "/affirm"), turn.button("no", "/deny")]

    def ask(self, turn: Turn, times: int, before: str) -> None:
        """Read everything back and ask."""
        turn.say("invio.chiedi_conferma", times, self.buttons(turn), elenco=draft.lines(turn))

    def agreed(self, turn: Turn) -> bool:
        """Send it."""
        turn.conversation.misunderstood = 0
        draft.send(turn)
        return True

    def declined(self, turn: Turn) -> None:
        """Something is wrong, or the person does not want it any more."""
        changes: list[Button] = [
            {"title": turn.words(f"invio.cambia_{name}"), "payload": offers.reopen(name)}
            for name in ("nome", "recapito", "operatore")
        ]
        changes.append({"title": turn.words("invio.lascia_stare"), "payload": "/cancel_referral"})
        turn.say("invio.conferma_no", buttons=changes)
        turn.question_put = True


STEPS = (Operator(), Name(), Contact(), Agree(), Send())
