"""What the app `demonstration` holds of persons: nothing, its people are invented."""

from tragt.web.shell.personal import Store

STORES = (Store("tragt_demonstration.Demonstration", other=frozenset({"id", "origin", "funnel"})),)
