"""Configuration, the clock and the logs: the ground every other part stands on."""
