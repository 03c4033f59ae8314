"""Checks the action server's answers with Rasa's schema, prepared once.

Rasa hands the schema to jsonschema anew for each answer, which then checks the schema itself first: more than half of
the engine's time in a turn.
"""

from __future__ import annotations

import functools
from typing import Any

from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction


@functools.cache
def _validator() -> Validator:
    schema = RemoteAction.action_response_format_spec()
    kind = validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


def _validate(self: RemoteAction, result: dict[str, Any]) -> bool:
    """As Rasa's own.

    :raises jsonschema.ValidationError: the answer has another shape.
    """
    _validator().validate(result)
    return True


def install() -> None:
    """Make Rasa's remote actions use the prepared schema."""
    RemoteAction._validate_action_result = _validate
