"""How many rows a statement touched."""

from typing import cast

from sqlalchemy import CursorResult, Delete, Update
from sqlalchemy.orm import Session


def touched(session: Session, statement: Delete | Update) -> int:
    """Run a statement that deletes or updates; returns how many rows it did."""
    return cast("CursorResult[tuple[object]]", session.execute(statement)).rowcount
