"""Randomised trials: protocols fixed before they start, arms that anybody can work out again, and what came of it."""
