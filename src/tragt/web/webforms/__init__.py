"""Forms of a website: hosted or embedded, each submission an event of the log."""
