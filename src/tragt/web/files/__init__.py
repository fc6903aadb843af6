"""Files on records: offers, contracts, notes of meetings."""
