"""Scoring answers."""

from spatialkit.bench.score import SCORERS, score

__all__ = ["SCORERS", "score"]
