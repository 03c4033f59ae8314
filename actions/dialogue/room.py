"""Whether the chosen operator has room: asked without saying for whom, before anything about the person is prepared."""

from __future__ import annotations

from actions.dialogue.turn import Turn
from referrals import capacity


def check(turn: Turn) -> None:
    """Ask the site just put into the draft; one without room is said to be full and leaves the draft.

    Who chooses it a second time has been told and means it. A site that does not answer is no obstacle.
    """
    draft = turn.dialogue["draft"]
    site = draft.get("site_id")
    if not site or draft.get("room_asked") == site:
        return
    draft["room_asked"] = site
    if site in draft.get("full", ()):
        return
    if capacity.ask(turn.services.cases.session_factory, str(site), draft["measure"], turn.now) != 0:
        return
    draft.setdefault("full", []).append(site)
    turn.say("invio.senza_posto", operatore=draft["site"])
    for name in ("site_id", "operator", "site", "site_phone", "consent", "room_asked"):
        draft.pop(name, None)
