"""Long work: queue, schedule, retries, progress, cancel."""
