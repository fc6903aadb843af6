"""Which operations on persons and companies stand under which address."""

from collections.abc import Mapping

from ninja import Router

from tragt.web.api.gathering import together
from tragt.web.people.api import bulk, companies, duplicates, persons, rights, timelines
from tragt.web.people.kinds import COMPANY, PERSON
from tragt.web.records.api.several import several_of

__all__ = ["ROUTERS"]

persons.router.add_router("", timelines.of_persons)
persons.router.add_router("", rights.of_persons)
companies.router.add_router("", timelines.of_companies)

ROUTERS: Mapping[str, Router] = {
    # Before the addresses of single ones, which would be asked for a key of this name.
    "/persons/bulk": bulk.of_persons,
    "/companies/bulk": bulk.of_companies,
    "/persons": together(several_of(PERSON, "persons", "Persons"), persons.router),
    "/companies": together(several_of(COMPANY, "companies", "Companies"), companies.router),
    "/duplicates": duplicates.of_duplicates,
    "/merges": duplicates.of_merges,
    "/erasures": rights.of_erasures,
}
