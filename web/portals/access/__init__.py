"""Entering and leaving: ``/accesso``."""
