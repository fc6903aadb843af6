"""Hypotheses about leaks: what is believed, what is tried, and what came of it."""
