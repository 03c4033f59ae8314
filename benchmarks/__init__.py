"""Commands that measure what the documentation quotes. None of them is a test."""
