"""Reports: a funnel by mail every week, and on paper."""
