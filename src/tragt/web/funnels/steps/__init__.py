"""What the page of a step tells beside its counts: each module works one panel out and says it."""
