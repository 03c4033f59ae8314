"""Cries for help, on two levels: an emergency stops everything, a concern is met with two warm sentences."""
