"""The API of an operator's own system, opened by its key. See docs/guida-operatori.md."""
