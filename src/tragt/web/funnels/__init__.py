"""Funnels: saved definitions and their reports."""
