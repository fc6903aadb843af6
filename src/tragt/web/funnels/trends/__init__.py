"""A funnel from week to week: trends, targets by day, attainment, and what happened on which day."""
