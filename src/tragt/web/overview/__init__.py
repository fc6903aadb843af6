"""The first page: is the funnel healthy, what is missing."""
