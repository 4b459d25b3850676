"""Measure how fast the service is, as ratios between servers on one machine."""
