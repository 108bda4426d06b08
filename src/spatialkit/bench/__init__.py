"""Scoring answers."""

from spatialkit.bench.score import SCORERS, reward, score

__all__ = ["SCORERS", "reward", "score"]
