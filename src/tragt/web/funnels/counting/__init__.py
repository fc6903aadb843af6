"""What a funnel comes to: where it is counted, what is known at once, what is kept, and what it stands beside."""
