"""For who improves the understanding: what was not understood, and one action to make it a training example.

``python -m actions.review list`` prints what people wrote and nobody understood, anonymous and numbered.
``python -m actions.review teach "testo" ask_amount`` adds it to the training examples; the next start trains again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
import yaml
from sqlalchemy import select

from cases.errors import CaseError
from cases.models import CaseRow
from cases.service import Cases
from dialogue.conversation import Conversation
from dialogue.services import build
from settings.config import PROJECT_ROOT, get_settings

app = typer.Typer(add_completion=False, help=__doc__)
EXAMPLES = PROJECT_ROOT / "data" / "nlu"
# Longer than any honest example, and no line breaks: it must stay one example.
_LONGEST = 300


@dataclass(frozen=True)
class Unread:
    """A message that was not understood, anonymous. ``ranking``: the intents it resembled most."""

    at: dt.datetime
    question: str | None
    text: str
    ranking: tuple[str, ...]


def collect(cases: Cases) -> list[Unread]:
    """Everything waiting for review, oldest first; erased cases have left nothing."""
    return sorted(_all(cases), key=lambda unread: unread.at)


def _all(cases: Cases) -> Iterator[Unread]:
    with cases.session_factory() as session:
        ids = session.scalars(select(CaseRow.id).order_by(CaseRow.created_at, CaseRow.id)).all()
    for case_id in ids:
        try:
            conversation = Conversation.of(cases.get(case_id).dialogue)
        except CaseError:
            continue  # erased while we read
        for entry in conversation.unread:
            at = dt.datetime.fromisoformat(entry["at"])
            yield Unread(at, entry["question"], entry["text"], tuple(entry["ranking"]))


def teach(text: str, intent: str, folder: Path = EXAMPLES) -> bool:
    """Add an example to the training data; False when it was there already.

    :param folder: where the examples are, one file an intent.
    :raises ValueError: unknown intent, or a text that cannot be an example.
    """
    path = folder / f"{intent}.yml"
    if not intent.replace("_", "").isalpha() or not path.is_file():
        raise ValueError(f"No examples for the intent {intent!r}.")
    example = " ".join(text.split())
    if not example or len(example) > _LONGEST or example.startswith(("/", "-")) or "[" in example:
        raise ValueError("Not an example: empty, too long, or with brackets left from the anonymiser.")
    written = path.read_text(encoding="utf-8")
    block = next(entry for entry in yaml.safe_load(written)["nlu"] if entry.get("intent") == intent)
    if f"- {example}" in block["examples"].splitlines():
        return False
    indent = next(line for line in written.splitlines() if line.lstrip().startswith("- ") and "intent:" not in line)
    spaces = indent[: len(indent) - len(indent.lstrip())]
    path.write_text(f"{written.rstrip()}\n{spaces}- {example}\n", encoding="utf-8")
    return True


@app.command("list")
def list_() -> None:
    """Print what was not understood."""
    for number, unread in enumerate(collect(build(get_settings()).cases), start=1):
        resembles = ", ".join(unread.ranking) or "-"
        typer.echo(f"{number}. {unread.text}   (question: {unread.question or '-'}; resembles: {resembles})")


@app.command("teach")
def teach_(
    text: Annotated[str, typer.Argument(help="The example, as a person would write it.")],
    intent: Annotated[str, typer.Argument(help="What it means.")],
) -> None:
    """Make a text a training example."""
    try:
        added = teach(text, intent)
    except ValueError as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from problem
    typer.echo("Added." if added else "It was there already.")


if __name__ == "__main__":
    app()
