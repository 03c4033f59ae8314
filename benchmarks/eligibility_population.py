"""The synthetic population of the eligibility benchmarks: the engine's own (``eligibility/population.py``)."""

from eligibility.population import draw, people

__all__ = ["draw", "people"]
