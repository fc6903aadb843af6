"""The outbox: what Tragt itself has to tell the event log, written with the change it tells of."""
