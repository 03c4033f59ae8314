"""The result of a check on paper: a tagged PDF to keep, print or show, and the e-mail that leads to it."""

from actions.paper.pdf import make

__all__ = ["make"]
