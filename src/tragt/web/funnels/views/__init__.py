"""Pages of funnels."""
