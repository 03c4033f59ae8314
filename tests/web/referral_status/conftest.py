"""Fixtures of the operators' tests, for the person's side."""

from tests.web.operators.conftest import desk, ours  # noqa: F401
