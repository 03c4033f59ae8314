"""The end of a turn: one question, asked once, or what can be done next; and nothing said twice running."""

from __future__ import annotations

from dialogue import deeds, offers, outcome
from dialogue.steps import order
from dialogue.turn import Step, Turn
from eligibility import ranking

# A question is put twice; after that its buttons stay, and the person need not read it again.
MOST_TIMES = 2
# An answer that was not understood twice is not asked for again.
_MOST_MISSED = 2


def close(turn: Turn) -> None:
    """Ask the one question that is open now, or offer what can be done."""
    if turn.erased:
        return
    if not turn.quiet:
        _count_misses(turn)
        step = order.current(turn)
        if step is None:
            step = _nothing_open(turn)
        if step is not None:
            _put(turn, step)
    _never_twice(turn)


def _count_misses(turn: Turn) -> None:
    """Leave a question whose answer was not understood twice."""
    conversation, step = turn.conversation, turn.step
    if step is None or conversation.question is None or not (turn.missed or turn.doubtful) or not step.is_open(turn):
        return
    public = str(conversation.question["fact"])
    missed = conversation.missed[public] = conversation.missed.get(public, 0) + 1
    if missed >= _MOST_MISSED:
        conversation.missed.pop(public)
        step.leave(turn)
    elif turn.doubtful and not turn.messages:
        turn.lead = turn.words("colloquio.per_essere_sicuri")


def _nothing_open(turn: Turn) -> Step | None:
    """Show the result if it is due; then a referral that was wished for, or the choices."""
    conversation = turn.conversation
    conversation.question = None
    if outcome.is_due(turn):
        outcome.show(turn)
        if conversation.wants_operator and not turn.referral_open:
            conversation.wants_operator = False
            if ranking.possible(turn.assess().to_dict()["assessments"]):
                deeds.open_referral(turn)
                if step := order.current(turn):
                    return step
    if not turn.question_put:
        offer(turn)
    return None


def offer(turn: Turn) -> None:
    """Name what can be done next; offered before, the buttons alone are enough."""
    conversation = turn.conversation
    buttons = offers.next_steps(turn)
    last = turn.messages[-1] if turn.messages else None
    if last is not None and conversation.offered and not last.get("buttons"):
        last["buttons"] = buttons
    else:
        turn.say("esito.che_cosa_fare", conversation.offered, buttons)
    conversation.offered += 1


def _put(turn: Turn, step: Step) -> None:
    """Ask; asked twice already, and not left, the buttons stay under what was said."""
    conversation = turn.conversation
    public = step.public(turn)
    before = conversation.question or {}
    same = before.get("step") == step.name and before.get("fact") == public
    times = conversation.asked.get(public, 0)
    question = {"step": step.name, "fact": public, "times": max(times, 1)}
    if turn.question_put:
        conversation.question = question
        return
    if same and times >= MOST_TIMES:
        _remind(turn, step)
        conversation.question = question
        return
    lead = turn.lead or (turn.words("colloquio.torniamo", times) if same and turn.digressed else "")
    drafting = bool(conversation.draft)
    step.ask(turn, times, lead)
    if drafting and not conversation.draft:  # no operator was found: there is nothing to ask any more
        conversation.question = None
        offer(turn)
        return
    conversation.asked[public] = times + 1
    conversation.question = question | {"times": times + 1}


def _remind(turn: Turn, step: Step) -> None:
    """Keep the buttons of the open question at hand."""
    buttons = step.buttons(turn)
    if turn.lead and not turn.messages:
        turn.say_text(f"{turn.lead} {turn.words('colloquio.si_o_no')}", buttons)
        return
    if not turn.messages:
        times = len((turn.conversation.last or {}).get("messages") or ())
        turn.say("colloquio.quando_vuole", times, buttons)
        return
    last = turn.messages[-1]
    known = {button["payload"] for button in last.get("buttons", ())}
    more = [button for button in buttons if button["payload"] not in known]
    if more:
        last["buttons"] = [*last.get("buttons", ()), *more]


def _never_twice(turn: Turn) -> None:
    """What the turn before said in the same words is said with others before it. Numbers to call in danger stay as they are."""
    before = {message["text"] for message in (turn.conversation.last or {}).get("messages") or ()}
    for message in turn.messages:
        if message["text"] not in before or turn.urgent:
            continue
        for variant in range(3):
            told = f"{turn.words('colloquio.le_ripeto', variant)} {message['text']}"
            if told not in before:
                message["text"] = told
                break
