"""The event log as this installation sees it: the lake without what is hidden or struck."""
