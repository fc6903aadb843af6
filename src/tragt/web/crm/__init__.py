"""Deals and the pipelines they move through, the lifecycle of persons, activities: what sellers work with."""
