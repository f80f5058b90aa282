"""Contribution scores, attackers and privacy on four real data sets: `python -m scripts.experiments`."""
