"""Persons, companies, identity ledger, rights over personal data."""
