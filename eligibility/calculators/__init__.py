"""Calculators: NASpI, comporto, absence, deadlines, thresholds. Pure, deterministic, each step in words with its source.

``run(name, values, on)`` is the door for the API and the command line; each module has its own function for callers in
Python. A figure that a year changes comes from ``data.yaml`` with the last day it holds; what the sources do not say is
"da verificare", with the office that knows.
"""

from __future__ import annotations

from eligibility.calculators.registry import NAMES, run
from eligibility.calculators.steps import Calculation, CalculatorError, Step

__all__ = ["NAMES", "Calculation", "CalculatorError", "Step", "run"]
