"""The chat gateway: between a person and the dialogue engine."""
