"""Pages of deals, pipelines and the board."""
