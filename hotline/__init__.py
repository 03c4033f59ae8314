"""The hotline: who waits for a person, who answers, callbacks, notes, search. Knows nothing of pages."""

from hotline import disclosure as _disclosure  # noqa: F401  (registers what exporting and purging a case mean here)
