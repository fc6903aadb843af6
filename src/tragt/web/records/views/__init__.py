"""Pages that all kinds of records share."""

from tragt.web.records.views.lists import columns, listing, listing_file

__all__ = ["columns", "listing", "listing_file"]
