"""The stores of the dialogue, for the thin actions over it."""

from tests.dialogue.conftest import consented, services, talk  # noqa: F401  (fixtures)
