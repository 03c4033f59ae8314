"""What was understood, shown once before the result and editable in one tap; and which fact is wrong."""

from __future__ import annotations

from dialogue import asking, intake, offers, words
from dialogue.conversation import SUMMARY
from dialogue.steps.base import Base
from dialogue.turn import Button, Turn

_ANSWERS = ("risposta", "non_capito", "saluti")


class Summary(Base):
    """Open once, when nothing more is worth asking."""

    name, id = "summary", SUMMARY

    def is_open(self, turn: Turn) -> bool:
        """Whether the facts were not shown yet."""
        return not turn.conversation.summary_seen and bool(turn.facts)

    def buttons(self, turn: Turn) -> list[Button]:
        """Right, or not."""
        return [turn.button("tutto_giusto", "/affirm"), turn.button("correggi", "/correct_answer")]

    def ask(self, turn: Turn, times: int, before: str) -> None:
        """Show the facts and ask whether they are right; the list is shown once."""
        if times:
            turn.say("riepilogo.di_nuovo", times, self.buttons(turn))
            return
        rows = [
            {
                "fact": fact,
                "label": turn.ruleset.facts[fact].label,
                "value": words.value(turn, fact, turn.facts[fact]),
                "payload": offers.reopen(fact),
            }
            for fact in words.known(turn)
        ]
        told = (turn.words("riepilogo.riga", che_cosa=row["label"], valore=row["value"]) for row in rows)
        # The summary says everything back: what was just noted need not be heard twice.
        turn.messages = [message for message in turn.messages if message is not turn.echo]
        turn.say_text(
            turn.words("riepilogo.ecco", times, elenco=words.bullets(told)),
            self.buttons(turn),
            {"kind": "riepilogo", "facts": rows},
        )

    def read(self, turn: Turn, topic: str) -> bool:
        """Right, wrong, or new facts: only what changes is said again."""
        understood, conversation = turn.understood, turn.conversation
        if topic not in _ANSWERS:
            return False
        taken = intake.take(turn, understood.facts)
        if taken.anything:
            conversation.misunderstood = 0
            conversation.summary_seen = not taken.errors
            intake.report(turn, taken, corrected=bool(taken.taken))
        elif understood.says_yes or understood.knows_not or understood.intent == "thank":
            conversation.summary_seen = True
        elif understood.says_no:
            conversation.correcting = True
        else:
            return False
        return True

    def leave(self, turn: Turn) -> None:
        """Go on to the result; a datum can be corrected there too."""
        turn.conversation.summary_seen = True

    def back(self, turn: Turn) -> bool:
        """The question before."""
        return asking.step_back(turn)


class Which(Base):
    """Open while the person wants to change something and has not said what."""

    name, id = "which", SUMMARY

    def is_open(self, turn: Turn) -> bool:
        """Whether a correction was announced."""
        return turn.conversation.correcting and bool(turn.facts)

    def buttons(self, turn: Turn) -> list[Button]:
        """One for each fact, and a way out."""
        facts = turn.ruleset.facts
        found: list[Button] = [{"title": facts[f].label, "payload": offers.reopen(f)} for f in words.known(turn)]
        return [*found, turn.button("niente_da_cambiare", "/affirm")]

    def ask(self, turn: Turn, times: int, before: str) -> None:
        """Ask which."""
        turn.say("colloquio.quale_correggere", turn.conversation.missed.get(self.id, 0), self.buttons(turn))

    def read(self, turn: Turn, topic: str) -> bool:
        """A value changes its fact; a yes or a no says that nothing is to be changed."""
        understood, conversation = turn.understood, turn.conversation
        conversation.correcting = topic == "correggi" and not (understood.facts or understood.choices)
        if topic not in _ANSWERS:
            return False
        taken = intake.take(turn, understood.facts)
        if taken.anything:
            conversation.misunderstood = 0
            conversation.summary_seen = True
            intake.report(turn, taken, corrected=bool(taken.taken))
        elif understood.says_yes or understood.says_no or understood.knows_not or understood.intent == "thank":
            turn.say("colloquio.riparti_no")
            conversation.summary_seen = True
        else:
            conversation.correcting = True
            return False
        return True

    def leave(self, turn: Turn) -> None:
        """Nothing is changed."""
        turn.conversation.correcting = False
        turn.conversation.summary_seen = True
        turn.say("colloquio.riparti_no")


STEP, WHICH = Summary(), Which()
