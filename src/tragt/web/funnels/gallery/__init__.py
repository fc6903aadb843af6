"""Templates of funnels: what happens on the usual ways to a sale, and what of it a log has."""
