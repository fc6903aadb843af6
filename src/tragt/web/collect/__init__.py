"""Collecting: the tracking API, what settles its calls into the log, and the pages that show both."""
